package privacy

import (
	"context"
	"slices"
	"strconv"
	"time"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/job"
	"catflap/internal/foundation/revision"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// Erasure is what an erasure does.
type Erasure struct {
	Person   petparent.Profile
	Scope    petparent.EraseScope
	Numbers  []petparent.ClientNumber // of the household; kept as hashes when all of it goes
	Messages int                      // whose content goes; that they were sent stays
	Proposed int                      // corrections
	Lines    int                      // of the record whose personal part goes
	Bar      error                    // why it cannot be done now; nil when it can
	Seen     string                   // of what stands here, to be sent with the erasure

	rest trace
}

// PreviewErasure tells what Erase would do, and writes nothing.
// petparent.ErrNotFound.
func (s *Service) PreviewErasure(ctx context.Context, r db.Reader, practiceID, petParentID string) (Erasure, error) {
	var e Erasure
	var err error
	if e.Person, err = s.PetParents.Profile(ctx, r, practiceID, petParentID); err != nil {
		return e, err
	}
	if e.Scope, err = s.PetParents.ScopeOfErasure(ctx, r, e.Person); err != nil {
		return e, err
	}
	if e.Numbers, err = s.PetParents.ClientNumbers(ctx, r, practiceID, e.Person.HouseholdID); err != nil {
		return e, err
	}
	if e.rest, err = s.trace(ctx, r, e.Person, e.Scope); err != nil {
		return e, err
	}
	if e.Messages, err = s.Mail.CountFor(ctx, r, practiceID, e.rest.Mail); err != nil {
		return e, err
	}
	proposed, err := s.PetParents.CorrectionsOf(ctx, r, practiceID, petParentID)
	if err != nil {
		return e, err
	}
	e.Proposed = len(proposed)
	if e.Lines, err = s.Audit.CountAbout(ctx, r, practiceID, e.rest.About); err != nil {
		return e, err
	}
	e.Bar = s.Imports.Waits(ctx, r, practiceID)
	e.Seen = e.mark()
	return e, nil
}

// mark changes with what would be erased, and not with what is written meanwhile
// about somebody who is looked at.
func (e Erasure) mark() string {
	pets := make([]string, len(e.Scope.Go))
	for i, pet := range e.Scope.Go {
		pets[i] = pet.ID
	}
	p := e.Person
	return revision.Of(p.ID, p.AccountID, p.UpdatedAt.UnixNano(), p.Household.ID, e.Scope.Whole, len(e.Numbers), pets)
}

// whom is what the log of e-mails and the record call a person.
type whom struct {
	mail  mail.Person
	about audit.Erasure
}

// whom reads it; what is said of the person's household names one of its people.
func (s *Service) whom(ctx context.Context, r db.Reader, p petparent.Profile) (w whom, err error) {
	former, err := s.PetParents.Former(ctx, r, p.PracticeID, p.ID)
	if err != nil {
		return w, err
	}
	w.mail.PetParents = append([]string{p.ID}, former...)
	if w.mail.Accounts, err = s.Audit.AccountsOf(ctx, r, p.PracticeID, w.mail.PetParents); err != nil {
		return w, err
	}
	if p.AccountID != "" && !slices.Contains(w.mail.Accounts, p.AccountID) {
		w.mail.Accounts = append(w.mail.Accounts, p.AccountID)
	}
	w.about = audit.Erasure{Accounts: w.mail.Accounts, Targets: append(slices.Clone(w.mail.PetParents), p.HouseholdID)}
	return w, nil
}

// trace is whom, with what goes along: the pets, the household that nobody else
// lives in, and what is said of the person in any other in which they have lived.
func (s *Service) trace(ctx context.Context, r db.Reader, p petparent.Profile, scope petparent.EraseScope) (trace, error) {
	w, err := s.whom(ctx, r, p)
	if err != nil {
		return trace{}, err
	}
	now, before, err := s.PetParents.HouseholdsOf(ctx, r, p.PetParent, w.mail.PetParents)
	if scope.Whole {
		w.about.Targets, w.about.Shared = slices.Concat(w.mail.PetParents, now, scope.Pets), before
	} else {
		w.about.Targets, w.about.Shared = slices.Clone(w.mail.PetParents), slices.Concat(now, before)
	}
	return trace{PracticeID: p.PracticeID, Mail: w.mail, About: w.about}, err
}

// Erase takes everything personal of a pet parent out of the database: the
// record, the login with whoever is signed in, what was written to them, what
// they proposed, and the personal part of the record of who did what. Nobody
// else is left in the household: it goes with its pets. seen is of the preview;
// "" takes it as it is. petparent.ErrNotFound, petparent.ErrChangedSince,
// pims.ErrWaits, onboarding.ErrRunUnderWay.
func (s *Service) Erase(ctx context.Context, practiceID, petParentID, seen string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		// Held, so that no walk of logins for everybody looks at the person meanwhile
		// and tells of them in its report afterwards.
		if _, err := s.Practices.HoldPolicy(ctx, tx, practiceID); err != nil {
			return err
		}
		if err := s.PetParents.HoldForErasure(ctx, tx, practiceID, petParentID); err != nil {
			return err
		}
		e, err := s.PreviewErasure(ctx, tx, practiceID, petParentID)
		switch {
		case err != nil:
			return err
		case e.Bar != nil:
			return e.Bar
		case seen != "" && seen != e.Seen:
			return petparent.ErrChangedSince
		}
		return s.erase(ctx, tx, e)
	})
}

func (s *Service) erase(ctx context.Context, tx *db.Tx, e Erasure) error {
	p := e.Person
	if err := s.Onboarding.ForgetPerson(ctx, tx, p.PetParent); err != nil {
		return err
	}
	if err := s.Campaigns.ForgetPerson(ctx, tx, p.PetParent); err != nil {
		return err
	}
	gone, err := s.PetParents.Erase(ctx, tx, p)
	if err != nil {
		return err
	}
	numbers := make([]string, len(gone.Numbers))
	for i, n := range gone.Numbers {
		numbers[i] = n.Number
	}
	if err := s.Imports.Forget(ctx, tx, p.PracticeID, numbers); err != nil {
		return err
	}
	lines, err := s.wipe(ctx, tx, e.rest)
	if err != nil {
		return err
	}
	if _, err := s.Jobs.Enqueue(ctx, tx, WipeJob, e.rest, job.At(s.Clock.Now().Add(wipeAgain))); err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.PetParentErased, PracticeID: p.PracticeID, Target: audit.Target{Kind: "pet_parent", ID: p.ID},
		Detail: map[string]string{
			"household": strconv.FormatBool(gone.Household != ""), "pets": strconv.Itoa(len(gone.Pets)),
			"messages": strconv.Itoa(e.Messages), "lines": strconv.Itoa(lines),
		},
	})
}

// WipeJob is the kind of the job that looks once more after an erasure: a request
// that was under way, a wrong password for instance, may have written a line just
// after it.
const WipeJob = "privacy.wipe"

// wipeAgain is how much later that is; no request takes so long.
const wipeAgain = 5 * time.Minute

// trace is what the log of e-mails and the record call somebody: ids only.
type trace struct {
	PracticeID string        `json:"practice_id"`
	Mail       mail.Person   `json:"mail"`
	About      audit.Erasure `json:"about"`
}

// Wipe is the work of WipeJob.
func (s *Service) Wipe(ctx context.Context, j job.Job) error {
	var rest trace
	if err := j.Into(&rest); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := s.wipe(ctx, tx, rest)
		return err
	})
}

// wipe takes somebody out of the log of e-mails and out of the record, and tells
// out of how many lines.
func (s *Service) wipe(ctx context.Context, tx *db.Tx, rest trace) (lines int, err error) {
	if err := s.Mail.Forget(ctx, tx, rest.PracticeID, rest.Mail); err != nil {
		return 0, err
	}
	return s.Audit.Erase(ctx, tx, rest.PracticeID, rest.About)
}
