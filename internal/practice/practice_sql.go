package practice

import (
	"context"
	"encoding/json"
	"errors"

	"catflap/internal/foundation/db"
)

const selectPractice = `
	SELECT id, slug, name, kind, plan, status, phone, email, hours, policy, created_at,
		time_zone, status_reason, status_at, colour, logo, logo_width, logo_height
	FROM practice`

func insertPractice(ctx context.Context, tx *db.Tx, p Practice) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO practice (id, slug, name, kind, plan, status, phone, email, hours, policy, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}', $10)`,
		p.ID, p.Slug, p.Name, p.Kind, p.Plan, p.Status, p.Phone, p.Email, p.Hours, p.CreatedAt)
	return err
}

func scanPractice(s db.Scanner) (Practice, error) {
	var p Practice
	var policy string
	if err := s.Scan(&p.ID, &p.Slug, &p.Name, &p.Kind, &p.Plan, &p.Status, &p.Phone, &p.Email, &p.Hours, &policy, &p.CreatedAt,
		&p.TimeZone, &p.Reason, &p.StatusAt, &p.Look.Colour, &p.Look.Logo, &p.Look.Width, &p.Look.Height); err != nil {
		return p, err
	}
	p.Chosen = DefaultPolicy()
	err := json.Unmarshal([]byte(policy), &p.Chosen)
	p.Policy = p.Chosen.InForce()
	return p, err
}

const selectBranch = `
	SELECT id, practice_id, name, hue, phone, created_at, time_zone, features_off, network_mode, network,
		email, hours, address
	FROM branch`

func insertBranch(ctx context.Context, tx *db.Tx, b Branch) error {
	off, err := json.Marshal(b.FeaturesOff)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO branch (id, practice_id, name, name_key, hue, phone, created_at, time_zone, features_off,
			email, hours, address)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		b.ID, b.PracticeID, b.Name, nameKey(b.Name), b.Hue, b.Phone, b.CreatedAt, b.TimeZone, string(off),
		b.Email, b.Hours, b.Address)
	return err
}

func scanBranch(s db.Scanner) (Branch, error) {
	var b Branch
	var off, network string
	if err := s.Scan(&b.ID, &b.PracticeID, &b.Name, &b.Hue, &b.Phone, &b.CreatedAt, &b.TimeZone, &off, &b.Network.Mode, &network,
		&b.Email, &b.Hours, &b.Address); err != nil {
		return b, err
	}
	return b, errors.Join(json.Unmarshal([]byte(off), &b.FeaturesOff), json.Unmarshal([]byte(network), &b.Network.Prefixes))
}
