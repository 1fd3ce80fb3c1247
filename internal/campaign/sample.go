package campaign

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// ErrNoOwnAddress answers where a test message has nowhere to go.
var ErrNoOwnAddress = fault.New(fault.Conflict, "no-own-address",
	"Your account has no e-mail address that a test message could go to.")

// Sample is what one of the people of a draft would get: the first one behind the
// one with id after ("" for the first of all). ErrNobody, mail.ErrNoTemplate.
func (s *Service) Sample(ctx context.Context, c Campaign, after string) (mail.Preview, petparent.Addressed, error) {
	sc, err := s.scriptNow(ctx, s.DB, c.PracticeID, c.Template)
	if err != nil {
		return mail.Preview{}, petparent.Addressed{}, err
	}
	to, err := s.first(ctx, sc, c, after)
	if err != nil {
		return mail.Preview{}, to, err
	}
	_, text, err := s.Usual(ctx, c.Template)
	if err != nil {
		return mail.Preview{}, to, err
	}
	p, err := s.PetParents.Profile(ctx, s.DB, c.PracticeID, to.ID)
	if err != nil {
		return mail.Preview{}, to, err
	}
	shown, err := s.Preview(ctx, ComposeInput{Template: c.Template, Words: text.Source}, judge(p, sc.credentials))
	return shown, to, err
}

// SendTest mails the viewer what the first of the people would get, with dots for
// secrets, and returns the address. Nothing is issued, and nobody else gets
// anything. ErrNotFound, ErrNotDraft, ErrNobody, ErrForPeople, ErrNoOwnAddress.
func (s *Service) SendTest(ctx context.Context, campaignID string) (address string, err error) {
	v := access.ViewerFrom(ctx)
	if v.KeyID != "" {
		return "", ErrForPeople
	}
	a, err := s.Onboarding.Accounts.Get(ctx, s.DB, v.PracticeID, v.AccountID)
	if err != nil {
		return "", err
	}
	if address = a.RecoveryEmail; !mail.ValidAddress(address) {
		address = a.LoginID
	}
	if !mail.ValidAddress(address) {
		return "", ErrNoOwnAddress
	}
	c, err := s.Get(ctx, campaignID)
	if err != nil {
		return "", err
	}
	if c.State != Draft {
		return "", ErrNotDraft
	}
	sc, err := s.scriptNow(ctx, s.DB, c.PracticeID, c.Template)
	if err != nil {
		return "", err
	}
	to, err := s.first(ctx, sc, c, "")
	if err != nil {
		return "", err
	}
	return address, s.DB.Write(ctx, func(tx *db.Tx) error {
		textID, data, err := s.sampleWords(ctx, tx, sc, to)
		if err != nil {
			return err
		}
		_, err = s.Mail.Enqueue(ctx, tx, mail.Draft{
			PracticeID: c.PracticeID, PetParentID: to.ID, To: address, ToName: a.Name, TextID: textID, Lang: sc.fixed.Lang, Data: data, Sample: true,
		})
		return err
	})
}

// sampleWords are the text of a sample and its values. The words of Catflap are
// written down for it: a sample is known by its text.
func (s *Service) sampleWords(ctx context.Context, tx *db.Tx, sc script, to petparent.Addressed) (string, map[string]string, error) {
	data := sc.values(to)
	if sc.fixed.Own != "" {
		return sc.fixed.Own, data, nil
	}
	key := credentials(sc.house.Practice.Policy)
	known := map[string]string{}
	for _, t := range mail.TokensOf(key) {
		if value, made := data[t.Name]; made && !t.Secret {
			known[t.Name] = value
		}
	}
	if textID := sc.fixed.Texts[key]; textID != "" {
		return textID, known, nil
	}
	text, err := s.Mail.Text(ctx, sc.house.Practice.ID, key, sc.fixed.Lang)
	if err != nil {
		return "", nil, err
	}
	textID, err := s.Mail.Compose(ctx, tx, sc.house.Practice.ID, key, text.Lang, text.Source)
	return textID, known, err
}
