package pims

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"

	"catflap/internal/audit"
	"catflap/internal/foundation/cell"
	"catflap/internal/foundation/db"
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

// WriteRejects writes all of them as CSV (RFC 4180): file, line, reason, words,
// and the numbers that stand in the row. It is recorded first. ErrNotFound.
func (s *Service) WriteRejects(ctx context.Context, w io.Writer, practiceID, importID string) error {
	im, err := s.Get(ctx, practiceID, importID)
	if err != nil {
		return err
	}
	rows, err := db.All(ctx, s.DB, scanReject, selectRejects, practiceID, importID)
	if err != nil {
		return err
	}
	if err := s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.record(ctx, tx, im, audit.RejectsDownloaded, map[string]string{"rows": strconv.Itoa(len(rows))})
	}); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write([]string{"file", "line", "reason", "words", "client", "pet"}); err != nil {
		return err
	}
	for _, r := range rows {
		if err := out.Write([]string{
			cell.Harmless(r.File), strconv.Itoa(r.Line), string(r.Reason), cell.Harmless(r.Message), cell.Harmless(r.Client), cell.Harmless(r.Pet),
		}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
