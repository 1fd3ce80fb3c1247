package practice

import "time"

// Policy is what a practice may decide within bounds; the defaults are those
// of a practice that never looked.
type Policy struct {
	IdleStaff      Minutes `json:"idle_staff"`
	IdleShared     Minutes `json:"idle_shared"`
	IdleClient     Minutes `json:"idle_client"`
	AbsoluteStaff  Hours   `json:"absolute_staff"`
	AbsoluteClient Hours   `json:"absolute_client"`

	TemporaryLife     Hours  `json:"temporary_life"`
	TemporaryTries    int    `json:"temporary_tries"`    // wrong tries that burn it
	TemporaryReadable bool   `json:"temporary_readable"` // staff can see it until the first sign-in
	TemporaryStyle    string `json:"temporary_style"`    // words | short

	AcceptChanges   bool `json:"accept_changes"`   // what pet parents correct is taken over at once
	PasswordMinimum int  `json:"password_minimum"` // code points
}

// Minutes is a duration as administrators set it.
type Minutes int

// Duration converts.
func (m Minutes) Duration() time.Duration { return time.Duration(m) * time.Minute }

// Hours is a duration as administrators set it.
type Hours int

// Duration converts.
func (h Hours) Duration() time.Duration { return time.Duration(h) * time.Hour }

// DefaultPolicy is the policy of a practice that never looked, and of the
// platform itself.
func DefaultPolicy() Policy {
	return Policy{
		IdleStaff: 15, IdleShared: 5, IdleClient: 30,
		AbsoluteStaff: 12, AbsoluteClient: 24,
		TemporaryLife: 72, TemporaryTries: 5, TemporaryReadable: true, TemporaryStyle: "words",
		PasswordMinimum: 12,
	}
}
