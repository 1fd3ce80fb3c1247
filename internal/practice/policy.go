package practice

import (
	"slices"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/lang"
)

// Policy is what a practice may decide within bounds; the defaults are those
// of a practice that never looked. What each setting means stands in Settings.
type Policy struct {
	IdleStaff      Minutes `json:"idle_staff"`
	IdleShared     Minutes `json:"idle_shared"`
	IdleClient     Minutes `json:"idle_client"`
	AbsoluteStaff  Hours   `json:"absolute_staff"`
	AbsoluteClient Hours   `json:"absolute_client"`
	KeepClient     Days    `json:"keep_clients"` // "Keep me signed in"; 0 is off

	Temporary         bool   `json:"temporary_passwords"` // else activation links only
	TemporaryLife     Hours  `json:"temporary_life"`
	TemporaryTries    int    `json:"temporary_tries"`    // wrong tries that burn it
	TemporaryReadable bool   `json:"temporary_readable"` // staff can see it until the first sign-in
	TemporaryStyle    string `json:"temporary_style"`    // words | short
	ActivationLink    bool   `json:"activation_link"`    // beside the temporary password of a welcome e-mail

	SecondClient    SecondMode `json:"second_factor_clients"` // staff: their roles
	EmailCodeClient bool       `json:"email_code_clients"`

	ClientLang string `json:"language_clients"` // of mail before the first sign-in, which keeps what the browser asks for

	PetParentsCalled string `json:"pet_parents_called"` // on pages of staff: pet_parents | clients

	AcceptChanges   bool `json:"accept_changes"`   // what pet parents correct is taken over at once
	PasswordMinimum int  `json:"password_minimum"` // code points

	Strict bool `json:"strict"` // all deviations are off, whatever was chosen

	// ClientMinimum is PasswordMinimum for pet parents whose password is their
	// only proof; it follows from the settings and is never stored.
	ClientMinimum int `json:"-"`
}

// CalledClients is the PetParentsCalled of a practice whose pages speak of clients.
const CalledClients = "clients"

// SecondMode is what a practice says about a second factor.
type SecondMode string

// The modes, from the least to the most.
const (
	SecondOff      SecondMode = "off"      // nobody can set one up; one that exists is still asked for
	SecondOptional SecondMode = "optional" // whoever wants one has one
	SecondRequired SecondMode = "required" // nobody gets in without one
)

// Rank orders the modes, from the least to the most.
func (m SecondMode) Rank() int {
	return slices.Index([]SecondMode{SecondOff, SecondOptional, SecondRequired}, m)
}

// Minutes is a duration as administrators set it.
type Minutes int

// Duration converts.
func (m Minutes) Duration() time.Duration { return time.Duration(m) * time.Minute }

// Hours is a duration as administrators set it.
type Hours int

// Duration converts.
func (h Hours) Duration() time.Duration { return time.Duration(h) * time.Hour }

// Days is a duration as administrators set it.
type Days int

// Duration converts.
func (d Days) Duration() time.Duration { return time.Duration(d) * 24 * time.Hour }

// DefaultPolicy is the policy of a practice that never looked, and of the
// platform itself.
func DefaultPolicy() Policy {
	return Policy{
		IdleStaff: 15, IdleShared: 5, IdleClient: 30,
		AbsoluteStaff: 12, AbsoluteClient: 24,
		Temporary: true, TemporaryLife: 72, TemporaryTries: 5, TemporaryReadable: true, TemporaryStyle: "words",
		ClientLang: lang.English, PetParentsCalled: "pet_parents",
		SecondClient: SecondOptional, EmailCodeClient: true,
		PasswordMinimum: 12, ClientMinimum: 12,
	}
}

// strictClientMinimum is how long a password is at least, in code points, that
// is a pet parent's only proof.
const strictClientMinimum = 15

// InForce is the policy that counts: strict mode laid over what was chosen.
func (p Policy) InForce() Policy {
	p.ClientMinimum = p.PasswordMinimum
	if p.Strict {
		p.Temporary, p.TemporaryReadable, p.EmailCodeClient = false, false, false
		p.ClientMinimum = max(p.PasswordMinimum, strictClientMinimum)
	}
	return p
}

// Minimum is how many code points a new password of such an account has; second
// tells whether there is a second factor beside it.
func (p Policy) Minimum(k access.Kind, second bool) int {
	if k == access.KindClient && !second {
		return p.ClientMinimum
	}
	return p.PasswordMinimum
}

// MailsTemporary reports whether welcome e-mails carry a temporary password. One
// that nobody may read cannot be mailed either: an activation link goes instead.
func (p Policy) MailsTemporary() bool { return p.Temporary && p.TemporaryReadable }

// MailsLink reports whether welcome e-mails carry an activation link, in place of
// a temporary password or beside it.
func (p Policy) MailsLink() bool { return p.ActivationLink || !p.MailsTemporary() }

// SameLimits reports whether sessions last as long under both policies.
func (p Policy) SameLimits(o Policy) bool {
	return p.IdleStaff == o.IdleStaff && p.IdleShared == o.IdleShared && p.IdleClient == o.IdleClient &&
		p.AbsoluteStaff == o.AbsoluteStaff && p.AbsoluteClient == o.AbsoluteClient && p.KeepClient == o.KeepClient
}
