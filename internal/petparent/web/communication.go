package petparentweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

func (f *Face) communicationRoutes(m *httpd.Mux, read, send access.Rule) {
	const tab = " /{practice}/pet-parents/{id}/communication"
	m.Handle("GET"+tab, read, f.following(f.showCommunication))
	m.Handle("GET"+tab+"/{message}", read, f.following(f.showMessage))
	m.Handle("GET"+tab+"/{message}/letter", read, f.showMessageLetter)
	m.Handle("POST"+tab+"/{message}/again", send, f.tryAgain)
}

type communicationPage struct {
	profilePage
	Messages []messageLine
	Next     string
}

// messageLine is a message as a list shows it.
type messageLine struct {
	mail.Message
	waits bool // whom it is to has a login and no password of their own yet
}

func linesOf(p petparent.Profile, all []mail.Message) (lines []messageLine) {
	for _, m := range all {
		lines = append(lines, lineOf(p, m))
	}
	return lines
}

func lineOf(p petparent.Profile, m mail.Message) messageLine {
	return messageLine{Message: m, waits: p.AccountID != "" && p.Login.OnboardedAt.IsZero()}
}

// Label is what people call the message.
func (m messageLine) Label() string { return templateLabel(m.Template) }

// Mark is the state in words.
func (m messageLine) Mark() mark { return mailMark(m.State) }

// CanTry reports whether the same message can go into the queue again. What
// brought a secret is written anew instead: that needs more than a permission to
// write.
func (m messageLine) CanTry() bool {
	return m.State == mail.Failed && m.Secret == (mail.SecretRef{}) && m.To != ""
}

// over reports whether the message is out of the queue, and not erased.
func (m messageLine) over() bool {
	return m.State != mail.Queued && m.To != ""
}

// CanWrite reports whether its words can be sent once more: somebody chose them.
func (m messageLine) CanWrite() bool { return m.over() && m.Template == mail.Own }

// CanRenew reports whether the person can get other credentials in its place.
func (m messageLine) CanRenew() bool {
	return m.over() && m.waits && (m.Template == mail.Welcome || m.Template == mail.Activation)
}

func (f *Face) showCommunication(w http.ResponseWriter, r *http.Request) error {
	shared, err := f.profileOf(r)
	if err != nil {
		return err
	}
	list, err := f.Mail.ForPetParent(r.Context(), shared.Person.PracticeID, shared.Person.ID,
		mail.Page{After: r.URL.Query().Get("after"), Limit: pageSize})
	if err != nil {
		return err
	}
	page := communicationPage{profilePage: shared, Messages: linesOf(shared.Person, list.Messages)}
	if list.Next != "" {
		page.Next = r.URL.Path + "?after=" + list.Next
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/communication", page)
}

// messagePage is one message, as the person got it but for secrets.
type messagePage struct {
	profilePage
	Message   messageLine
	Shown     *mail.Preview // nil where nothing is left to show
	LetterURL string
}

// message is the one of the path; mail.ErrNoMessage.
func (f *Face) message(r *http.Request) (mail.Message, error) {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return mail.Message{}, err
	}
	messageID, err := httpd.PathID(r, "message")
	if err != nil {
		return mail.Message{}, err
	}
	return f.Mail.MessageTo(r.Context(), access.ViewerFrom(r.Context()).PracticeID, petParentID, messageID)
}

func (f *Face) showMessage(w http.ResponseWriter, r *http.Request) error {
	shared, err := f.profileOf(r)
	if err != nil {
		return err
	}
	m, err := f.message(r)
	if err != nil {
		return err
	}
	page := messagePage{profilePage: shared, Message: lineOf(shared.Person, m), LetterURL: r.URL.Path + "/letter"}
	shown, err := f.Mail.Shown(r.Context(), m)
	switch {
	case fault.Is(err, fault.Gone):
	case err != nil:
		return err
	default:
		page.Shown = &shown
		ui.AllowFrames(w.Header())
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/message", page)
}

// showMessageLetter is the HTML of the message, for its frames.
func (f *Face) showMessageLetter(w http.ResponseWriter, r *http.Request) error {
	m, err := f.message(r)
	if err != nil {
		return err
	}
	shown, err := f.Mail.Shown(r.Context(), m)
	if err != nil {
		return err
	}
	ui.Letter(w, http.StatusOK, f.Origin, shown.HTML)
	return nil
}

// errWriteAnew answers for a failed message that carried a secret.
var errWriteAnew = fault.New(fault.Conflict, "message-had-secret",
	"This message carried a temporary password, a link or a code, so it cannot be tried again as it was. Send login credentials anew, or a reset link from the System Login Editor.")

// tryAgain puts a failed message back into the queue.
func (f *Face) tryAgain(w http.ResponseWriter, r *http.Request) error {
	m, err := f.message(r)
	if err != nil {
		return err
	}
	switch line := (messageLine{Message: m}); {
	case m.Secret != (mail.SecretRef{}):
		err = errWriteAnew
	case !line.CanTry():
		err = mail.ErrNotFailed
	default:
		err = f.Mail.TryAgain(r.Context(), m.PracticeID, m.ID)
	}
	switch {
	case fault.Is(err, fault.Conflict):
		f.UI.Notice(w, r, fault.From(err).Message)
	case err != nil:
		return err
	default:
		f.UI.Notice(w, r, "The message is in the queue again.")
	}
	back := profilePath(r, m.PetParentID)
	if access.ViewerFrom(r.Context()).May(access.MailRead) {
		back += "/communication"
	}
	return httpd.Redirect(w, r, back)
}
