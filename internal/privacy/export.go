package privacy

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io"
	"time"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
)

// part is how many records are read at once.
const part = 500

// Export is one file that is about to be written.
type Export struct {
	Name string // of the file

	at   time.Time
	data Data
}

// Begin records that everything that is stored of a pet parent is exported, and
// reads it. petparent.ErrNotFound.
func (s *Service) Begin(ctx context.Context, practiceID, petParentID string) (*Export, error) {
	p, err := s.PetParents.Profile(ctx, s.DB, practiceID, petParentID)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.PetParentExported, PracticeID: practiceID, AccountID: p.AccountID,
			Target: audit.Target{Kind: "pet_parent", ID: p.ID, Name: p.Name()},
		})
	})
	if err != nil {
		return nil, err
	}
	at := s.Clock.Now().UTC()
	data, err := s.read(ctx, p, at)
	return &Export{Name: "personal-data-" + at.Format(time.DateOnly) + ".zip", at: at, data: data}, err
}

// WriteTo writes the ZIP file: the same once for people and once for programs.
// With an error the file is broken.
func (e *Export) WriteTo(_ context.Context, w io.Writer) error {
	z := zip.NewWriter(w)
	entry := func(name string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: e.at})
	}
	out, err := entry("personal-data.txt")
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, e.data.text()); err != nil {
		return err
	}
	if out, err = entry("personal-data.json"); err != nil {
		return err
	}
	j := json.NewEncoder(out)
	j.SetEscapeHTML(false)
	j.SetIndent("", "  ")
	if err := j.Encode(e.data); err != nil {
		return err
	}
	return z.Close()
}
