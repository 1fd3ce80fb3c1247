package pimsweb

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/pims"
)

type importPage struct {
	ui.Form
	pims.Import
	BadFiles []string // with rejected rows
	Branch   string   // home branch; "" leaves it as it is
	Rejects  []pims.Reject
	Sentence string
	Progress string
	Report   string
}

// find reads the import in the path, with what its page shows.
func (f *Face) find(r *http.Request) (importPage, error) {
	importID, err := httpd.PathID(r, "id")
	if err != nil {
		return importPage{}, pims.ErrNotFound
	}
	ctx, practiceID := r.Context(), access.ViewerFrom(r.Context()).PracticeID
	im, err := f.Imports.Get(ctx, practiceID, importID)
	if err != nil {
		return importPage{}, err
	}
	p := importPage{Import: im, Sentence: sentence(im), Report: report(im)}
	if im.State == pims.StateRunning {
		p.Progress = progress(im, f.Imports.Clock.Now())
	}
	if p.Rejects, err = f.Imports.Rejects(ctx, practiceID, importID, shownRejects); err != nil {
		return p, err
	}
	if p.BadFiles, err = f.Imports.RejectedFiles(ctx, practiceID, importID); err != nil {
		return p, err
	}
	if im.HomeBranchID != "" {
		b, err := f.Practices.Branch(ctx, f.Practices.DB, practiceID, im.HomeBranchID)
		if err != nil {
			return p, err
		}
		p.Branch = b.Name
	}
	return p, nil
}

func (f *Face) show(w http.ResponseWriter, r *http.Request) error {
	p, err := f.find(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "pims/import", p)
}

// progress answers the page that looks again by itself; the idle clock does not
// move.
func (f *Face) progress(w http.ResponseWriter, r *http.Request) error {
	p, err := f.find(r)
	if err != nil {
		return err
	}
	return f.UI.Part(w, r, http.StatusOK, "pims/import", "state", p)
}

func (f *Face) run(w http.ResponseWriter, r *http.Request) error {
	p, err := f.find(r)
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	err = f.Imports.Start(r.Context(), p.PracticeID, p.ID, form.Get("good_rows") != "")
	if errors.Is(err, pims.ErrRejects) {
		p.Form = form.With(fault.Complain("good_rows", pims.ErrRejects.Message))
		return f.UI.Page(w, r, http.StatusConflict, "pims/import", p)
	}
	if errors.Is(err, pims.ErrStarted) {
		f.UI.Notice(w, r, "This import has been started already. Here is where it stands.")
		err = nil
	}
	if err != nil {
		return err
	}
	return httpd.Redirect(w, r, place(r, p.ID))
}

func (f *Face) cancel(w http.ResponseWriter, r *http.Request) error {
	p, err := f.find(r)
	if err != nil {
		return err
	}
	if err := f.Imports.Cancel(r.Context(), p.PracticeID, p.ID); err != nil {
		return err
	}
	return httpd.Redirect(w, r, place(r, p.ID))
}

func (f *Face) rejected(w http.ResponseWriter, r *http.Request) error {
	importID, err := httpd.PathID(r, "id")
	if err != nil {
		return pims.ErrNotFound
	}
	var out bytes.Buffer
	if err := f.Imports.WriteRejects(r.Context(), &out, access.ViewerFrom(r.Context()).PracticeID, importID, r.URL.Query().Get("file")); err != nil {
		return err
	}
	w.Header().Set("Content-Type", csvType)
	w.Header().Set("Content-Disposition", csvName)
	_, err = w.Write(out.Bytes())
	return err
}

const (
	csvType = "text/csv; charset=utf-8; header=present"
	csvName = `attachment; filename="rejected.csv"`
)

// many is a number with its noun.
func many(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + several
}

// sentence says what the run would do: "212 new, 31 changed, 4 rows cannot be read".
func sentence(im pims.Import) string {
	c := im.Counts
	if im.State == pims.StateAsks {
		return "Something has to be chosen"
	}
	var parts []string
	add := func(n int, words string) {
		if n > 0 {
			parts = append(parts, words)
		}
	}
	add(c.New, fmt.Sprintf("%d new", c.New))
	add(c.Changed, fmt.Sprintf("%d changed", c.Changed))
	add(c.Held, fmt.Sprintf("%d held back", c.Held))
	add(c.Rejected, many(c.Rejected, "row cannot be read", "rows cannot be read"))
	if c.New+c.Changed == 0 {
		parts = append([]string{"Nothing new"}, parts...)
	}
	return strings.Join(parts, ", ")
}

// progress says how far the run is, how fast, and how long it will take.
func progress(im pims.Import, now time.Time) string {
	s := fmt.Sprintf("%d of %s", im.Done, many(im.Total, "client", "clients"))
	if rate := im.Rate(now); rate >= 1 {
		s += fmt.Sprintf(", %.0f a second", rate)
	}
	switch left := im.Left(now); {
	case left >= 2*time.Minute:
		s += fmt.Sprintf(", %.0f minutes left", left.Minutes())
	case left > 0:
		s += ", " + many(int(left.Seconds()), "second left", "seconds left")
	}
	return s
}

// report says what came of the run.
func report(im pims.Import) string {
	r := im.Result
	switch {
	case im.State == pims.StateCancelled && im.Done > 0:
		return fmt.Sprintf("Cancelled after %d of %s. What was taken over until then stays.", im.Done, many(im.Total, "client", "clients"))
	case im.State == pims.StateCancelled:
		return "Nothing was taken over, and what was uploaded has been removed."
	case im.State == pims.StateFailed:
		return fmt.Sprintf("%d of %s were taken over. What is in stays.", im.Done, many(im.Total, "client", "clients"))
	case im.NothingNew():
		return fmt.Sprintf("Nothing has changed: %s in these files, and everybody is here as they stand there.", many(r.Unchanged, "client is", "clients are"))
	}
	return fmt.Sprintf("%d new, %d changed, %d as before. Nobody's login was touched, and nobody was mailed.", r.New, r.Changed, r.Unchanged)
}
