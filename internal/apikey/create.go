package apikey

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
)

// Service is what can be done with API keys.
type Service struct {
	DB    *db.DB
	Clock clock.Clock
	Audit *audit.Log
}

// Input is a new key as an administrator wants it.
type Input struct {
	Name        string
	Permissions []access.Permission
	ExpiresAt   time.Time
}

// Create makes a key for the viewer's practice and returns it with its token,
// which is told once and stored nowhere. Nobody gives what they do not hold for
// all branches. Complaints name name, permissions and expires_at. ErrTooMany.
func (s *Service) Create(ctx context.Context, in Input) (made Key, token secret.Text, err error) {
	v, now := access.ViewerFrom(ctx), s.Clock.Now()
	if in, err = in.check(v, now); err != nil {
		return Key{}, "", err
	}
	t, _ := secret.NewToken()
	token = secret.Text(TokenPrefix + t)
	made = Key{
		ID: id.New(), PracticeID: v.PracticeID, Name: in.Name, Hint: t[len(t)-hintLength:], Permissions: in.Permissions,
		CreatedAt: now, CreatedBy: v.AccountID, ExpiresAt: in.ExpiresAt, Creator: v.Name, CreatorActive: true,
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		live, err := countLive(ctx, tx, v.PracticeID)
		if err != nil {
			return err
		}
		if live >= MaxLive {
			return ErrTooMany
		}
		if err := insert(ctx, tx, made, secret.HashToken(token.Reveal())); err != nil {
			if db.IsDuplicate(err, "api_key_practice_id_name_key") {
				return fault.Complain("name", "There is a key of this name already. Choose a different name, or revoke that one first.")
			}
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.KeyCreated, PracticeID: v.PracticeID, Target: made.target(),
			Detail: map[string]string{
				"permissions": joined(made.Permissions), "expires_at": made.ExpiresAt.UTC().Format(time.RFC3339), "hint": made.Hint,
			},
		})
	})
	if err != nil {
		return Key{}, "", err
	}
	return made, token, nil
}

func (in Input) check(v access.Viewer, now time.Time) (Input, error) {
	in.Name = strings.TrimSpace(in.Name)
	var c fault.Complaints
	c.Check(in.Name != "", "name", "Type a name that tells which program uses the key.")
	c.Check(utf8.RuneCountInString(in.Name) <= 100, "name", "Use at most 100 characters.")
	c.Check(len(in.Permissions) > 0, "permissions", "Choose at least one thing that the program may do.")
	for _, p := range in.Permissions {
		if slices.Contains(Grantable(v), p) {
			continue
		}
		if slices.Contains(ForPeople(), p) {
			c.Add("permissions", "Only people may have "+string(p)+". Leave it out.")
		} else {
			c.Add("permissions", "You do not hold "+string(p)+" for all branches yourself, so you cannot give it. Leave it out.")
		}
		break
	}
	ok := !in.ExpiresAt.Before(now.Add(Shortest)) && !in.ExpiresAt.After(now.Add(Longest))
	c.Check(ok, "expires_at", "Choose an end from one day to one year from now.")
	in.Permissions = slices.DeleteFunc(Grantable(v), func(p access.Permission) bool { return !slices.Contains(in.Permissions, p) })
	return in, c.Err()
}

func (k Key) target() audit.Target { return audit.Target{Kind: "api_key", ID: k.ID, Name: k.Name} }

func joined(all []access.Permission) string {
	words := make([]string, len(all))
	for i, p := range all {
		words[i] = string(p)
	}
	return strings.Join(words, " ")
}
