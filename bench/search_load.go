package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
	"catflap/internal/session"
)

const (
	// practices have clientsEach each: a million pet parents.
	practices   = 200
	clientsEach = 5_000
)

// office is a practice with its clients, and the session of somebody there.
type office struct {
	slug, id string
	token    string
	deep     [2]string // sort key and id of somebody near the end of the list
}

// syllables are names of people and pets, made of syllables so that many begin alike.
func syllables() (first, last, pets []string) {
	begin := strings.Fields("an be ca da el fe ga ha in jo ka le ma na ol pe qu ro sa ta ur vi wa yo za")
	end := strings.Fields("na ra lin ton dra mir sel vo ske bert")
	for i, b := range begin {
		for j, e := range end {
			if j < 8 {
				first = append(first, b+e)
			}
			last = append(last, b+begin[(i+7*j)%len(begin)]+e)
			if j < 4 {
				pets = append(pets, e[:2]+b)
			}
		}
	}
	return first, last, pets
}

// settle brings a million pet parents into the database, by statements that make
// them there: the import would take hours, and is not what is measured.
func (p *place) settle(ctx context.Context) (offices []office, err error) {
	d, err := db.Open(ctx, p.database, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }() // nothing is under way
	if err := prepare(ctx, d); err != nil {
		return nil, err
	}
	for n := range practices {
		o, err := move(ctx, d, n)
		if err != nil {
			return nil, err
		}
		offices = append(offices, o)
	}
	// As the database does by itself after a while.
	err = d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, `ANALYZE`); return err })
	return offices, err
}

// prepare makes the lists of numbers and names that the statements choose from.
func prepare(ctx context.Context, d *db.DB) error {
	first, last, pets := syllables()
	return d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `CREATE TABLE bench_name (kind TEXT NOT NULL, n BIGINT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (kind, n))`); err != nil {
			return err
		}
		for kind, list := range map[string][]string{"first": first, "last": last, "pet": pets} {
			r := rows{into: `bench_name`}
			for i, name := range list {
				r.add(kind, i, name)
			}
			if err := r.store(ctx, tx); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `CREATE TABLE bench_client (n BIGINT PRIMARY KEY)`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO bench_client WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < $1) SELECT n FROM up`, clientsEach)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `CREATE TABLE bench_person (n BIGINT PRIMARY KEY, id TEXT NOT NULL, household TEXT NOT NULL,
			account TEXT, pet TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, pet_name TEXT NOT NULL,
			email TEXT NOT NULL, phone TEXT NOT NULL, sort_key TEXT NOT NULL)`)
		return err
	})
}

// move fills one practice in one transaction.
func move(ctx context.Context, d *db.DB, n int) (office, error) {
	o := office{slug: fmt.Sprint("office-", n), id: id.New()}
	now := time.Now()
	bytes := `convert_to(w.word, 'UTF8')`
	if d.Dialect() == db.SQLite {
		bytes = `CAST(w.word AS BLOB)`
	}
	first, last, pets := syllables()
	err := d.Write(ctx, func(tx *db.Tx) error {
		if err := o.open(ctx, tx, now); err != nil {
			return err
		}
		for _, s := range []struct {
			text string
			args []any
		}{
			{`DELETE FROM bench_person`, nil},
			// The identifiers have the form of the real ones, and grow with time as they do.
			{`INSERT INTO bench_person
				SELECT c.n, k.before || '1' || k.after, k.before || '2' || k.after,
					CASE WHEN c.n % 3 = 0 THEN k.before || '3' || k.after END, k.before || '4' || k.after,
					f.name, l.name, p.name, f.name || '.' || l.name || CAST(c.n AS TEXT) || '@example.org',
					'206' || CAST(2000000 + (c.n * 7919) % 7999999 AS TEXT), l.name || ', ' || f.name
				FROM bench_client c
				JOIN (SELECT n, CAST($1 AS TEXT) AS before, CAST(100000000000 + $2 + n AS TEXT) AS after FROM bench_client) k ON k.n = c.n
				JOIN bench_name f ON f.kind = 'first' AND f.n = (c.n * 31 + 7) % $3
				JOIN bench_name l ON l.kind = 'last' AND l.n = (c.n * 17 + 3) % $4
				JOIN bench_name p ON p.kind = 'pet' AND p.n = c.n % $5`,
				[]any{o.id[:8] + "-0000-7000-800", n * clientsEach, len(first), len(last), len(pets)}},
			{`INSERT INTO household (id, practice_id, system, external_id, home_branch_id, company, active, deleted, opt_out, imported, created_at, updated_at)
				SELECT household, $1, 'generic', 'C' || CAST(n AS TEXT), '', '', TRUE, FALSE, FALSE, '', $2, $2 FROM bench_person`, []any{o.id, now}},
			{`INSERT INTO account (id, practice_id, kind, name, login_id, login_key, recovery_email, recovery_key, lang, active, created_at,
					onboarded_at, last_sign_in_at, last_sign_in_on, last_branch_id)
				SELECT account, $1, 'client', first, email, email, email, email, 'en', TRUE, $2, $2, $2 + n, '', ''
				FROM bench_person WHERE account IS NOT NULL`, []any{o.id, now.UnixMicro()}},
			{`INSERT INTO pet_parent (id, practice_id, household_id, position, account_id, first_name, last_name, email, email_key, emails,
					email_problem, phones, search, sort_key, words, created_at, updated_at)
				SELECT id, $1, household, 1, account, first, last, email, email, '["' || email || '"]', '',
					'[{"kind":"cell","e164":"+1' || phone || '"}]',
					$3 || first || $3 || last || $3 || pet_name || $3 || email || $3 || 'c' || CAST(n AS TEXT) || $3 || '1' || phone
						|| $3 || phone || $3 || substr(phone, 4) || $3 || substr(phone, 7),
					sort_key, 1, $2 + n, $2 FROM bench_person`, []any{o.id, now.UnixMicro(), "\n"}},
			{`INSERT INTO pet (id, practice_id, system, external_id, name, species, breed, sex, born_on, deceased, died_on, inactive, deleted,
					created_at, updated_at)
				SELECT pet, $1, 'generic', 'P' || CAST(n AS TEXT), pet_name, 'dog', '', '', '', FALSE, '', FALSE, FALSE, $2, $2
				FROM bench_person`, []any{o.id, now}},
			{`INSERT INTO pet_owner (practice_id, household_id, pet_id, percentage, main) SELECT $1, household, pet, '', TRUE FROM bench_person`, []any{o.id}},
			{`INSERT INTO pet_parent_word (practice_id, word, sort_key, pet_parent_id)
				SELECT $1, ` + bytes + `, w.sort_key, w.id FROM (
					SELECT first AS word, sort_key, id FROM bench_person UNION ALL SELECT last, sort_key, id FROM bench_person
					UNION ALL SELECT pet_name, sort_key, id FROM bench_person UNION ALL SELECT email, sort_key, id FROM bench_person
					UNION ALL SELECT 'c' || CAST(n AS TEXT), sort_key, id FROM bench_person UNION ALL SELECT '1' || phone, sort_key, id FROM bench_person
					UNION ALL SELECT phone, sort_key, id FROM bench_person UNION ALL SELECT substr(phone, 4), sort_key, id FROM bench_person
					UNION ALL SELECT substr(phone, 7), sort_key, id FROM bench_person) AS w
				WHERE TRUE ON CONFLICT DO NOTHING`, []any{o.id}},
		} {
			if _, err := tx.Exec(ctx, s.text, s.args...); err != nil {
				return fmt.Errorf("%w\n%s", err, s.text)
			}
		}
		return tx.QueryRow(ctx, `SELECT sort_key, id FROM bench_person ORDER BY sort_key DESC, id DESC LIMIT 1 OFFSET 60`).Scan(&o.deep[0], &o.deep[1])
	})
	return o, err
}

// open makes the practice with somebody who works there and is signed in.
func (o *office) open(ctx context.Context, tx *db.Tx, now time.Time) error {
	branch, desk, who := id.New(), id.New(), id.New()
	secretPart, _ := secret.NewToken()
	o.token = session.TokenPrefix + secretPart
	practices := rows{into: `practice (id, slug, name, kind, plan, status, created_at)`}
	practices.add(o.id, o.slug, o.slug, "clinic", "complete", "active", now)
	branches := rows{into: `branch (id, practice_id, name, name_key, hue, created_at)`}
	branches.add(branch, o.id, "Main", "main", 0, now)
	roles := rows{into: `role (id, practice_id, key, name, name_key, permissions, created_at)`}
	roles.add(desk, o.id, "desk", "Desk", "desk", `["petparent.read"]`, now)
	accounts := rows{into: `account (id, practice_id, kind, name, login_id, login_key, recovery_email, recovery_key, lang,
		active, created_at, onboarded_at, last_sign_in_on, last_branch_id)`}
	accounts.add(who, o.id, string(access.KindStaff), "Desk", "desk@"+o.slug, "desk@"+o.slug, "", "", "en", true, now, now, "", branch)
	grants := rows{into: `role_grant (practice_id, account_id, role_id, branch_id, granted_at, granted_by)`}
	grants.add(o.id, who, desk, "", now, "")
	sessions := rows{into: `session (id, practice_id, account_id, branch_id, token_hash, created_at, seen_at, idle_limit,
		expires_at, proven_at, ip, device, shared, ended_reason)`}
	sessions.add(id.New(), o.id, who, branch, secret.HashToken(o.token), now, now, int64(3600), now.Add(12*time.Hour), now, "127.0.0.1", "bench", false, "")
	for _, r := range []*rows{&practices, &branches, &roles, &accounts, &grants, &sessions} {
		if err := r.store(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}
