package factorweb

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
)

// codesPage shows backup codes.
type codesPage struct {
	ui.Form
	Codes       []factor.ShownCode
	Step        bool   // the last page of the wizard
	Title, Done string // what was just done
	Hidden      string // why there are none to be seen
	Viewed      bool   // they were there before
	Stored      bool   // their person said so
	Left        int
	Place       string
	At          time.Time
}

func (f *Face) codesPage(r *http.Request, codes []factor.ShownCode) codesPage {
	return codesPage{
		Codes: codes, Place: cmp.Or(access.ViewerFrom(r.Context()).Practice.Name, "Catflap"), At: f.Factors.Clock.Now(),
	}
}

// showCodes shows all backup codes, where they are kept in a form that allows
// it; where not, new ones can be made.
func (f *Face) showCodes(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a, err := f.account(ctx)
	if err != nil {
		return err
	}
	v := access.ViewerFrom(ctx)
	second, err := f.Factors.SecondOf(ctx, f.Factors.DB, v.PracticeID, v.AccountID)
	if err != nil {
		return err
	}
	codes, err := f.Factors.BackupCodes(ctx, v.Practice, a)
	hidden := ""
	if errors.Is(err, factor.ErrCodesHidden) {
		hidden, err = fault.From(err).Message, nil
	}
	if err != nil {
		return err
	}
	p := f.codesPage(r, codes)
	p.Viewed, p.Hidden, p.Stored, p.Left = true, hidden, !second.StoredAt.IsZero(), second.Unused
	return f.UI.Page(w, r, http.StatusOK, "factor/codes", p)
}

func (f *Face) newCodes(w http.ResponseWriter, r *http.Request) error {
	codes, err := f.makeCodes(r.Context())
	if err != nil {
		return err
	}
	p := f.codesPage(r, factor.Fresh(codes))
	p.Title, p.Done = f.UI.Text(r, "factor.made.title"), f.UI.Text(r, "factor.made.text")
	return f.UI.Page(w, r, http.StatusOK, "factor/codes", p)
}

func (f *Face) makeCodes(ctx context.Context) ([]secret.Text, error) {
	a, err := f.account(ctx)
	if err != nil {
		return nil, err
	}
	return f.Factors.NewBackupCodes(ctx, access.ViewerFrom(ctx).Practice, a)
}

// codesFile sends the codes back that the page has shown, as a file.
func (f *Face) codesFile(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	sheet, err := factor.CodeSheet(v.Lang, v.Practice, v.LoginID, f.Factors.Clock.Now().In(v.Zone()), ui.FormFrom(r).Values["code"])
	if err != nil {
		return err
	}
	return httpd.TextFile(w, "backup-codes.txt", sheet.Reveal())
}

// stored believes who says so. Who does not is reminded on the next page, where
// the codes can be seen again.
func (f *Face) stored(w http.ResponseWriter, r *http.Request) error {
	if ui.FormFrom(r).Get("stored") != "" {
		if err := f.keepStored(r.Context()); err != nil {
			return err
		}
		f.UI.Notice(w, r, f.UI.Text(r, "factor.stored"))
	}
	return f.lead(w, r, "")
}

func (f *Face) keepStored(ctx context.Context) error {
	a, err := f.account(ctx)
	if err != nil {
		return err
	}
	return f.Factors.DB.Write(ctx, func(tx *db.Tx) error { return f.Factors.CodesStored(ctx, tx, a) })
}

// keyPage shows the key that counts.
type keyPage struct {
	Key   otp.Key
	Label otp.Label
}

// showKey is for an additional device or app.
func (f *Face) showKey(w http.ResponseWriter, r *http.Request) error {
	key, label, err := f.sharedKey(r.Context())
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "factor/key", keyPage{Key: key, Label: label})
}

func (f *Face) sharedKey(ctx context.Context) (otp.Key, otp.Label, error) {
	a, err := f.account(ctx)
	if err != nil {
		return nil, otp.Label{}, err
	}
	return f.Factors.SharedKey(ctx, access.ViewerFrom(ctx).Practice, a)
}

func (f *Face) showDeactivate(w http.ResponseWriter, r *http.Request) error {
	s, err := f.standing(r.Context())
	if err != nil {
		return err
	}
	if !s.Second.Any() {
		return f.lead(w, r, "")
	}
	return f.UI.Page(w, r, http.StatusOK, "factor/deactivate", s)
}

func (f *Face) deactivate(w http.ResponseWriter, r *http.Request) error {
	if err := f.remove(r.Context()); err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "factor.deactivated"))
	return f.lead(w, r, "")
}

func (f *Face) remove(ctx context.Context) error {
	a, err := f.account(ctx)
	if err != nil {
		return err
	}
	return f.Factors.Deactivate(ctx, access.ViewerFrom(ctx).Practice, a)
}
