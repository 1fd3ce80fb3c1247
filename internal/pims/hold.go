package pims

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
)

// chunkBytes is how much of a file one row holds.
const chunkBytes = 512 << 10

// The purposes of the keys of an import.
const (
	keyOfFiles   = "files"
	keyOfRejects = "rejects"
)

// rejectsKept is how long the cells of rejected rows can be had for correction.
const rejectsKept = 30 * 24 * time.Hour

func placeOfKey(importID, purpose string) string {
	return "import_key/sealed/" + importID + "/" + purpose
}

func placeOfChunk(importID string, file, number int) string {
	return fmt.Sprintf("import_chunk/sealed/%s/%d/%d", importID, file, number)
}

// fitting refuses files that are too large before any of them is stored, where
// their size can be told.
func fitting(files []File) error {
	if len(files) == 0 {
		return fault.Complain("file", "Choose the file to import.")
	}
	for _, f := range files {
		s, ok := f.Body.(io.Seeker)
		if !ok {
			continue
		}
		size, err := s.Seek(0, io.SeekEnd)
		if err == nil {
			_, err = s.Seek(0, io.SeekStart)
		}
		if err != nil {
			return fmt.Errorf("pims: measuring %s: %w", baseName(f.Name), err)
		}
		if size > MaxFile {
			return tooLarge(baseName(f.Name))
		}
	}
	return nil
}

// newKey makes a key of the import for one purpose.
func (s *Service) newKey(ctx context.Context, tx *db.Tx, im Import, purpose string, life time.Duration) (*secret.Box, error) {
	box, sealed, err := s.Ring.NewBox(placeOfKey(im.ID, purpose))
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM import_key WHERE practice_id = $1 AND import_id = $2 AND purpose = $3`,
		im.PracticeID, im.ID, purpose); err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO import_key (import_id, practice_id, purpose, sealed, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		im.ID, im.PracticeID, purpose, sealed, s.Clock.Now().Add(life))
	return box, err
}

// box opens the key of the import for one purpose; db.ErrNone when it is gone.
func (s *Service) box(ctx context.Context, practiceID, importID, purpose string) (*secret.Box, error) {
	sealed, err := db.One(ctx, s.DB, func(sc db.Scanner) (b []byte, err error) { return b, sc.Scan(&b) },
		`SELECT sealed FROM import_key WHERE practice_id = $1 AND import_id = $2 AND purpose = $3`, practiceID, importID, purpose)
	if err != nil {
		return nil, err
	}
	return s.Ring.OpenBox(placeOfKey(importID, purpose), sealed)
}

// hold seals the files into the database, piece by piece.
func (s *Service) hold(ctx context.Context, box *secret.Box, im Import, files []File) error {
	buffer := make([]byte, chunkBytes)
	for i, f := range files {
		if err := s.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO import_file (import_id, practice_id, number, name) VALUES ($1, $2, $3, $4)`,
				im.ID, im.PracticeID, i, baseName(f.Name))
			return err
		}); err != nil {
			return err
		}
		for number, size := 0, 0; ; number++ {
			n, err := io.ReadFull(f.Body, buffer)
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return fmt.Errorf("pims: reading %s: %w", baseName(f.Name), err)
			}
			if size += n; size > MaxFile {
				return tooLarge(baseName(f.Name))
			}
			if n == 0 {
				break
			}
			sealed, sealErr := box.Seal(placeOfChunk(im.ID, i, number), buffer[:n])
			if sealErr != nil {
				return sealErr
			}
			if err := s.DB.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO import_chunk (import_id, practice_id, file, number, sealed) VALUES ($1, $2, $3, $4, $5)`,
					im.ID, im.PracticeID, i, number, sealed)
				return err
			}); err != nil {
				return err
			}
			if n < len(buffer) {
				break
			}
		}
	}
	return nil
}

// held are the files that wait sealed. Each call gives readers from their
// beginning.
func (s *Service) held(ctx context.Context, box *secret.Box, im Import) ([]File, error) {
	names, err := db.All(ctx, s.DB, func(sc db.Scanner) (name string, err error) { return name, sc.Scan(&name) },
		`SELECT name FROM import_file WHERE practice_id = $1 AND import_id = $2 ORDER BY number`, im.PracticeID, im.ID)
	if err != nil {
		return nil, err
	}
	files := make([]File, len(names))
	for i, name := range names {
		files[i] = File{Name: name, Body: &sealedFile{ctx: ctx, db: s.DB, box: box, im: im, file: i}}
	}
	return files, nil
}

// sealedFile reads a file that waits sealed, one piece in memory at a time.
type sealedFile struct {
	ctx    context.Context
	db     *db.DB
	box    *secret.Box
	im     Import
	file   int
	number int
	rest   []byte
	over   bool
}

func (f *sealedFile) Read(p []byte) (int, error) {
	for len(f.rest) == 0 {
		if f.over {
			return 0, io.EOF
		}
		sealed, err := db.One(f.ctx, f.db, func(sc db.Scanner) (b []byte, err error) { return b, sc.Scan(&b) },
			`SELECT sealed FROM import_chunk WHERE practice_id = $1 AND import_id = $2 AND file = $3 AND number = $4`,
			f.im.PracticeID, f.im.ID, f.file, f.number)
		if errors.Is(err, db.ErrNone) {
			f.over = true
			continue
		}
		if err != nil {
			return 0, err
		}
		if f.rest, err = f.box.Open(placeOfChunk(f.im.ID, f.file, f.number), sealed); err != nil {
			return 0, err
		}
		f.number++
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// forgetFiles deletes what waits sealed, its key first.
func forgetFiles(ctx context.Context, tx *db.Tx, practiceID, importID string) error {
	for _, statement := range []string{
		`DELETE FROM import_key WHERE practice_id = $1 AND import_id = $2 AND purpose = 'files'`,
		`DELETE FROM import_chunk WHERE practice_id = $1 AND import_id = $2`,
		`DELETE FROM import_file WHERE practice_id = $1 AND import_id = $2`,
	} {
		if _, err := tx.Exec(ctx, statement, practiceID, importID); err != nil {
			return err
		}
	}
	return nil
}

// forgetCells takes away the cells of rejected rows whose time is over. A key that
// is missing has made the others unreadable already.
func (s *Service) forgetCells(ctx context.Context) error {
	now := s.Clock.Now()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM import_key WHERE purpose = 'rejects' AND expires_at <= $1`, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE import_reject SET sealed = NULL WHERE sealed IS NOT NULL AND NOT EXISTS (
				SELECT 1 FROM import_key k WHERE k.import_id = import_reject.import_id AND k.purpose = 'rejects')`)
		return err
	})
}

// KeyUses counts, for each key of the ring, the uploads and reports that can be
// read with that key only.
func (s *Service) KeyUses(ctx context.Context) (map[string]int, error) {
	uses := map[string]int{}
	_, err := db.All(ctx, s.DB, func(sc db.Scanner) (struct{}, error) {
		var key []byte
		var n int
		err := sc.Scan(&key, &n)
		uses[string(key)] = n
		return struct{}{}, err
	}, `SELECT substr(sealed, 2, 8), count(*) FROM import_key GROUP BY substr(sealed, 2, 8)`)
	return uses, err
}
