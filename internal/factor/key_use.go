package factor

import (
	"context"
	"slices"

	"catflap/internal/foundation/db"
)

// Value is a kind of stored value that needs a key of the ring.
type Value string

// The kinds. The first four are sealed anew when the key is rotated; the others
// keep their key until they are used, replaced or over.
const (
	SealedKey       Value = "authenticator_keys"
	SealedSetup     Value = "set_ups_under_way"
	SealedCode      Value = "backup_codes"
	SealedTemporary Value = "temporary_passwords"
	HashedCode      Value = "hashed_backup_codes"
	HashedTemporary Value = "hashed_temporary_passwords"
	HashedPassword  Value = "passwords"
	OpenLink        Value = "open_links"
	OpenEmailCode   Value = "open_email_codes"
)

// Sealed reports whether it is sealed anew when the key is rotated.
func (v Value) Sealed() bool {
	return v == SealedKey || v == SealedSetup || v == SealedCode || v == SealedTemporary
}

// Values lists the kinds.
func Values() []Value {
	return []Value{
		SealedKey, SealedSetup, SealedCode, SealedTemporary, HashedCode, HashedTemporary, HashedPassword, OpenLink, OpenEmailCode,
	}
}

// KeyUse is how many values need a key.
type KeyUse struct {
	KeyID string // "" for a password hash under a key that was not asked about
	Value Value
	Count int
}

// KeyUses counts what needs which key, in the whole database; known are the keys
// of the ring.
func (s *Service) KeyUses(ctx context.Context, known []string) ([]KeyUse, error) {
	now := s.Clock.Now()
	const inSeal = "substr(sealed, 2, 8)"
	var uses []KeyUse
	for _, q := range []struct {
		value Value
		key   string
		from  string
		args  []any
	}{
		{SealedKey, inSeal, `authenticator`, nil},
		{SealedSetup, inSeal, `authenticator_setup WHERE sealed IS NOT NULL`, nil},
		{SealedCode, inSeal, `backup_code WHERE sealed IS NOT NULL`, nil},
		{SealedTemporary, inSeal, `temporary_password WHERE sealed IS NOT NULL`, nil},
		{HashedCode, "key_id", `backup_code WHERE sealed IS NULL AND used_at IS NULL`, nil},
		{OpenLink, "key_id", `link WHERE used_at IS NULL AND ended_at IS NULL AND expires_at > $1`, []any{now}},
		{OpenEmailCode, "key_id", `email_code WHERE ended_at IS NULL AND expires_at > $1`, []any{now}},
	} {
		found, err := db.All(ctx, s.DB, scanUse, `SELECT `+q.key+`, count(*) FROM `+q.from+` GROUP BY `+q.key, q.args...)
		if err != nil {
			return nil, err
		}
		for _, u := range found {
			u.Value = q.value
			uses = append(uses, u)
		}
	}
	for _, table := range []struct {
		value Value
		name  string
	}{{HashedTemporary, "temporary_password"}, {HashedPassword, "password"}} {
		found, err := countHashes(ctx, s.DB, table.value, table.name, known)
		if err != nil {
			return nil, err
		}
		uses = append(uses, found...)
	}
	return uses, nil
}

func scanUse(sc db.Scanner) (u KeyUse, err error) {
	var id []byte // in a seal it is bytes
	err = sc.Scan(&id, &u.Count)
	u.KeyID = string(id)
	return u, err
}

// countHashes counts password hashes by the key that their PHC string names.
func countHashes(ctx context.Context, r db.Reader, v Value, table string, known []string) ([]KeyUse, error) {
	count := func(pattern string) (int, error) {
		return db.One(ctx, r, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) },
			`SELECT count(*) FROM `+table+` WHERE hash LIKE $1`, pattern)
	}
	others, err := count(`$argon2id$%,keyid=%`)
	if err != nil {
		return nil, err
	}
	var uses []KeyUse
	for _, id := range known {
		n, err := count(`$argon2id$%,keyid=` + id + `$%`)
		if err != nil {
			return nil, err
		}
		others -= n
		uses = append(uses, KeyUse{KeyID: id, Value: v, Count: n})
	}
	uses = append(uses, KeyUse{Value: v, Count: others})
	return slices.DeleteFunc(uses, func(u KeyUse) bool { return u.Count <= 0 }), nil
}
