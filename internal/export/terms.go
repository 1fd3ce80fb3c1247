package export

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"catflap/internal/onboarding"
	"catflap/internal/practice"
)

// terms is a line of terms.jsonl.
type terms struct {
	Version     int       `json:"version"`
	PublishedAt time.Time `json:"published_at"`
	PublishedBy string    `json:"published_by"`
	Terms       *document `json:"terms,omitempty"`
	Privacy     *document `json:"privacy,omitempty"`
}

type document struct {
	Title string `json:"title"`
	Text  string `json:"text,omitempty"`
	URL   string `json:"url,omitempty"`
}

func documentOf(d practice.Document) *document {
	if !d.There() {
		return nil
	}
	return &document{d.Title, d.Text, d.URL}
}

func writeTerms(ctx context.Context, e *Export, w io.Writer) error {
	all, err := e.service.Practices.AllTerms(ctx, e.service.DB, e.practice.ID)
	if err != nil {
		return err
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, t := range all {
		if err := out.Encode(terms{t.Version, t.PublishedAt.UTC(), t.PublishedBy, documentOf(t.Terms), documentOf(t.Privacy)}); err != nil {
			return err
		}
	}
	return nil
}

func writeAccepted(ctx context.Context, e *Export, w io.Writer) error {
	s, err := newSheet(w, "account_id", "version", "accepted_at")
	if err != nil {
		return err
	}
	return ended(s, walk(func(after onboarding.Acceptance) ([]onboarding.Acceptance, error) {
		return e.service.Onboarding.AcceptancesAfter(ctx, e.practice.ID, after, part)
	}, func(a onboarding.Acceptance) error { return s.row(a.AccountID, a.Version, a.At) }))
}

func writeLeftOut(ctx context.Context, e *Export, w io.Writer) error {
	s, err := newSheet(w, "pet_parent_id", "left_out_by", "left_out_at")
	if err != nil {
		return err
	}
	return ended(s, walk(func(after onboarding.LeftOut) ([]onboarding.LeftOut, error) {
		return e.service.Onboarding.LeftOutAfter(ctx, e.practice.ID, after.PetParentID, part)
	}, func(l onboarding.LeftOut) error { return s.row(l.PetParentID, l.By, l.At) }))
}
