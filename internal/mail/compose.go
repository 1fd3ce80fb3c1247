package mail

import (
	"cmp"
	"maps"
	netmail "net/mail"
	"time"
)

// Letter is a message ready to be handed over. It exists in memory only: Text
// and HTML may hold secrets.
type Letter struct {
	ID         string // of the message
	PracticeID string
	MessageID  string // of the Message-ID header, without angle brackets
	From, To   netmail.Address
	Subject    string
	Text       string
	HTML       string
	Bulk       bool

	// Unsubscribe is where who gets it says that they want no more of it, with
	// one request (RFC 8058); "" for what nobody can opt out of.
	Unsubscribe string

	At time.Time // of the Date header

	ready func() // waits until nothing speaks against the letter leaving; may be nil
}

// tokens are what the message's template is filled with; secrets overrule what
// is stored.
func (s *Service) tokens(m Message, secrets map[string]string) map[string]string {
	tokens := maps.Clone(m.Data)
	if tokens == nil {
		tokens = map[string]string{}
	}
	maps.Copy(tokens, secrets)
	tokens["address"] = m.To
	tokens["practice"] = cmp.Or(tokens["practice"], "Catflap")
	tokens["subject"] = m.Subject
	return tokens
}

func (s *Service) compose(t *template, m Message, tokens map[string]string) (Letter, error) {
	l := Letter{
		ID: m.ID, PracticeID: m.PracticeID, MessageID: m.MessageID,
		From: s.sender(m, tokens), To: netmail.Address{Name: oneLine(m.ToName, maxName), Address: m.To},
		Bulk: m.Bulk, Unsubscribe: t.brand.unsubscribe, At: s.clock.Now(),
	}
	var err error
	if l.Subject, err = t.renderSubject(tokens); err != nil {
		return Letter{}, err
	}
	if l.Text, err = t.renderText(tokens); err != nil {
		return Letter{}, err
	}
	if l.HTML, err = t.renderHTML(tokens); err != nil {
		return Letter{}, err
	}
	return l, nil
}

// sender is the one configured address; a practice's mail carries the
// practice's name, so that people recognise who writes.
func (s *Service) sender(m Message, tokens map[string]string) netmail.Address {
	name := cmp.Or(s.from.Name, "Catflap")
	if m.PracticeID != "" {
		name = tokens["practice"]
	}
	return netmail.Address{Name: oneLine(name, maxName), Address: s.from.Address}
}

// wait returns when nothing speaks against the letter leaving.
func (l Letter) wait() {
	if l.ready != nil {
		l.ready()
	}
}
