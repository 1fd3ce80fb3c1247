package onboarding

import (
	"context"
	"slices"

	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
)

// Forget deletes what is known of the way in of an account that is deleted.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	for _, table := range []string{"onboarding_draft", "invitation_visit", "terms_acceptance"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID); err != nil {
			return err
		}
	}
	return nil
}

// ForgetPerson takes a pet parent who is erased out of the reports of logins for
// everybody, and forgets what was decided about them. ErrRunUnderWay
// while a report is being written.
func (s *Service) ForgetPerson(ctx context.Context, tx *db.Tx, p petparent.PetParent) error {
	former, err := s.PetParents.Former(ctx, tx, p.PracticeID, p.ID)
	if err != nil {
		return err
	}
	known := append([]string{p.ID}, former...)
	runs, err := db.All(ctx, tx, scanRun, selectRun+`
		WHERE r.practice_id = $1 AND (r.state = 'running' OR r.conflicts <> '[]') ORDER BY r.id`, p.PracticeID)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.EndedAt.IsZero() {
			return ErrRunUnderWay
		}
		if run.forget(known) {
			if err := updateRun(ctx, tx, run); err != nil {
				return err
			}
		}
	}
	for _, petParentID := range known {
		for _, table := range []string{"login_run_person", "login_skip"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE practice_id = $1 AND pet_parent_id = $2`, p.PracticeID, petParentID); err != nil {
				return err
			}
		}
	}
	return nil
}

// forget reports whether anything was said of the person, who is known by these
// ids.
func (r *LoginRun) forget(known []string) (found bool) {
	kept := r.Conflicts[:0]
	for _, c := range r.Conflicts {
		before := len(c.People)
		c.People = slices.DeleteFunc(c.People, func(one Sharer) bool { return slices.Contains(known, one.PetParentID) })
		if slices.Contains(known, c.HolderID) {
			c.Holder, c.HolderID, found = "", "", true
		}
		found = found || len(c.People) < before
		if len(c.People) == before || len(c.People) > 0 {
			kept = append(kept, c)
		}
	}
	r.Conflicts = kept
	return found
}
