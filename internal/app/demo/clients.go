package demo

import (
	"bytes"
	"fmt"
	"strings"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
	"catflap/internal/petparent"
	"catflap/internal/pims"
	"catflap/internal/pims/samples"
	"catflap/internal/signin"
)

// invited is how many pet parents get a login at the start, and arrived how
// many of those have come in. The rest waits to be tried out.
const (
	invited = 12
	arrived = 4
)

// importClients reads one sample export into each branch.
func (s *stage) importClients() error {
	for i, name := range []string{"cornerstone/client_patient_report.csv", "generic/clients.csv"} {
		content, err := samples.Files.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := s.Imports.ImportNow(s.ctx, s.practice.ID, pims.UploadInput{
			HomeBranchID: s.branches[i].ID, AsOf: samples.AsOf(),
			GoodRows: true, Files: []pims.File{{Name: name, Body: bytes.NewReader(content)}},
		}); err != nil {
			return err
		}
	}
	return nil
}

// inviteClients gives the first who can be mailed a login and a welcome e-mail.
func (s *stage) inviteClients() error {
	page, err := s.PetParents.List(s.ctx, s.practice.ID, petparent.Filter{Show: petparent.ShowNotInvited}, "", petparent.MaxLimit)
	if err != nil {
		return err
	}
	for _, row := range page.Rows {
		if len(s.clients) == invited {
			return nil
		}
		same, err := s.PetParents.Sharing(s.ctx, s.DB, s.practice.ID, []string{row.Email})
		if err != nil {
			return err
		}
		if len(row.NotMailable) > 0 || len(same[petparent.Fold(row.Email)]) > 1 || len(row.Pets) == 0 {
			continue
		}
		if err := s.DB.Write(s.ctx, func(tx *db.Tx) error {
			_, err := s.Onboarding.CreateLogin(s.ctx, tx, s.practice.Access(), row.ID, row.Email, true)
			return err
		}); err != nil {
			return err
		}
		s.clients = append(s.clients, row)
	}
	return nil
}

// welcomeClients lets some of them come in: with the temporary password from
// their mail they confirm their details, one with a correction, and choose a
// password of their own. Two who have not come in yet are printed with what
// their mail says.
func (s *stage) welcomeClients() error {
	for i, row := range s.clients[:min(arrived+2, len(s.clients))] {
		temporary, err := s.temporary(row.Email)
		if err != nil {
			return err
		}
		m := Member{Where: row.Name(), Login: row.Email, URL: s.LoginURL(s.practice.Slug)}
		if i >= arrived {
			m.What, m.Password = "Pet parent, first time", temporary
		} else {
			m.What, m.Password = "Pet parent", password()
			if err := s.firstSignIn(row.Email, temporary, m.Password, i == 0); err != nil {
				return err
			}
		}
		s.cast.Members = append(s.cast.Members, m)
	}
	return nil
}

// temporary reads the password in the newest letter to an address.
func (s *stage) temporary(to string) (secret.Text, error) {
	l, err := s.letter(to)
	if err != nil {
		return "", err
	}
	_, rest, found := strings.Cut(l.Text, "Temporary password: ")
	line, _, _ := strings.Cut(rest, "\n")
	if !found {
		return "", fmt.Errorf("no temporary password in the letter %q", l.Subject)
	}
	return secret.Text(strings.TrimSpace(line)), nil
}

func (s *stage) firstSignIn(login string, temporary, own secret.Text, correct bool) error {
	ctx := access.WithViewer(access.WithOrigin(s.ctx, access.Origin{IP: "192.0.2.10", Device: "Safari on iPhone"}), access.Viewer{})
	out, err := s.SignIn.Start(ctx, s.practice.Access(), signin.Input{Login: login, Password: temporary})
	if err != nil {
		return err
	}
	v, err := s.SignIn.Identify(ctx, out.Token.Reveal(), false)
	if err != nil {
		return err
	}
	ctx = access.WithViewer(ctx, v)
	details, err := s.Onboarding.Details(ctx, out.State.Account)
	if err != nil {
		return err
	}
	if correct {
		details.Person.Phones = append(details.Person.Phones, "(555) 010-0142")
		details.Pets[0].Breed = "Mixed, adopted in 2019"
	}
	if _, err := s.SignIn.ConfirmDetails(ctx, details); err != nil {
		return err
	}
	_, err = s.SignIn.ChoosePassword(ctx, factor.Once(own.Reveal()))
	return err
}
