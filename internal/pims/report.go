package pims

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"catflap/internal/audit"
	"catflap/internal/foundation/cell"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
)

const selectRejects = `
	SELECT file, line, record, reason, client, pet, message FROM import_reject
	WHERE practice_id = $1 AND import_id = $2 ORDER BY number`

func scanReject(s db.Scanner) (r Reject, err error) {
	return r, s.Scan(&r.File, &r.Line, &r.Record, &r.Reason, &r.Client, &r.Pet, &r.Message)
}

// Rejects lists the first rows that were not taken over: those that cannot be
// read, then the clients who were held back.
func (s *Service) Rejects(ctx context.Context, practiceID, importID string, limit int) ([]Reject, error) {
	return db.All(ctx, s.DB, scanReject, selectRejects+` LIMIT $3`, practiceID, importID, limit)
}

// RejectedFiles are the files of an import that have rejected rows, in their order.
func (s *Service) RejectedFiles(ctx context.Context, practiceID, importID string) ([]string, error) {
	return db.All(ctx, s.DB, func(sc db.Scanner) (name string, err error) { return name, sc.Scan(&name) }, `
		SELECT file FROM import_reject WHERE practice_id = $1 AND import_id = $2 GROUP BY file ORDER BY min(number)`, practiceID, importID)
}

// reported is a rejected row with its number, by which its cells are opened.
type reported struct {
	Reject
	number int
}

// WriteRejects writes the rejected rows of one file, or of the first that has any,
// as CSV (RFC 4180) that can be corrected and imported again: columns that say
// where the row stood and what is wrong, which reading leaves out, and then those
// of the file without the ones that are never stored. The cells are there for 30
// days. It is recorded first. ErrNotFound.
func (s *Service) WriteRejects(ctx context.Context, w io.Writer, practiceID, importID, file string) error {
	im, err := s.Get(ctx, practiceID, importID)
	if err != nil {
		return err
	}
	if file == "" {
		files, err := s.RejectedFiles(ctx, practiceID, importID)
		if err != nil {
			return err
		}
		if len(files) > 0 {
			file = files[0]
		}
	}
	rows, err := db.All(ctx, s.DB, func(sc db.Scanner) (r reported, err error) {
		return r, sc.Scan(&r.number, &r.File, &r.Line, &r.Reason, &r.Message, &r.sealed)
	}, `
		SELECT number, file, line, reason, message, sealed FROM import_reject
		WHERE practice_id = $1 AND import_id = $2 AND file = $3 ORDER BY number`, practiceID, importID, file)
	if err != nil {
		return err
	}
	box, err := s.box(ctx, practiceID, importID, keyOfRejects)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return err
	}
	if err := s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.record(ctx, tx, im, audit.RejectsDownloaded, map[string]string{"rows": strconv.Itoa(len(rows))})
	}); err != nil {
		return err
	}
	return writeRejects(w, im, file, rows, box)
}

func writeRejects(w io.Writer, im Import, file string, rows []reported, box *secret.Box) error {
	head := ours()
	for _, f := range im.Files {
		if f.Name == file {
			head = append(head, f.Names...)
		}
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // so that spreadsheets read it as UTF-8
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(harmless(head)); err != nil {
		return err
	}
	for _, r := range rows {
		line := []string{r.File, strconv.Itoa(r.Line), string(r.Reason), r.Message}
		if box != nil && len(r.sealed) > 0 {
			text, err := box.Open(placeOfReject(im.ID, r.number), r.sealed)
			if err != nil {
				return err
			}
			var cells []string
			if err := json.Unmarshal(text, &cells); err != nil {
				return err
			}
			line = append(line, cells...)
		}
		for len(line) < len(head) {
			line = append(line, "")
		}
		if err := out.Write(harmless(line)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func harmless(cells []string) []string {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = cell.Harmless(c)
	}
	return safe
}
