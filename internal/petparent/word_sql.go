package petparent

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/job"
)

// store writes the words of a person whose row was just written: those that
// came and went since it was read, all of them when the order changed.
func (i index) store(ctx context.Context, tx *db.Tx, p PetParent) error {
	before, now := p.stored.words(), i.words()
	if p.stored.sortKey == i.sortKey {
		before, now = without(before, now), without(now, before)
	}
	if err := dropWords(ctx, tx, p, before); err != nil {
		return err
	}
	return addWords(ctx, tx, p, i.sortKey, now)
}

// without is what of a list is not in the other one.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

// wordsAtOnce bounds a statement.
const wordsAtOnce = 50

func addWords(ctx context.Context, tx *db.Tx, p PetParent, sortKey string, list []string) error {
	for part := range slices.Chunk(list, wordsAtOnce) {
		args, places := []any{p.PracticeID, sortKey, p.ID}, make([]string, len(part))
		for i, word := range part {
			args = append(args, []byte(word))
			places[i] = "($1, $" + strconv.Itoa(len(args)) + ", $2, $3)"
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO pet_parent_word (practice_id, word, sort_key, pet_parent_id) VALUES `+strings.Join(places, ", ")+`
			ON CONFLICT DO NOTHING`, args...); err != nil {
			return err
		}
	}
	return nil
}

func dropWords(ctx context.Context, tx *db.Tx, p PetParent, list []string) error {
	for part := range slices.Chunk(list, wordsAtOnce) {
		stored := make([][]byte, len(part))
		for i, word := range part {
			stored[i] = []byte(word)
		}
		args, places := db.In([]any{p.PracticeID, p.stored.sortKey, p.ID}, stored)
		if _, err := tx.Exec(ctx, `
			DELETE FROM pet_parent_word
			WHERE practice_id = $1 AND word IN (`+places+`) AND sort_key = $2 AND pet_parent_id = $3`,
			args...); err != nil {
			return err
		}
	}
	return nil
}

// Reindex makes everybody of the household found by what they, their
// household, their pets and their logins are called now. Whoever changes one of
// these joins it to the same transaction.
func (s *Service) Reindex(ctx context.Context, tx *db.Tx, practiceID, householdID string) error {
	return reindex(ctx, tx, practiceID, householdID, s.Clock.Now())
}

// Forget makes a person found by nothing any more; the row itself is the
// caller's to delete or to empty.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, practiceID, petParentID string) error {
	p, err := lockedPerson(ctx, tx, practiceID, petParentID)
	if err != nil {
		return err
	}
	if err := dropWords(ctx, tx, p, p.stored.words()); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE pet_parent SET search = '', words = $3 WHERE practice_id = $1 AND id = $2`,
		practiceID, petParentID, wordRules)
	return err
}

func reindex(ctx context.Context, tx *db.Tx, practiceID, householdID string, now time.Time) error {
	h, err := household(ctx, tx, practiceID, householdID)
	if err != nil {
		return err
	}
	people, err := lockedPersons(ctx, tx, practiceID, householdID)
	if err != nil {
		return err
	}
	known, err := namesOf(ctx, tx, practiceID, householdID)
	if err != nil {
		return err
	}
	for _, p := range people {
		i := known.index(p, h)
		if i == p.stored {
			continue
		}
		if _, err := tx.Exec(ctx, `
			UPDATE pet_parent SET search = $3, sort_key = $4, words = $5, updated_at = $6 WHERE practice_id = $1 AND id = $2`,
			practiceID, p.ID, i.search, i.sortKey, i.rules, now); err != nil {
			return err
		}
		if err := i.store(ctx, tx, p); err != nil {
			return err
		}
	}
	return nil
}

// names are what the people of a household are found by beside their own data.
type names struct {
	pets   []string
	logins map[string]string // login ID by person
}

func (n names) index(p PetParent, h Household) index {
	return newIndex(p, h, n.logins[p.ID], n.pets)
}

func namesOf(ctx context.Context, r db.Reader, practiceID, householdID string) (names, error) {
	pets, err := ownedPets(ctx, r, practiceID, householdID)
	if err != nil {
		return names{}, err
	}
	n := names{logins: map[string]string{}}
	for _, p := range pets {
		n.pets = append(n.pets, p.Name)
	}
	scan := func(s db.Scanner) (struct{}, error) {
		var petParentID, loginID string
		err := s.Scan(&petParentID, &loginID)
		n.logins[petParentID] = loginID
		return struct{}{}, err
	}
	_, err = db.All(ctx, r, scan, `
		SELECT p.id, a.login_id FROM pet_parent p
		JOIN account a ON a.practice_id = p.practice_id AND a.id = p.account_id
		WHERE p.practice_id = $1 AND p.household_id = $2`, practiceID, householdID)
	return n, err
}

// WordsJob makes the words of everybody who was there before there were any.
const WordsJob = "petparent.words"

// householdsAtOnce bounds a transaction of the job.
const householdsAtOnce = 100

// FillWords is the work of WordsJob. Run again it goes on where it stopped.
func (s *Service) FillWords(ctx context.Context, _ job.Job) error {
	type place struct{ practice, household string }
	scan := func(sc db.Scanner) (p place, err error) { return p, sc.Scan(&p.practice, &p.household) }
	for {
		var some []place
		err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if some, err = db.All(ctx, tx, scan, `
				SELECT DISTINCT practice_id, household_id FROM (
					SELECT practice_id, household_id FROM pet_parent WHERE words = 0 ORDER BY practice_id, id LIMIT $1) AS next`,
				householdsAtOnce); err != nil {
				return err
			}
			for _, p := range some {
				if err := reindex(ctx, tx, p.practice, p.household, s.Clock.Now()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(some) == 0 {
			return err
		}
	}
}

// addLogin makes a person found by a new login ID too.
func addLogin(ctx context.Context, tx *db.Tx, practiceID, petParentID string, now time.Time) error {
	scan := func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }
	householdID, err := db.One(ctx, tx, scan, `
		SELECT p.household_id FROM pet_parent p JOIN account a ON a.practice_id = p.practice_id AND a.id = p.account_id
		WHERE p.practice_id = $1 AND p.id = $2 AND a.login_id <> p.email`, practiceID, petParentID)
	if errors.Is(err, db.ErrNone) {
		return nil // found by the address already
	}
	if err != nil {
		return err
	}
	return reindex(ctx, tx, practiceID, householdID, now)
}
