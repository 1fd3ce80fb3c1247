package factor

import (
	"context"
	"errors"
	"slices"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
)

// Resealing is how far sealing everything anew has come; the zero value is its
// beginning.
type Resealing struct {
	Done   int      // sealed under the current key
	Moved  int      // changed by somebody else meanwhile, who sealed it themselves
	Broken []string // "table/id" of what cannot be opened, and stays as it is
	Over   bool

	table int
	after string
}

// sealing is a column of sealed values.
type sealing struct {
	table string
	key   string // column by which rows are found; the seal is bound to column id
	coded bool   // the row holds a keyed hash of the same text
	bare  bool   // the seal does not name the account
}

func sealings() []sealing {
	return []sealing{
		{table: "authenticator", key: "account_id"},
		{table: "authenticator_setup", key: "id"},
		{table: "backup_code", key: "id", coded: true},
		{table: "temporary_password", key: "id", bare: true},
	}
}

// sealedRow is a sealed value and where it is.
type sealedRow struct {
	key, practiceID, id, accountID string
	sealed, fresh                  []byte
	keyID                          string
	mac                            []byte
}

// Reseal seals the next values, at most limit, under the current key, in one
// transaction. What somebody changes meanwhile stays as they left it.
func (s *Service) Reseal(ctx context.Context, at Resealing, limit int) (Resealing, error) {
	if at.table == len(sealings()) {
		at.Over = true
		return at, nil
	}
	t, current := sealings()[at.table], s.Ring.KeyID()
	rows, err := oldSeals(ctx, s.DB, t, current, at.after, limit)
	if err != nil {
		return at, err
	}
	if len(rows) == 0 {
		at.table, at.after = at.table+1, ""
		return at, nil
	}
	broken := slices.Clip(at.Broken)
	var ready []sealedRow
	for _, row := range rows {
		err := s.sealAnew(t, &row)
		switch {
		case errors.Is(err, secret.ErrSealBroken), errors.Is(err, secret.ErrKeyMissing):
			broken = append(broken, t.table+"/"+row.id)
		case err != nil:
			return at, err
		default:
			ready = append(ready, row)
		}
	}
	done := 0
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		done = 0 // of a former run
		for _, row := range ready {
			n, err := putSeal(ctx, tx, t, row)
			if err != nil {
				return err
			}
			done += int(n)
		}
		return nil
	})
	if err != nil {
		return at, err
	}
	at.Done, at.Moved, at.Broken = at.Done+done, at.Moved+len(ready)-done, broken
	at.after = rows[len(rows)-1].key
	return at, nil
}

func (s *Service) sealAnew(t sealing, row *sealedRow) error {
	place := placeOf(t.table, row.accountID, row.id)
	if t.bare {
		place = t.table + "/sealed/" + row.id
	}
	plain, err := s.Ring.Open(place, row.sealed)
	if err != nil {
		return err
	}
	if row.fresh, err = s.Ring.Seal(place, plain); err != nil || !t.coded {
		return err
	}
	row.keyID = secret.SealedUnder(row.fresh)
	row.mac, err = s.Ring.MACWith(row.keyID, "backup_code", row.accountID, string(plain))
	return err
}

func oldSeals(ctx context.Context, r db.Reader, t sealing, current, after string, limit int) ([]sealedRow, error) {
	return db.All(ctx, r, func(sc db.Scanner) (x sealedRow, err error) {
		return x, sc.Scan(&x.key, &x.practiceID, &x.id, &x.accountID, &x.sealed)
	}, `
		SELECT `+t.key+`, practice_id, id, account_id, sealed FROM `+t.table+`
		WHERE `+t.key+` > $1 AND sealed IS NOT NULL AND substr(sealed, 2, 8) <> $2 ORDER BY `+t.key+` LIMIT $3`,
		after, []byte(current), limit)
}

func putSeal(ctx context.Context, tx *db.Tx, t sealing, row sealedRow) (int64, error) {
	if t.coded {
		return tx.Exec(ctx, `
			UPDATE `+t.table+` SET sealed = $4, key_id = $5, mac = $6 WHERE practice_id = $1 AND `+t.key+` = $2 AND sealed = $3`,
			row.practiceID, row.key, row.sealed, row.fresh, row.keyID, row.mac)
	}
	return tx.Exec(ctx, `
		UPDATE `+t.table+` SET sealed = $4 WHERE practice_id = $1 AND `+t.key+` = $2 AND sealed = $3`,
		row.practiceID, row.key, row.sealed, row.fresh)
}

// backupMACs are the keyed hashes that a backup code of the account can be stored
// as: under every key of the ring, because it may be sealed anew at this moment.
// It fails with secret.ErrKeyMissing where the ring lacks the key of one.
func (s *Service) backupMACs(ctx context.Context, r db.Reader, practiceID, accountID, code string) ([][]byte, error) {
	named, err := db.All(ctx, r, func(sc db.Scanner) (key string, err error) { return key, sc.Scan(&key) },
		`SELECT DISTINCT key_id FROM backup_code WHERE practice_id = $1 AND account_id = $2 AND used_at IS NULL`, practiceID, accountID)
	if err != nil {
		return nil, err
	}
	for _, keyID := range named {
		if _, err := s.Ring.MACWith(keyID, "backup_code"); err != nil {
			return nil, err // rather than saying that the code is wrong
		}
	}
	return s.Ring.MACs("backup_code", accountID, code), nil
}
