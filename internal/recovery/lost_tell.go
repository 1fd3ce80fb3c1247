package recovery

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/lang"
	"catflap/internal/mail"
)

// told is what is written down and mailed about help with a lost factor.
type told struct {
	HelpInput
	who    Whom
	action audit.Action
	person string // a sentence to the person
	others string // the same to everybody else who could have helped
}

// tell writes help down, and mails it to the person and to everybody else who
// could have helped.
func (s *Service) tell(ctx context.Context, tx *db.Tx, a account.Account, t told) error {
	changes := audit.Diff(nil, "reason", "", t.Reason)
	changes = audit.Diff(changes, "identity", "", t.Identity)
	if err := s.Audit.Record(ctx, tx, audit.Entry{
		Action: t.action, PracticeID: a.PracticeID, OnPlatform: a.PracticeID == "", AccountID: a.ID, AccountName: a.Name, Changes: changes,
	}); err != nil {
		return err
	}
	p, err := s.practice(ctx, tx, a.PracticeID)
	if err != nil {
		return err
	}
	if err := s.Factors.TellWhy(ctx, tx, p, a, t.person, t.Reason); err != nil {
		return err
	}
	return s.tellOthers(ctx, tx, p, a, t)
}

func (s *Service) tellOthers(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, t told) error {
	others, err := s.couldHelp(ctx, tx, a.PracticeID)
	if err != nil {
		return err
	}
	v, o := access.ViewerFrom(ctx), access.OriginFrom(ctx)
	data := map[string]string{
		"practice": p.Name, "what": t.others, "why": t.Reason, "identity": t.Identity, "where": o.Where(),
		"when":       lang.Moment(lang.English, s.Clock.Now().In(access.Viewer{Practice: p}.Zone())),
		"record_url": s.URL(helpPath(p, t.who)),
	}
	about := "" // whom it goes with when they are erased
	if t.who.Kind == access.KindClient {
		about = t.who.ID
	}
	for _, one := range others {
		if one.ID == v.AccountID || one.ID == a.ID || one.RecoveryEmail == "" {
			continue
		}
		mine := map[string]string{"name": one.Name}
		for token, value := range data {
			if value != "" {
				mine[token] = value
			}
		}
		if _, err := s.Mail.Enqueue(ctx, tx, mail.Draft{
			PracticeID: one.PracticeID, AccountID: one.ID, PetParentID: about, To: one.RecoveryEmail, ToName: one.Name,
			Template: mail.FactorHelp, Lang: one.Lang, Data: mine,
		}); err != nil {
			return err
		}
	}
	return nil
}

// couldHelp lists everybody who helps with lost factors: the Security Managers of
// a practice, all administrators of the platform.
func (s *Service) couldHelp(ctx context.Context, r db.Reader, practiceID string) ([]account.Account, error) {
	if practiceID == "" {
		return s.administrators(ctx, r)
	}
	ids, err := s.Roles.SecurityManagers(ctx, r, practiceID)
	if err != nil {
		return nil, err
	}
	var all []account.Account
	for _, id := range ids {
		one, err := s.Accounts.Get(ctx, r, practiceID, id)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// administrators lists those of the platform who could help.
func (s *Service) administrators(ctx context.Context, r db.Reader) ([]account.Account, error) {
	all, err := s.Accounts.List(ctx, r, "", access.KindPlatform)
	able := all[:0]
	for _, one := range all {
		if one.Active && one.Onboarded() {
			able = append(able, one)
		}
	}
	return able, err
}

// helpPath is the page about somebody's second factor.
func helpPath(p access.Practice, who Whom) string {
	switch who.Kind {
	case access.KindStaff:
		return "/" + p.Slug + "/staff/" + who.ID + "/two-factor"
	case access.KindClient:
		return "/" + p.Slug + "/pet-parents/" + who.ID + "/login/two-factor"
	}
	return "/platform/administrators/" + who.ID + "/two-factor"
}
