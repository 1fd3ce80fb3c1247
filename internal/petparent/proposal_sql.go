package petparent

import (
	"context"
	"time"

	"catflap/internal/foundation/db"
)

// putProposal stores an open proposal. The one that was open for the field
// gives way, id and all, so that nobody accepts a value they have not seen;
// the same value again leaves it as it is.
func putProposal(ctx context.Context, tx *db.Tx, practiceID, petParentID, proposalID string, c Correction, now time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO proposal (id, practice_id, pet_parent_id, pet_id, field, before_value, after_value, state, created_at, decided_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '`+string(ProposalOpen)+`', $8, '')
		ON CONFLICT (pet_parent_id, pet_id, field) WHERE state = '`+string(ProposalOpen)+`' DO UPDATE
		SET id = excluded.id, before_value = excluded.before_value, after_value = excluded.after_value,
			created_at = excluded.created_at
		WHERE proposal.practice_id = $2 AND proposal.after_value <> excluded.after_value`,
		proposalID, practiceID, petParentID, c.PetID, c.Field, c.Before, c.After, now)
	return err
}

// replaceProposal closes an open proposal for a field that was just changed.
func replaceProposal(ctx context.Context, tx *db.Tx, practiceID, petParentID string, c Correction, now time.Time) error {
	_, err := tx.Exec(ctx, `
		UPDATE proposal SET state = '`+string(ProposalReplaced)+`', decided_at = $5
		WHERE practice_id = $1 AND pet_parent_id = $2 AND pet_id = $3 AND field = $4 AND state = '`+string(ProposalOpen)+`'`,
		practiceID, petParentID, c.PetID, c.Field, now)
	return err
}

func decideProposal(ctx context.Context, tx *db.Tx, practiceID, proposalID string, state ProposalState, now time.Time, by string) (Proposal, error) {
	scan := func(s db.Scanner) (p Proposal, err error) {
		return p, s.Scan(&p.ID, &p.PetParentID, &p.PetID, &p.Field, &p.Before, &p.After)
	}
	return db.One(ctx, tx, scan, `
		UPDATE proposal SET state = $3, decided_at = $4, decided_by = $5
		WHERE practice_id = $1 AND id = $2 AND state = '`+string(ProposalOpen)+`'
		RETURNING id, pet_parent_id, pet_id, field, before_value, after_value`,
		practiceID, proposalID, string(state), now, by)
}

func proposalExists(ctx context.Context, r db.Reader, practiceID, proposalID string) (bool, error) {
	scan := func(s db.Scanner) (n int64, err error) { return n, s.Scan(&n) }
	n, err := db.One(ctx, r, scan, `
		SELECT count(*) FROM proposal WHERE practice_id = $1 AND id = $2`, practiceID, proposalID)
	return n > 0, err
}

func openProposals(ctx context.Context, r db.Reader, practiceID, petParentID, after string, limit int) ([]Proposal, error) {
	scan := func(s db.Scanner) (Proposal, error) {
		var p Proposal
		var person PetParent
		var company string
		err := s.Scan(&p.ID, &p.PetParentID, &person.FirstName, &person.LastName, &company, &p.PetID, &p.PetName,
			&p.Field, &p.Before, &p.After, &p.State, &p.CreatedAt, &p.DecidedAt, &p.DecidedBy)
		p.PetParentName = person.Name(company)
		return p, err
	}
	return db.All(ctx, r, scan, `
		SELECT c.id, c.pet_parent_id, p.first_name, p.last_name, h.company, c.pet_id, COALESCE(x.name, ''),
			c.field, c.before_value, c.after_value, c.state, c.created_at, c.decided_at, c.decided_by
		FROM proposal c
		JOIN pet_parent p ON p.practice_id = c.practice_id AND p.id = c.pet_parent_id
		JOIN household h ON h.practice_id = p.practice_id AND h.id = p.household_id
		LEFT JOIN pet x ON x.practice_id = c.practice_id AND x.id = c.pet_id
		WHERE c.practice_id = $1 AND c.state = '`+string(ProposalOpen)+`' AND ($2 = '' OR c.pet_parent_id = $2) AND c.id > $3
		ORDER BY c.id LIMIT $4`, practiceID, petParentID, after, limit)
}

// countOpen counts the open proposals of one person, or of all when
// petParentID is empty.
func countOpen(ctx context.Context, r db.Reader, practiceID, petParentID string) (int64, error) {
	scan := func(s db.Scanner) (n int64, err error) { return n, s.Scan(&n) }
	return db.One(ctx, r, scan, `
		SELECT count(*) FROM proposal
		WHERE practice_id = $1 AND state = '`+string(ProposalOpen)+`' AND ($2 = '' OR pet_parent_id = $2)`, practiceID, petParentID)
}

// selectProposal reads corrections without the names of whom they are about.
const selectProposal = `
	SELECT id, pet_parent_id, pet_id, field, before_value, after_value, state, created_at, decided_at, decided_by FROM proposal`

func scanProposal(s db.Scanner) (p Proposal, err error) {
	return p, s.Scan(&p.ID, &p.PetParentID, &p.PetID, &p.Field, &p.Before, &p.After, &p.State, &p.CreatedAt, &p.DecidedAt, &p.DecidedBy)
}

// CorrectionsAfter walks what pet parents of a practice proposed, decided or not,
// as the other walks do.
func (s *Service) CorrectionsAfter(ctx context.Context, practiceID string, after Proposal, limit int) ([]Proposal, error) {
	return db.All(ctx, s.DB, scanProposal, selectProposal+`
		WHERE practice_id = $1 AND id > $2 ORDER BY id LIMIT $3`, practiceID, after.ID, limit)
}

// CorrectionsOf lists everything that a pet parent proposed, decided or not.
func (s *Service) CorrectionsOf(ctx context.Context, r db.Reader, practiceID, petParentID string) ([]Proposal, error) {
	return db.All(ctx, r, scanProposal, selectProposal+`
		WHERE practice_id = $1 AND pet_parent_id = $2 ORDER BY id`, practiceID, petParentID)
}
