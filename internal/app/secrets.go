package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
	"catflap/internal/practice"
)

// mailSecrets is where messages get what they must not store, at the moment of
// their hand-over to the mail server.
type mailSecrets struct {
	factors   *factor.Service
	practices *practice.Service
	url       func(path string) string
}

// Reveal makes the secret tokens of a message.
func (m *mailSecrets) Reveal(ctx context.Context, practiceID string, ref mail.SecretRef) (map[string]string, error) {
	switch ref.Kind {
	case mail.SecretTemporary:
		plain, err := m.factors.OpenTemporary(ctx, practiceID, ref.ID)
		return map[string]string{"temporary_password": plain.Reveal()}, err
	case mail.SecretBoth:
		return m.both(ctx, practiceID, ref.ID)
	case mail.SecretCode:
		code, linkID, err := m.factors.MailedCode(ctx, m.factors.DB, practiceID, ref.ID)
		if err != nil {
			return nil, err
		}
		secrets, err := m.Reveal(ctx, practiceID, mail.SecretRef{Kind: mail.SecretLink, ID: linkID})
		if err != nil {
			return nil, err
		}
		secrets["code"] = code.Reveal()
		return secrets, nil
	case mail.SecretLink:
		l, token, err := m.factors.LinkToken(ctx, m.factors.DB, practiceID, ref.ID)
		if err != nil {
			return nil, err
		}
		base := "/platform"
		if practiceID != "" {
			p, err := m.practices.Get(ctx, m.practices.DB, practiceID)
			if err != nil {
				return nil, err
			}
			base = "/" + p.Slug
		}
		return map[string]string{"link": m.url(base + page(l.Purpose) + "?token=" + token.Reveal())}, nil
	}
	return nil, fmt.Errorf("no secret of kind %q", ref.Kind)
}

// both is a temporary password and the activation link beside it. A link that
// was replaced meanwhile is left out: the password opens the same steps.
func (m *mailSecrets) both(ctx context.Context, practiceID, temporaryID string) (map[string]string, error) {
	secrets, err := m.Reveal(ctx, practiceID, mail.SecretRef{Kind: mail.SecretTemporary, ID: temporaryID})
	if err != nil {
		return nil, err
	}
	linkID, err := m.factors.LinkBeside(ctx, practiceID, temporaryID)
	if err != nil {
		return nil, err
	}
	link, err := m.Reveal(ctx, practiceID, mail.SecretRef{Kind: mail.SecretLink, ID: linkID})
	if err != nil && !errors.Is(err, factor.ErrLinkVoid) {
		return nil, err
	}
	secrets["link"] = link["link"]
	return secrets, nil
}

// mailGate lets mail of a practice leave while it is open.
func (a *App) mailGate(ctx context.Context, practiceID string) (mail.Passage, error) {
	p, err := a.Practices.Get(ctx, a.DB, practiceID)
	switch {
	case err != nil:
		return mail.Waits, err
	case p.Status == practice.Closed:
		return mail.Over, nil
	case p.Status != practice.Active:
		return mail.Waits, nil
	}
	return mail.Leaves, nil
}

// mailHalts keeps messages of campaigns from leaving that must not any more.
func (a *App) mailHalts(ctx context.Context, practiceID string, all []mail.Message) (map[string]mail.Halt, error) {
	return a.Campaigns.Halts(ctx, practiceID, all)
}

// mailBounces notes that nothing arrives at somebody's address.
func (a *App) mailBounces(ctx context.Context, tx *db.Tx, practiceID, address, words string) error {
	return a.PetParents.NoteRefused(ctx, tx, practiceID, address, words)
}

// mailHouse tells of a practice what its mail has to know.
func (a *App) mailHouse(ctx context.Context, r db.Reader, practiceID string) (mail.House, error) {
	p, err := a.Practices.Get(ctx, r, practiceID)
	if err != nil {
		return mail.House{}, err
	}
	h := mail.House{Lang: p.Policy.ClientLang, Brand: mail.Brand{Colour: p.Look.Colour}}
	h.Unsubscribe = func(petParentID string) string {
		return a.URL("/" + p.Slug + "/unsubscribe?token=" + a.PetParents.UnsubscribeToken(practiceID, petParentID))
	}
	if p.Look.Logo != "" {
		h.Brand.Logo = a.URL("/" + p.Slug + "/logo/" + p.Look.Logo)
		h.Brand.Width, h.Brand.Height = p.Look.Shown()
	}
	return h, nil
}

// page is where a link of the purpose leads.
func page(p factor.Purpose) string {
	switch p {
	case factor.Reset:
		return "/reset-password"
	case factor.Protection:
		return "/protect"
	case factor.Address:
		return "/confirm-email"
	case factor.Recovery:
		return "/confirm-recovery"
	}
	return "/activate"
}

// Settled starts the life of a temporary password.
func (m *mailSecrets) Settled(ctx context.Context, tx *db.Tx, practiceID string, ref mail.SecretRef, at time.Time) error {
	if ref.Kind != mail.SecretTemporary && ref.Kind != mail.SecretBoth {
		return nil
	}
	return m.factors.TemporarySettled(ctx, tx, practiceID, ref.ID, at)
}
