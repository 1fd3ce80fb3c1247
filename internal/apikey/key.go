package apikey

import (
	"slices"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

// TokenPrefix begins every key, so that a bearer header tells what it carries,
// and so that scanners for leaked secrets can find one.
const TokenPrefix = "cfk_"

// How long a key can be made for.
const (
	Shortest = 24 * time.Hour
	Longest  = 366 * 24 * time.Hour // a year, and what is left of its last day
)

// MaxLive is how many keys of a practice can be there at once without being
// revoked: a program needs one, so more than this is a mistake.
const MaxLive = 100

// hintLength is how many characters of a key are kept to tell keys apart.
const hintLength = 4

// Key is one API key, without its secret.
type Key struct {
	ID          string
	PracticeID  string
	Name        string
	Hint        string // its last characters
	Permissions []access.Permission
	CreatedAt   time.Time
	CreatedBy   string // account
	ExpiresAt   time.Time
	LastUsedAt  time.Time // zero until then; written at most once a minute
	LastUsedIP  string
	RevokedAt   time.Time // zero unless revoked
	RevokedBy   string    // account, "" when the practice was closed

	Creator       string // how the account that made it is called now
	CreatorActive bool   // whether that account can still sign in
	Revoker       string // how the account that revoked it is called now
}

// State is what a key is good for.
type State string

// The states.
const (
	Live    State = "live"
	Expired State = "expired"
	Revoked State = "revoked"
)

// State is what the key is good for at now.
func (k Key) State(now time.Time) State {
	switch {
	case !k.RevokedAt.IsZero():
		return Revoked
	case !now.Before(k.ExpiresAt):
		return Expired
	}
	return Live
}

// Orphaned reports whether the person who made the key has left. It goes on
// working: programs must not stop because somebody changes jobs.
func (k Key) Orphaned() bool { return !k.CreatorActive }

// The answers to a key that opens nothing.
var (
	ErrUnknown = fault.New(fault.SignedOut, "api-key-unknown",
		"This API key is not known here. Check that it was copied whole, or ask an administrator of the practice for a new one.")
	ErrExpired = fault.New(fault.SignedOut, "api-key-expired",
		"This API key has expired. Ask an administrator of the practice for a new one.")
	ErrRevoked = fault.New(fault.SignedOut, "api-key-revoked",
		"This API key was revoked. Ask an administrator of the practice for a new one.")
	ErrClosed = fault.New(fault.SignedOut, "api-key-practice-closed",
		"This practice is not open at the moment, so its API keys do not work. Ask whoever runs it.")
)

// ErrNotFound answers for a key that is not the practice's.
var ErrNotFound = fault.New(fault.NotFound, "api-key-not-found", "This API key is not here. Go back to the list of keys.")

// ErrRevokedAlready answers those who lost the race to revoke a key.
var ErrRevokedAlready = fault.New(fault.Conflict, "api-key-revoked-already", "This API key was revoked before. It works nowhere any more.")

// ErrTooMany answers where more keys are there than anybody needs.
var ErrTooMany = fault.New(fault.Conflict, "too-many-api-keys",
	"This practice has 100 API keys already. Revoke those that are not needed any more, then create this one.")

// ForPeople are the permissions that no key can have: with them a program could
// give rights to itself and others, or they only count after step-up.
func ForPeople() []access.Permission {
	return []access.Permission{
		access.SecurityManage, access.RoleManage, access.KeyManage, access.SessionManage, access.StaffManage, access.TemporaryReveal,
		access.FactorHelp, access.PetParentPrivacy,
	}
}

// Grantable lists what the viewer can give to a key: what they hold for all
// branches and programs may have, in the order in which people read it.
func Grantable(v access.Viewer) []access.Permission {
	return slices.DeleteFunc(access.Permissions(), func(p access.Permission) bool {
		return slices.Contains(ForPeople(), p) || !v.MayEverywhere(p)
	})
}
