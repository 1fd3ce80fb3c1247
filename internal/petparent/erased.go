package petparent

import (
	"context"

	"catflap/internal/foundation/db"
)

// erasedMark is the purpose of the keyed hash that is left of a number of the
// practice system whose people were erased.
const erasedMark = "erased_client"

// wasErased reports whether everybody under a number of the practice system was
// erased here.
func (s *Service) wasErased(ctx context.Context, r db.Reader, practiceID, system, externalID string) (bool, error) {
	keys, err := db.All(ctx, r, func(sc db.Scanner) (key string, err error) { return key, sc.Scan(&key) }, `
		SELECT DISTINCT key_id FROM erased_client WHERE practice_id = $1`, practiceID)
	for _, key := range keys {
		mark, err := s.Ring.MACWith(key, erasedMark, practiceID, system, externalID)
		if err != nil {
			return false, err
		}
		n, err := db.One(ctx, r, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) }, `
			SELECT count(*) FROM erased_client WHERE practice_id = $1 AND key_id = $2 AND mark = $3`, practiceID, key, mark)
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, err
}

// markErased leaves what an import is compared with.
func (s *Service) markErased(ctx context.Context, tx *db.Tx, practiceID, system, externalID string) error {
	key := s.Ring.KeyID()
	mark, err := s.Ring.MACWith(key, erasedMark, practiceID, system, externalID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO erased_client (practice_id, key_id, mark, erased_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (practice_id, key_id, mark) DO NOTHING`, practiceID, key, mark, s.Clock.Now())
	return err
}

// ErasedUses counts, for each key of the ring, the numbers of erased clients
// that can be recognised with that key only.
func (s *Service) ErasedUses(ctx context.Context) (map[string]int, error) {
	uses := map[string]int{}
	_, err := db.All(ctx, s.DB, func(sc db.Scanner) (struct{}, error) {
		var key string
		var n int
		err := sc.Scan(&key, &n)
		uses[key] = n
		return struct{}{}, err
	}, `SELECT key_id, count(*) FROM erased_client GROUP BY key_id`)
	return uses, err
}
