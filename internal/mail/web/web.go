package mailweb

import (
	"embed"
	"net/http"
	"regexp"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// Files are the pages.
//
//go:embed *.html
var Files embed.FS

// Face answers for mail. Mailbox is nil where mail leaves through a mail
// server; then there is nothing to see.
type Face struct {
	UI         *ui.UI
	Mail       *mail.Service
	Mailbox    *mail.Mailbox
	Practices  *practice.Service
	PetParents *petparent.Service
	LoginURL   func(slug string) string
	Origin     string // scheme and host of the public URL
}

// Routes registers the pages and the JSON operations.
func (f *Face) Routes(m *httpd.Mux) {
	f.healthRoutes(m)
	f.messageAPI(m.API())
	f.templateRoutes(m)
	if f.Mailbox == nil {
		return
	}
	platform := access.Rule{Audience: access.Platform}
	m.Handle("GET /platform/mailbox", platform, f.list)
	m.Handle("GET /platform/mailbox/{id}", platform, f.show)
	m.Handle("GET /platform/mailbox/{id}/letter", platform, f.showKept)
	f.api(m.API())
}

type listPage struct {
	Letters []mail.Letter
}

func (f *Face) list(w http.ResponseWriter, r *http.Request) error {
	return f.UI.Page(w, r, http.StatusOK, "mail/mailbox", listPage{Letters: f.Mailbox.Letters()})
}

type letterPage struct {
	mail.Letter
	Lines [][]piece
}

// piece is a part of a line: words, or a link.
type piece struct {
	Text string
	Link string
}

var linkForm = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:]`)

// lines splits a text so that its links can be followed: in the frame with the
// HTML of a letter nothing can be.
func lines(text string) [][]piece {
	var all [][]piece
	for line := range strings.SplitSeq(text, "\n") {
		var pieces []piece
		at := 0
		for _, found := range linkForm.FindAllStringIndex(line, -1) {
			pieces = append(pieces, piece{Text: line[at:found[0]]}, piece{Text: line[found[0]:found[1]], Link: line[found[0]:found[1]]})
			at = found[1]
		}
		all = append(all, append(pieces, piece{Text: line[at:]}))
	}
	return all
}

var errNoLetter = fault.New(fault.NotFound, "letter-not-found",
	"This message is not in the mailbox any more. It keeps the newest 500, until Catflap stops.")

// showKept is the HTML of a kept letter, for the frame on its page.
func (f *Face) showKept(w http.ResponseWriter, r *http.Request) error {
	l, ok := f.Mailbox.Letter(r.PathValue("id"))
	if !ok {
		return errNoLetter
	}
	ui.Letter(w, http.StatusOK, f.Origin, l.HTML)
	return nil
}

func (f *Face) show(w http.ResponseWriter, r *http.Request) error {
	l, ok := f.Mailbox.Letter(r.PathValue("id"))
	if !ok {
		return errNoLetter
	}
	ui.AllowFrames(w.Header())
	return f.UI.Page(w, r, http.StatusOK, "mail/letter", letterPage{Letter: l, Lines: lines(l.Text)})
}
