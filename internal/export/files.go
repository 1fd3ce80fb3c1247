package export

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/apikey"
	"catflap/internal/audit"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// file is one file of an export.
type file struct {
	name       string
	about      string // a sentence for README.txt
	permission access.Permission
	write      func(ctx context.Context, e *Export, w io.Writer) error
}

// files lists the files in the order in which they are written.
func files() []file {
	return []file{
		{"practice.json", "The practice, its contact data, plan and policy.", "", writePractice},
		{"branches.csv", "Its branches.", "", writeBranches},
		{"roles.csv", "Roles and what they allow.", access.StaffRead, writeRoles},
		{"staff.csv", "Who works there, one line for each role in each branch; branch_id is empty where a role counts for all.", access.StaffRead, writeStaff},
		{"households.csv", "Households as the practice system knows them; merged_into is the household that took one over.", access.PetParentRead, writeHouseholds},
		{"pet-parents.csv", "The people of the households.", access.PetParentRead, writePeople},
		{"pets.csv", "Their pets.", access.PetParentRead, writePets},
		{"pet-owners.csv", "Which pet belongs to which households.", access.PetParentRead, writeOwners},
		{"corrections.csv", "What pet parents proposed to correct, and what became of it.", access.PetParentRead, writeCorrections},
		{"logins.csv", "With what pet parents sign in, and where the login stands. account_id is that of pet-parents.csv.", access.PetParentRead, writeLogins},
		{"logins-left-out.csv", "Who is left out when logins are made for all, and who decided that.", access.PetParentRead, writeLeftOut},
		{"terms.jsonl", "Every version of the terms that pet parents are asked to accept, one JSON object on each line.", "", writeTerms},
		{"terms-accepted.csv", "Who accepted which version. account_id is that of logins.csv.", access.PetParentRead, writeAccepted},
		{"messages.csv", "E-mails that were written, and what became of them. Their secrets were never stored.", access.MailRead, writeMessages},
		{"api-keys.csv", "API keys, without the keys.", access.KeyManage, writeKeys},
		{"audit.jsonl", "The record of who did what, the newest first, one JSON object on each line.", access.AuditRead, writeAudit},
	}
}

func writePractice(_ context.Context, e *Export, w io.Writer) error {
	p := e.practice
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(map[string]any{
		"id": p.ID, "slug": p.Slug, "name": p.Name, "kind": p.Kind, "plan": p.Plan, "features": p.Features(), "status": p.Status,
		"time_zone": p.TimeZone, "phone": p.Phone, "email": p.Email, "hours": p.Hours, "policy": p.Policy, "created_at": p.CreatedAt,
	})
}

func writeBranches(ctx context.Context, e *Export, w io.Writer) error {
	all, err := e.service.Practices.Branches(ctx, e.service.DB, e.practice.ID)
	if err != nil {
		return err
	}
	s, err := newSheet(w, "id", "name", "phone", "email", "hours", "address", "time_zone", "created_at")
	for _, b := range all {
		if err == nil {
			err = s.row(b.ID, b.Name, b.Phone, b.Email, b.Hours, b.Address, b.TimeZone, b.CreatedAt)
		}
	}
	return ended(s, err)
}

// ended finishes a sheet unless something went wrong before.
func ended(s sheet, err error) error {
	if err != nil {
		return err
	}
	return s.end()
}

func writeRoles(ctx context.Context, e *Export, w io.Writer) error {
	all, err := e.service.Roles.List(ctx, e.service.DB, e.practice.ID)
	if err != nil {
		return err
	}
	s, err := newSheet(w, "id", "name", "permissions")
	for _, r := range all {
		if err == nil {
			err = s.row(r.ID, r.Name, joined(r.Permissions))
		}
	}
	return ended(s, err)
}

func joined(all []access.Permission) string {
	words := make([]string, len(all))
	for i, p := range all {
		words[i] = string(p)
	}
	return strings.Join(words, " ")
}

func (e *Export) accounts(ctx context.Context, kind access.Kind, each func(account.Account) error) error {
	return walk(func(after account.Account) ([]account.Account, error) {
		return e.service.Accounts.After(ctx, e.practice.ID, kind, after.ID, part)
	}, each)
}

func writeStaff(ctx context.Context, e *Export, w io.Writer) error {
	s, err := newSheet(w, "account_id", "name", "login_id", "recovery_email", "active", "role", "branch_id", "created_at", "first_sign_in_at", "last_sign_in_at")
	if err != nil {
		return err
	}
	return ended(s, e.accounts(ctx, access.KindStaff, func(a account.Account) error {
		held, err := e.service.Roles.HeldBy(ctx, e.service.DB, e.practice.ID, a.ID)
		if err != nil {
			return err
		}
		line := func(role, branchID string) error {
			return s.row(a.ID, a.Name, a.LoginID, a.RecoveryEmail, a.Active, role, branchID, a.CreatedAt, a.OnboardedAt, a.LastSignInAt)
		}
		for _, h := range held {
			if err := line(h.Name, h.BranchID); err != nil {
				return err
			}
		}
		if len(held) == 0 {
			return line("", "")
		}
		return nil
	}))
}

func writeLogins(ctx context.Context, e *Export, w io.Writer) error {
	s, err := newSheet(w, "account_id", "name", "login_id", "recovery_email", "pending_email", "language", "active", "created_at", "first_sign_in_at", "last_sign_in_at")
	if err != nil {
		return err
	}
	return ended(s, e.accounts(ctx, access.KindClient, func(a account.Account) error {
		return s.row(a.ID, a.Name, a.LoginID, a.RecoveryEmail, a.PendingEmail, a.Lang, a.Active, a.CreatedAt, a.OnboardedAt, a.LastSignInAt)
	}))
}

func (e *Export) households(ctx context.Context, each func(some []petparent.Household) error) error {
	var last petparent.Household
	for {
		some, err := e.service.PetParents.HouseholdsAfter(ctx, e.practice.ID, last, part)
		if err != nil || len(some) == 0 {
			return err
		}
		if err := each(some); err != nil {
			return err
		}
		last = some[len(some)-1]
	}
}

func writeHouseholds(ctx context.Context, e *Export, w io.Writer) error {
	s, err := newSheet(w, "id", "system", "external_id", "home_branch_id", "company", "active", "deleted", "opt_out", "merged_into", "created_at", "updated_at")
	if err != nil {
		return err
	}
	return ended(s, e.households(ctx, func(some []petparent.Household) error {
		for _, h := range some {
			if err := s.row(h.ID, h.System, h.ExternalID, h.HomeBranchID, h.Company, h.Active, h.Deleted, h.OptOut, h.MergedInto, h.CreatedAt, h.UpdatedAt); err != nil {
				return err
			}
		}
		return nil
	}))
}

func writePeople(ctx context.Context, e *Export, w io.Writer) error {
	s, err := newSheet(w, "id", "household_id", "position", "first_name", "last_name", "emails", "phones", "account_id", "opted_out_at", "created_at", "updated_at")
	if err != nil {
		return err
	}
	return ended(s, e.households(ctx, func(some []petparent.Household) error {
		people, err := e.service.PetParents.People(ctx, e.practice.ID, some)
		if err != nil {
			return err
		}
		for _, p := range people {
			if err := s.row(p.ID, p.HouseholdID, p.Position, p.FirstName, p.LastName, strings.Join(p.Emails, "; "),
				strings.Join(p.Contact().Phones, "; "), p.AccountID, p.OptedOutAt, p.CreatedAt, p.UpdatedAt); err != nil {
				return err
			}
		}
		return nil
	}))
}

func writePets(ctx context.Context, e *Export, w io.Writer) error {
	s, err := newSheet(w, "id", "system", "external_id", "name", "species", "breed", "sex", "neutered", "born_on", "deceased", "died_on",
		"inactive", "deleted", "created_at", "updated_at")
	if err != nil {
		return err
	}
	return ended(s, walk(func(after petparent.Pet) ([]petparent.Pet, error) {
		return e.service.PetParents.PetsAfter(ctx, e.practice.ID, after, part)
	}, func(p petparent.Pet) error {
		return s.row(p.ID, p.System, p.ExternalID, p.Name, p.Species, p.Breed, p.Sex, p.Neutered, p.BornOn, p.Deceased, p.DiedOn,
			p.Inactive, p.Deleted, p.CreatedAt, p.UpdatedAt)
	}))
}

func writeOwners(ctx context.Context, e *Export, w io.Writer) error {
	s, err := newSheet(w, "household_id", "pet_id", "percentage", "main")
	if err != nil {
		return err
	}
	return ended(s, walk(func(after petparent.Ownership) ([]petparent.Ownership, error) {
		return e.service.PetParents.OwnershipsAfter(ctx, e.practice.ID, after, part)
	}, func(o petparent.Ownership) error { return s.row(o.HouseholdID, o.PetID, o.Percentage, o.Main) }))
}

func writeCorrections(ctx context.Context, e *Export, w io.Writer) error {
	s, err := newSheet(w, "id", "pet_parent_id", "pet_id", "field", "before", "after", "state", "created_at", "decided_at", "decided_by")
	if err != nil {
		return err
	}
	return ended(s, walk(func(after petparent.Proposal) ([]petparent.Proposal, error) {
		return e.service.PetParents.CorrectionsAfter(ctx, e.practice.ID, after, part)
	}, func(p petparent.Proposal) error {
		return s.row(p.ID, p.PetParentID, p.PetID, p.Field, p.Before, p.After, string(p.State), p.CreatedAt, p.DecidedAt, p.DecidedBy)
	}))
}

func writeMessages(ctx context.Context, e *Export, w io.Writer) error {
	s, err := newSheet(w, "id", "created_at", "to", "to_name", "template", "subject", "state", "sent_at", "attempts", "words", "account_id", "pet_parent_id")
	if err != nil {
		return err
	}
	return ended(s, walk(func(after mail.Message) ([]mail.Message, error) {
		return e.service.Mail.After(ctx, e.practice.ID, after.ID, part)
	}, func(m mail.Message) error {
		return s.row(m.ID, m.CreatedAt, m.To, m.ToName, m.Template, m.Subject, string(m.State), m.SentAt, m.Attempts, m.LastError, m.AccountID, m.PetParentID)
	}))
}

func writeKeys(ctx context.Context, e *Export, w io.Writer) error {
	s, err := newSheet(w, "id", "name", "permissions", "created_at", "created_by", "expires_at", "last_used_at", "last_used_ip", "revoked_at")
	if err != nil {
		return err
	}
	return ended(s, walk(func(after apikey.Key) ([]apikey.Key, error) {
		return e.service.Keys.List(ctx, e.practice.ID, after.ID, part)
	}, func(k apikey.Key) error {
		return s.row(k.ID, k.Name, joined(k.Permissions), k.CreatedAt, k.CreatedBy, k.ExpiresAt, k.LastUsedAt, k.LastUsedIP, k.RevokedAt)
	}))
}

func writeAudit(ctx context.Context, e *Export, w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return walk(func(after audit.Line) ([]audit.Line, error) {
		return e.service.Audit.List(ctx, e.practice.ID, audit.Filter{}, after.ID, part)
	}, func(l audit.Line) error { return out.Encode(recordOf(l)) })
}
