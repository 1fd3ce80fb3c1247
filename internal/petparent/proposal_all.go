package petparent

import (
	"context"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Pile is what waits for a decision in the whole practice.
type Pile struct {
	Count  int
	People int
	Until  string // id of the newest: what comes later is not of this pile
	Fields []PileField
}

// PileField is how many corrections are of one field.
type PileField struct {
	OfPet bool
	Field string
	Count int
}

// Pile counts the open proposals up to the one with id until, "" for all.
func (s *Service) Pile(ctx context.Context, practiceID, until string) (p Pile, err error) {
	scan := func(sc db.Scanner) error { return sc.Scan(&p.Count, &p.People, &p.Until) }
	_, err = db.One(ctx, s.DB, func(sc db.Scanner) (struct{}, error) { return struct{}{}, scan(sc) }, `
		SELECT count(*), count(DISTINCT pet_parent_id), coalesce(max(id), '') FROM proposal
		WHERE practice_id = $1 AND state = '`+string(ProposalOpen)+`' AND ($2 = '' OR id <= $2)`, practiceID, until)
	if err != nil {
		return p, err
	}
	p.Fields, err = db.All(ctx, s.DB, func(sc db.Scanner) (f PileField, err error) {
		return f, sc.Scan(&f.OfPet, &f.Field, &f.Count)
	}, `
		SELECT pet_id <> '', field, count(*) FROM proposal
		WHERE practice_id = $1 AND state = '`+string(ProposalOpen)+`' AND ($2 = '' OR id <= $2)
		GROUP BY pet_id <> '', field ORDER BY 1, 3 DESC, 2`, practiceID, until)
	return p, err
}

// acceptBatch is how many proposals one request accepts.
const acceptBatch = 500

// AcceptAll accepts the open proposals up to the one with id until, the oldest
// first, as many as one request may. What was decided or replaced meanwhile is
// passed over; each is accepted once, however many ask. left counts what still
// waits of the pile.
func (s *Service) AcceptAll(ctx context.Context, practiceID, until string) (accepted, left int, err error) {
	all, err := db.All(ctx, s.DB, func(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) }, `
		SELECT id FROM proposal WHERE practice_id = $1 AND state = '`+string(ProposalOpen)+`' AND id <= $2 ORDER BY id LIMIT $3`,
		practiceID, until, acceptBatch)
	if err != nil {
		return 0, 0, err
	}
	for _, one := range all {
		err := s.Accept(ctx, practiceID, one)
		if fault.Is(err, fault.Gone) || fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return accepted, 0, err
		}
		accepted++
	}
	pile, err := s.Pile(ctx, practiceID, until)
	return accepted, pile.Count, err
}
