package mail

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/lang"
)

// Draft is a message to be written.
type Draft struct {
	PracticeID  string // empty for platform accounts
	AccountID   string // may be empty
	PetParentID string // whom it is to or about; empty: the pet parent who signs in with AccountID, if one does
	To          string // one address, without a name
	ToName      string
	Template    string            // one of the built-in names, for instance Welcome; "" with one of the next two
	OwnTemplate string            // the id of a template of the practice's own
	TextID      string            // words typed by hand, from Compose
	Lang        string            // empty or unknown: English
	Data        map[string]string // the template's tokens, except secret ones
	Secret      SecretRef         // required when the template has secret tokens
	Bulk        bool              // one of many: waits behind single messages
	CampaignID  string            // of the campaign that it belongs to, if to one
	BuiltIn     bool              // the words that Catflap brings, also where the practice has its own meanwhile
	Sample      bool              // with TextID: to look at, with dots for secrets
}

// ValidAddress reports whether s is one plain e-mail address that a message can
// be sent to.
func ValidAddress(s string) bool {
	if len(s) > 254 || strings.ContainsFunc(s, unprintable) {
		return false
	}
	a, err := netmail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s
}

// Enqueue writes the message in the caller's transaction; it leaves after that,
// and returns the message's identifier. An address that cannot be written to is
// a fault on the field "email". Unknown templates or tokens, a secret in Data,
// or a missing secret reference are defects of the caller and plain errors.
func (s *Service) Enqueue(ctx context.Context, tx *db.Tx, d Draft) (string, error) {
	m, err := s.message(ctx, tx, d, choice{})
	if err != nil {
		return "", err
	}
	if err := insertMessage(ctx, tx, m); err != nil {
		return "", fmt.Errorf("write message: %w", err)
	}
	tx.AfterCommit(s.laneOf(m.Bulk).notify)
	return m.ID, nil
}

// EnqueueBulk is Enqueue for many messages, all of which wait behind single
// ones.
func (s *Service) EnqueueBulk(ctx context.Context, tx *db.Tx, all []Draft) error {
	messages, chosen := make([]Message, len(all)), choice{}
	for i, d := range all {
		d.Bulk = true
		m, err := s.message(ctx, tx, d, chosen)
		if err != nil {
			return err
		}
		messages[i] = m
	}
	if err := insertMessage(ctx, tx, messages...); err != nil {
		return fmt.Errorf("write messages: %w", err)
	}
	tx.AfterCommit(s.bulk.notify)
	return nil
}

// message makes the message of a draft.
func (s *Service) message(ctx context.Context, tx *db.Tx, d Draft, chosen choice) (Message, error) {
	if !ValidAddress(d.To) {
		return Message{}, fault.Complain("email", "This is not an e-mail address that mail can be sent to. Check it for typing errors.")
	}
	t, textID, err := s.textFor(ctx, tx, d, chosen)
	if err != nil {
		return Message{}, err
	}
	if d.Secret != (SecretRef{}) && s.secrets == nil {
		return Message{}, errors.New("mail was built without Secrets, and this message needs one")
	}
	data, err := t.storable(d, s.templates.said)
	if err != nil {
		return Message{}, err
	}
	if d.PetParentID == "" && d.PracticeID != "" && d.AccountID != "" {
		if d.PetParentID, err = petParentOf(ctx, tx, d.PracticeID, d.AccountID); err != nil {
			return Message{}, err
		}
	}
	m := Message{
		ID: id.New(), PracticeID: d.PracticeID, AccountID: d.AccountID, PetParentID: d.PetParentID,
		To: d.To, ToName: oneLine(d.ToName, maxName), Template: t.name, TextID: textID, Lang: t.lang,
		Data: data, Secret: d.Secret, Bulk: d.Bulk,
		State: Queued, CreatedAt: s.clock.Now(), CampaignID: d.CampaignID,
	}
	if d.Sample {
		m.Template = Sample
	}
	m.MessageID = m.ID + "@" + s.host
	m.Subject, err = t.renderSubject(s.tokens(m, nil))
	return m, err
}

func (s *Service) laneOf(bulk bool) *lane {
	if bulk {
		return s.bulk
	}
	return s.single
}

// storable checks the draft against the template and returns the data to store,
// in which every secret token reads •••• and the program's words are in the
// language of the template.
func (t *template) storable(d Draft, said *lang.Book) (map[string]string, error) {
	data := make(map[string]string, len(t.tokens))
	for name, value := range d.Data {
		token, known := t.token(name)
		switch {
		case !known && t.own:
			continue
		case !known:
			return nil, fmt.Errorf("mail template %s has no token %q", t.name, name)
		case token.Secret && t.own && value == "":
			continue
		case token.Secret:
			return nil, fmt.Errorf("mail template %s: the token %q is a secret and must come through SecretRef", t.name, name)
		}
		switch {
		case token.Words:
			value = said.Say(t.lang, value)
		case token.Device:
			value = lang.Device(t.lang, value)
		}
		data[name] = value
	}
	for _, token := range t.tokens {
		if t.own && token.Secret && !token.Required {
			continue // there if the secret brings it
		}
		if !token.Secret || token.Only != "" && token.Only != d.Secret.Kind {
			continue
		}
		if d.Secret == (SecretRef{}) && !d.Sample {
			return nil, fmt.Errorf("mail template %s needs a SecretRef for the token %q", t.name, token.Name)
		}
		data[token.Name] = mask
	}
	return data, nil
}
