package httpd

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

const (
	// FormField is the name of the hidden field that carries FormValue. In an
	// upload form it must be the first field.
	FormField = "form"
	// FormHeader carries it for requests without a form: scripts, JSON.
	FormHeader = "Catflap-Form"
)

var (
	errForm = fault.New(fault.Forbidden, "form-expired",
		"This form belongs to an earlier sign-in, so nothing was changed. Open the page again and repeat what you did.")
	errOtherBranch = fault.New(fault.Conflict, "form-other-branch",
		"This page was opened in another branch than the one you work in now, so nothing was changed. Open it again to work here, or switch back to the other branch first.")
	errBrokenForm = fault.New(fault.Invalid, "unreadable-form",
		"The form did not arrive in one piece, so nothing was changed. Go back and send it again.")
)

// FormValue is the value for the hidden field of forms shown in ctx: bound to
// the session and its branch, or to the pending sign-in, so that a form left
// open by one person fails for the next, and one left open in another branch
// does not act in this one. Empty when nobody is signed in.
func FormValue(ctx context.Context) string {
	ex := exchangeFrom(ctx)
	if ex == nil {
		return ""
	}
	return ex.mux.formValue(access.ViewerFrom(ctx))
}

func (m *Mux) formValue(v access.Viewer) string {
	prefix, binding := formBinding(v)
	if binding == "" {
		return ""
	}
	return prefix + m.FormMAC(binding)
}

// formBinding is what the viewer's forms are bound to, and what stands before
// the mark in clear; the binding is empty when nobody is signed in.
func formBinding(v access.Viewer) (prefix, binding string) {
	switch {
	case v.SignInID != "":
		return "", "sign-in/" + v.SignInID
	case v.SessionID != "" && v.Branch.ID != "":
		return v.Branch.ID + ".", "session/" + v.SessionID + "/" + v.Branch.ID
	case v.SessionID != "":
		return "", "session/" + v.SessionID
	}
	return "", ""
}

// ownForm reports whether a form is the viewer's own, of the branch that they
// work in.
func (m *Mux) ownForm(form string, v access.Viewer) bool {
	prefix, binding := formBinding(v)
	mark, found := strings.CutPrefix(form, prefix)
	return binding != "" && found && m.FormMatches(mark, binding)
}

// openedElsewhere reports whether a form is the viewer's own, but was opened in
// another branch than the one they work in now.
func (m *Mux) openedElsewhere(form string, v access.Viewer) bool {
	branch, _, found := strings.Cut(form, ".")
	v.Branch.ID = branch
	return found && v.SessionID != "" && m.ownForm(form, v)
}

// checkForm refuses a request whose form value is not the viewer's own.
func (m *Mux) checkForm(r *http.Request, v access.Viewer, rt *route) error {
	got := r.Header.Get(FormHeader)
	if got == "" && !rt.API {
		var err error
		if got, err = sentFormValue(r); err != nil {
			return err
		}
	}
	switch {
	case m.ownForm(got, v):
		return nil
	case !m.openedElsewhere(got, v):
		return errForm
	case rt.Rule.AnyBranch:
		return nil
	}
	return errOtherBranch
}

// sentFormValue finds the value in the body. Of an upload only the first field
// is looked at, so that nothing large is read for a stranger's form.
func sentFormValue(r *http.Request) (string, error) {
	if contentType(r) != "multipart/form-data" {
		return r.PostForm.Get(FormField), nil
	}
	b, ok := r.Body.(*body)
	if !ok {
		return "", nil
	}
	const head = 8 << 10
	ahead := bufio.NewReaderSize(b.ReadCloser, head)
	b.ReadCloser = &rewound{Reader: ahead, Closer: b.ReadCloser}
	// Peek may return less than it was asked for: a short body, or an error that
	// the handler meets when it reads on.
	front, err := ahead.Peek(head)
	if f := readFault(err); f != nil {
		return "", f
	}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", errBrokenForm.Because(err)
	}
	part, err := multipart.NewReader(bytes.NewReader(front), params["boundary"]).NextPart()
	if err != nil {
		return "", errBrokenForm.Because(err)
	}
	if part.FormName() != FormField {
		return "", nil
	}
	value, err := io.ReadAll(io.LimitReader(part, head))
	if err != nil {
		return "", errBrokenForm.Because(err)
	}
	return string(value), nil
}

// rewound reads a body from its start again after a peek.
type rewound struct {
	io.Reader
	io.Closer
}

// contentType is the media type of the body without its parameters.
func contentType(r *http.Request) string {
	t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(t))
}
