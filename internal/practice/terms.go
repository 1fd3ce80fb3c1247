package practice

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Document is one text that pet parents are shown: its words, or the address
// where they stand. The zero Document is none.
type Document struct {
	Title string
	Text  string // plain, on several lines
	URL   string // instead of Text
}

// There reports whether there is such a document.
func (d Document) There() bool { return d != Document{} }

// Terms are what pet parents accept before they are let in, and read again with
// each new version.
type Terms struct {
	Version       int      // 0: nothing was published yet
	Terms         Document // accepted
	Privacy       Document // taken note of
	PublishedAt   time.Time
	PublishedBy   string // account
	PublisherName string // how that account is called
}

// Asked reports whether there is anything to accept.
func (t Terms) Asked() bool { return t.Terms.There() || t.Privacy.There() }

// TermsInput is what an administrator publishes.
type TermsInput struct {
	Terms, Privacy Document
	Version        int // the version that was looked at
}

// ErrTermsChanged answers to who publishes over something they have not seen.
var ErrTermsChanged = fault.New(fault.Conflict, "terms-changed",
	"Somebody else has published a version meanwhile. Look at it, and publish yours if it is still wanted.")

// Bounds of a document.
const (
	maxTermsText = 100_000 // code points
	maxTermsLine = 200
	maxTermsURL  = 500
)

func (in TermsInput) check() (TermsInput, error) {
	var c fault.Complaints
	in.Terms = in.Terms.check(&c, "terms_")
	in.Privacy = in.Privacy.check(&c, "privacy_")
	return in, c.Err()
}

func (d Document) check(c *fault.Complaints, prefix string) Document {
	d.Title, d.URL = strings.TrimSpace(d.Title), strings.TrimSpace(d.URL)
	d.Text = strings.TrimSpace(strings.ReplaceAll(d.Text, "\r\n", "\n"))
	if d.Text == "" && d.URL == "" {
		return Document{} // a title alone says nothing
	}
	c.Check(d.Title != "", prefix+"title", "Type what it is called, for instance: Terms of use.")
	c.Check(utf8.RuneCountInString(d.Title) <= maxTermsLine, prefix+"title", "Use at most 200 characters.")
	c.Check(utf8.RuneCountInString(d.Text) <= maxTermsText, prefix+"text", "Use at most 100,000 characters.")
	c.Check(d.Text == "" || d.URL == "", prefix+"url", "Give either the text or its address, not both.")
	if d.URL != "" {
		u, err := url.Parse(d.URL)
		c.Check(err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(d.URL) <= maxTermsURL,
			prefix+"url", "Type a whole address, like https://www.example.com/terms.")
	}
	return d
}

const selectTerms = `
	SELECT t.version, t.terms_title, t.terms_text, t.terms_url, t.privacy_title, t.privacy_text, t.privacy_url,
		t.published_at, t.published_by, coalesce(a.name, '')
	FROM terms t LEFT JOIN account a ON a.id = t.published_by AND a.practice_id = t.practice_id
	WHERE t.practice_id = $1`

func scanTerms(s db.Scanner) (t Terms, err error) {
	return t, s.Scan(&t.Version, &t.Terms.Title, &t.Terms.Text, &t.Terms.URL, &t.Privacy.Title, &t.Privacy.Text, &t.Privacy.URL,
		&t.PublishedAt, &t.PublishedBy, &t.PublisherName)
}

// Terms are those that count now; zero where nothing was published.
func (s *Service) Terms(ctx context.Context, r db.Reader, practiceID string) (Terms, error) {
	t, err := db.One(ctx, r, scanTerms, selectTerms+` ORDER BY t.version DESC LIMIT 1`, practiceID)
	if errors.Is(err, db.ErrNone) {
		return Terms{}, nil
	}
	return t, err
}

// AllTerms are all versions that were published, the first one first.
func (s *Service) AllTerms(ctx context.Context, r db.Reader, practiceID string) ([]Terms, error) {
	return db.All(ctx, r, scanTerms, selectTerms+` ORDER BY t.version`, practiceID)
}

// TermsVersion is which version is asked for now; 0 where nothing is.
func (s *Service) TermsVersion(ctx context.Context, r db.Reader, practiceID string) (int, error) {
	scan := func(s db.Scanner) (version int, err error) {
		var asked bool
		if err = s.Scan(&version, &asked); !asked {
			version = 0
		}
		return version, err
	}
	v, err := db.One(ctx, r, scan, `
		SELECT version, terms_title <> '' OR privacy_title <> '' FROM terms
		WHERE practice_id = $1 ORDER BY version DESC LIMIT 1`, practiceID)
	if errors.Is(err, db.ErrNone) {
		return 0, nil
	}
	return v, err
}

// PublishTerms makes what the viewer typed the version that everybody accepts
// at the next sign-in; nothing of both takes the question away. The same again
// publishes nothing. Former versions stay. ErrNotHere, ErrTermsChanged, and
// complaints per field.
func (s *Service) PublishTerms(ctx context.Context, in TermsInput) (t Terms, published bool, err error) {
	v := access.ViewerFrom(ctx)
	if !v.MayEverywhere(access.PracticeWrite) {
		return Terms{}, false, ErrNotHere
	}
	if in, err = in.check(); err != nil {
		return Terms{}, false, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		published = false
		p, err := s.HoldPolicy(ctx, tx, v.PracticeID) // of several at once one is first
		if err != nil {
			return err
		}
		if t, err = s.Terms(ctx, tx, p.ID); err != nil {
			return err
		}
		if in.Version != t.Version {
			return ErrTermsChanged
		}
		if t.Terms == in.Terms && t.Privacy == in.Privacy {
			return nil
		}
		before := t
		published = true
		t = Terms{
			Version: before.Version + 1, Terms: in.Terms, Privacy: in.Privacy,
			PublishedAt: s.Clock.Now(), PublishedBy: v.AccountID, PublisherName: v.Name,
		}
		if err := insertTerms(ctx, tx, p.ID, t); err != nil {
			return err
		}
		changes := audit.Diff(nil, "version", strconv.Itoa(before.Version), strconv.Itoa(t.Version))
		changes = before.Terms.diff(changes, "terms", t.Terms)
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.TermsPublished, PracticeID: p.ID, Target: audit.Target{Kind: "practice", ID: p.ID, Name: p.Name},
			Changes: before.Privacy.diff(changes, "privacy", t.Privacy),
		})
	})
	return t, published, err
}

// diff tells what differs; the words themselves stand in their version.
func (d Document) diff(changes []audit.Change, name string, to Document) []audit.Change {
	changes = audit.Diff(changes, name+"_title", d.Title, to.Title)
	changes = audit.Diff(changes, name+"_url", d.URL, to.URL)
	if d.Text == to.Text {
		return changes
	}
	length := func(text string) string {
		if text == "" {
			return ""
		}
		return strconv.Itoa(utf8.RuneCountInString(text)) + " characters"
	}
	return append(changes, audit.Change{Field: name + "_text", Before: length(d.Text), After: length(to.Text)})
}

func insertTerms(ctx context.Context, tx *db.Tx, practiceID string, t Terms) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO terms (practice_id, version, terms_title, terms_text, terms_url, privacy_title, privacy_text, privacy_url,
			published_at, published_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		practiceID, t.Version, t.Terms.Title, t.Terms.Text, t.Terms.URL, t.Privacy.Title, t.Privacy.Text, t.Privacy.URL,
		t.PublishedAt, t.PublishedBy)
	return err
}
