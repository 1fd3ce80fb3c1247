package onboarding

import (
	"context"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// Campaign is what the welcome e-mails of a campaign have in common.
type Campaign struct {
	ID    string
	Texts map[string]string                              // words by the built-in template that they stand in place of; "": those of Catflap
	Own   string                                         // or words of the practice's own, whatever the policy has mailed
	Needs []mail.Token                                   // what Own is filled with
	Data  func(to petparent.Addressed) map[string]string // for Own
}

// ReissueMany writes to people who have never completed a first sign-in, as one
// part of a campaign, in the caller's transaction: each gets a fresh temporary
// password or link, to the address to which it went before. The caller holds the
// policy and has judged them; whoever signed in or was switched off a moment ago is
// left out, and what they answered with stands at their place in the list.
// ErrNotInPlan, practice.ErrNotOpen, ErrNotMailed, ErrNoLinks.
func (s *Service) ReissueMany(ctx context.Context, tx *db.Tx, practiceID string, people []petparent.Addressed, c Campaign) ([]error, error) {
	p, err := s.withPetApp(ctx, tx, practiceID)
	if err != nil {
		return nil, err
	}
	if err := (Words{Needs: c.Needs}).mails(p.Policy); err != nil {
		return nil, err
	}
	left, drafts, entries := make([]error, len(people)), make([]mail.Draft, 0, len(people)), make([]audit.Entry, 0, len(people))
	for i, to := range people {
		// Held, as in Reissue.
		a, err := s.Accounts.Hold(ctx, tx, p.ID, to.AccountID)
		if err != nil {
			return nil, err
		}
		switch {
		case a.Onboarded():
			left[i] = ErrSignedInBefore
		case !a.Active:
			left[i] = ErrLoginInactive
		case !mail.ValidAddress(a.RecoveryEmail):
			left[i] = ErrNoAddress
		}
		if left[i] != nil {
			continue
		}
		w := welcome{practice: p, account: a, petParentID: to.ID, bulk: true, campaignID: c.ID}
		if c.Own != "" {
			w.words = Words{TextID: c.Own, Data: c.Data(to)}
		} else if text := c.Texts[usual(p.Policy)]; text != "" {
			w.words = Words{TextID: text}
		} else {
			w.builtIn = true
		}
		d, err := s.issueWelcome(ctx, tx, w)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, d)
		entries = append(entries, audit.Entry{Action: audit.WelcomeSent, PracticeID: p.ID, AccountID: a.ID, AccountName: a.Name})
	}
	if err := s.Audit.RecordAll(ctx, tx, entries); err != nil {
		return nil, err
	}
	return left, s.Mail.EnqueueBulk(ctx, tx, drafts)
}

// usual is the built-in template of the e-mail that lets people in under a policy.
func usual(p practice.Policy) string {
	if p.MailsTemporary() {
		return mail.Welcome
	}
	return mail.Activation
}
