package onboardingweb

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/cell"
	"catflap/internal/foundation/httpd"
	"catflap/internal/onboarding"
)

type runPage struct {
	tally
	Run    onboarding.LoginRun
	Remind bool // reminders, not logins
}

func (f *Face) run(r *http.Request) (runPage, error) {
	runID, err := httpd.PathID(r, "id")
	if err != nil {
		return runPage{}, onboarding.ErrRunNotFound
	}
	run, err := f.Onboarding.Run(r.Context(), access.PracticeFrom(r.Context()).ID, runID)
	return runPage{tally: tallyOf(run.Tally), Run: run, Remind: run.Kind == onboarding.RunRemind}, err
}

func (f *Face) showRun(w http.ResponseWriter, r *http.Request) error {
	page, err := f.run(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "onboarding/logins_run", page)
}

// showProgress is what the page asks for by itself while a run is under way.
func (f *Face) showProgress(w http.ResponseWriter, r *http.Request) error {
	page, err := f.run(r)
	if err != nil {
		return err
	}
	return f.UI.Part(w, r, http.StatusOK, "onboarding/logins_run", "progress-and-report", page)
}

// report sends what became of everybody, one line each.
func (f *Face) report(_ http.ResponseWriter, r *http.Request) error {
	page, err := f.run(r)
	if err != nil {
		return err
	}
	// Names leave: that is on record before the first of them is sent.
	if err := f.Onboarding.RecordReport(r.Context(), page.Run); err != nil {
		return err
	}
	f.streamReport(r.Context(), page.Run)
	return nil
}

// reportLines is how many lines of a report are read at once.
const reportLines = 500

func (f *Face) streamReport(ctx context.Context, run onboarding.LoginRun) {
	httpd.Stream(ctx, "text/csv; charset=utf-8; header=present", "logins.csv", func(w io.Writer) error {
		out := csv.NewWriter(w)
		out.UseCRLF = true
		if err := out.Write([]string{"client", "name", "email", "login_id", "outcome", "reason", "words"}); err != nil {
			return err
		}
		for after := ""; ; {
			lines, err := f.Onboarding.RunLines(ctx, run.PracticeID, run.ID, after, reportLines)
			if err != nil {
				return err
			}
			for _, l := range lines {
				if err := out.Write(cells(run.Kind, l)); err != nil {
					return err
				}
			}
			if len(lines) < reportLines {
				break
			}
			after = lines[len(lines)-1].PetParentID
		}
		out.Flush()
		return out.Error()
	})
}

// cells are one line of a report.
func cells(kind onboarding.RunKind, l onboarding.RunLine) []string {
	reasons, words := make([]string, len(l.Reasons)), make([]string, len(l.Reasons))
	for i, r := range l.Reasons {
		reasons[i], words[i] = string(r), r.Words()
	}
	if l.Clash != "" {
		reasons = append(reasons, string(l.Clash))
	}
	words = append(words, outcomeWords(kind, l)...)
	return []string{
		cell.Harmless(l.Household), cell.Harmless(l.Name), cell.Harmless(l.Email), cell.Harmless(l.LoginID), string(l.Outcome),
		strings.Join(reasons, " "), strings.Join(words, ", "),
	}
}

func outcomeWords(kind onboarding.RunKind, l onboarding.RunLine) []string {
	switch l.Outcome {
	case onboarding.OutcomeSent:
		if kind == onboarding.RunRemind {
			return []string{"Got a fresh welcome e-mail"}
		}
		return []string{"Got a login and a welcome e-mail"}
	case onboarding.OutcomeConflict:
		return []string{clashWords(l.Clash)}
	case onboarding.OutcomeSkipped:
		return []string{"Left out, as staff decided"}
	case onboarding.OutcomeRecent:
		return []string{"Was written to within a day"}
	case onboarding.OutcomeLate:
		return []string{"Signed in or was switched off meanwhile"}
	case onboarding.OutcomeNotMailable:
	}
	return nil
}

func clashWords(c onboarding.Clash) string {
	switch c {
	case onboarding.ClashStaff:
		return "A member of staff signs in with the address"
	case onboarding.ClashLogin:
		return "Another pet parent signs in with the address"
	case onboarding.ClashArchived:
		return "An archived record has the address too"
	case onboarding.ClashShared:
	}
	return "Several people have the address"
}
