package apikey

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/practice"
)

const keyColumns = `k.id, k.practice_id, k.name, k.hint, k.permissions, k.created_at, k.created_by, k.expires_at,
	k.last_used_at, k.last_used_ip, k.revoked_at, k.revoked_by`

// selectKey reaches to those who made and revoked a key; their table is read
// here and never written.
const selectKey = `
	SELECT ` + keyColumns + `, coalesce(a.name, ''), coalesce(a.active, FALSE), coalesce(b.name, '')
	FROM api_key k
	LEFT JOIN account a ON a.practice_id = k.practice_id AND a.id = k.created_by
	LEFT JOIN account b ON b.practice_id = k.practice_id AND b.id = k.revoked_by`

const selectIdentity = `
	SELECT ` + keyColumns + `, p.slug, p.name, p.kind, p.status, p.plan, p.time_zone
	FROM api_key k JOIN practice p ON p.id = k.practice_id
	WHERE k.token_hash = $1`

// Get reads one key of the practice. ErrNotFound.
func (s *Service) Get(ctx context.Context, r db.Reader, practiceID, keyID string) (Key, error) {
	k, err := db.One(ctx, r, scanListed, selectKey+` WHERE k.practice_id = $1 AND k.id = $2`, practiceID, keyID)
	if errors.Is(err, db.ErrNone) {
		return k, ErrNotFound
	}
	return k, err
}

// List reads at most limit keys of the practice, the newest first, older than
// the one with id before ("" for the newest).
func (s *Service) List(ctx context.Context, practiceID, before string, limit int) ([]Key, error) {
	return db.All(ctx, s.DB, scanListed, selectKey+`
		WHERE k.practice_id = $1 AND ($2 = '' OR k.id < $2) ORDER BY k.id DESC LIMIT $3`, practiceID, before, limit)
}

func countLive(ctx context.Context, r db.Reader, practiceID string) (int, error) {
	return db.One(ctx, r, func(s db.Scanner) (n int, err error) { return n, s.Scan(&n) },
		`SELECT count(*) FROM api_key WHERE practice_id = $1 AND revoked_at IS NULL`, practiceID)
}

func insert(ctx context.Context, tx *db.Tx, k Key, hash []byte) error {
	permissions, err := json.Marshal(k.Permissions)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO api_key (id, practice_id, name, name_key, token_hash, hint, permissions, created_at, created_by, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		k.ID, k.PracticeID, k.Name, strings.ToLower(k.Name), hash, k.Hint, string(permissions), k.CreatedAt, k.CreatedBy, k.ExpiresAt)
	return err
}

func scanWith(s db.Scanner, more ...any) (Key, error) {
	var k Key
	var permissions string
	if err := s.Scan(append([]any{
		&k.ID, &k.PracticeID, &k.Name, &k.Hint, &permissions, &k.CreatedAt, &k.CreatedBy, &k.ExpiresAt,
		&k.LastUsedAt, &k.LastUsedIP, &k.RevokedAt, &k.RevokedBy,
	}, more...)...); err != nil {
		return Key{}, err
	}
	if err := json.Unmarshal([]byte(permissions), &k.Permissions); err != nil {
		return Key{}, err
	}
	// What became a matter for people only since the key was made.
	k.Permissions = slices.DeleteFunc(k.Permissions, func(p access.Permission) bool { return slices.Contains(ForPeople(), p) })
	return k, nil
}

func scanListed(s db.Scanner) (Key, error) {
	var creator, revoker string
	var active bool
	k, err := scanWith(s, &creator, &active, &revoker)
	k.Creator, k.CreatorActive, k.Revoker = creator, active, revoker
	return k, err
}

type identity struct {
	key      Key
	practice access.Practice
	features []access.Feature
}

func scanIdentity(s db.Scanner) (identity, error) {
	var p practice.Practice
	k, err := scanWith(s, &p.Slug, &p.Name, &p.Kind, &p.Status, &p.Plan, &p.TimeZone)
	p.ID = k.PracticeID
	return identity{key: k, practice: p.Access(), features: p.Features()}, err
}
