package auditweb

import (
	"strings"
	"testing"
	"time"

	"catflap/internal/audit"
	"catflap/internal/session"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func testNames() names {
	return names{
		phrases: catalogue(), branches: map[string]string{"b-north": "North"}, accounts: map[string]string{"a-ken": "Ken Ito"},
		ours: func(words string) string { return words },
	}
}

// TestEveryActionHasItsWords: an action without a sentence, or a subject
// without a name, is a gap in the page.
func TestEveryActionHasItsWords(t *testing.T) {
	actions := audit.Actions()
	phrases := catalogue()
	for _, a := range actions {
		p := phrases[a]
		if p.other == "" {
			t.Errorf("%s has no sentence", a)
		}
		for _, text := range []string{p.other, p.own, p.none} {
			if strings.HasSuffix(text, ".") {
				t.Errorf("%s: place and full stop come after %q", a, text)
			}
		}
		// Whatever little a line says, a sentence comes out.
		for _, l := range []audit.Line{
			{Action: a},
			{Action: a, AccountID: "a-ken"},
			{Action: a, AccountID: "a-ken", ActorID: "a-ken", ActorKind: "client"},
			{Action: a, AccountID: "a-gone", ActorID: "a-maria", ActorKind: "staff", TargetKind: "pet_parent", Personal: audit.Personal{Salt: "s", Actor: "Maria"}},
		} {
			text := testNames().text(l)
			if strings.ContainsAny(text, "{}") || strings.Contains(text, "  ") || text[0] >= 'a' && text[0] <= 'z' {
				t.Errorf("%s reads %q", a, text)
			}
		}
	}
	if len(phrases) != len(actions) {
		t.Errorf("%d sentences for %d actions", len(phrases), len(actions))
	}
	for _, s := range audit.Subjects() {
		if subjectLabel(s) == "" {
			t.Errorf("the subject %s has no name", s)
		}
	}
}

func TestSentences(t *testing.T) {
	staff := func(l audit.Line) audit.Line {
		l.ActorKind, l.ActorID, l.BranchID = "staff", "a-maria", "b-north"
		l.Personal.Actor, l.Personal.IP, l.Personal.Salt = "Maria Lopez", "10.0.0.7", "s"
		return l
	}
	self := func(l audit.Line) audit.Line {
		l.AccountID, l.Personal.Account, l.Personal.Salt = "a-ken", "Ken Ito", "s"
		return l
	}
	for name, c := range map[string]struct {
		line audit.Line
		want string
	}{
		"acts on another": {
			staff(self(audit.Line{Action: audit.TemporaryShown})),
			"Maria Lopez showed the temporary password of Ken Ito, branch North, from 10.0.0.7.",
		},
		"name found by id": {
			staff(audit.Line{Action: audit.TemporaryShown, AccountID: "a-ken"}),
			"Maria Lopez showed the temporary password of Ken Ito, branch North, from 10.0.0.7.",
		},
		"name looks like a placeholder": {
			staff(audit.Line{Action: audit.StaffInvited, AccountID: "a-x", Personal: audit.Personal{Account: "{actor}"}}),
			"Maria Lopez invited {actor}, branch North, from 10.0.0.7.",
		},
		"the branch itself": {
			staff(audit.Line{Action: audit.BranchCreated, TargetKind: "branch", TargetID: "b-north", Personal: audit.Personal{Target: "North"}}),
			"Maria Lopez opened the branch North, from 10.0.0.7.",
		},
		"signs in": {
			self(audit.Line{Action: audit.SignInDone, Detail: map[string]string{"proof": "temporary"}}),
			"Ken Ito signed in with a temporary password.",
		},
		"small first letter": {
			audit.Line{Action: audit.SignInDone, AccountID: "a", Personal: audit.Personal{Account: "ödön van Dyk", Salt: "s"}},
			"ödön van Dyk signed in.",
		},
		"refused, counted": {
			self(audit.Line{
				Action: audit.SignInRefused, Outcome: audit.Refused, Cause: "wrong-password",
				At: noon, Repeated: 12, LastAt: noon.Add(5 * time.Minute),
			}),
			"A sign-in of Ken Ito was refused. The password was wrong. And 12 more times until 12:05 UTC.",
		},
		"refused, unknown, once more over midnight": {
			audit.Line{
				Action: audit.SignInRefused, Outcome: audit.Refused, Cause: "unknown-login", Personal: audit.Personal{IP: "203.0.113.9", Salt: "s"},
				At: noon, Repeated: 1, LastAt: noon.Add(13 * time.Hour),
			},
			"A sign-in with an unknown login ID was refused, from 203.0.113.9. Nobody here has the login ID that was typed. And once more at 2 March, 01:00 UTC.",
		},
		"ends own sessions": {
			audit.Line{
				Action: audit.SessionEnded, ActorKind: "staff", ActorID: "a-maria", AccountID: "a-maria", Cause: string(session.PasswordChanged),
				Detail: map[string]string{"sessions": "3"}, Personal: audit.Personal{Actor: "Maria Lopez", Salt: "s"},
			},
			"Maria Lopez ended 3 sessions of their own. A new password ends the other sessions.",
		},
		"nobody acts": {
			audit.Line{Action: audit.TemporaryExpired, AccountID: "a-ken", Personal: audit.Personal{Salt: "s"}},
			"The temporary password of Ken Ito expired.",
		},
		"the server acts": {
			audit.Line{Action: audit.PetParentChanged, ActorKind: "system", Personal: audit.Personal{Actor: "command line", Target: "Ken Ito", Salt: "s"}},
			"Catflap (command line) changed the details of Ken Ito.",
		},
		"erased": {
			audit.Line{Action: audit.TemporaryShown, ActorKind: "staff", ActorID: "a-maria", AccountID: "a-ken"},
			"Somebody whose details were erased showed the temporary password of somebody whose details were erased.",
		},
		"may not": {
			staff(audit.Line{
				Action: audit.AccessRefused, Outcome: audit.Refused, Cause: "permission-missing", AccountID: "a-maria",
				Detail: map[string]string{"permission": "audit.read"},
			}),
			"Maria Lopez asked for something that they may not do, branch North, from 10.0.0.7. It needs the permission audit.read, which they do not have there.",
		},
		"a newer word": {
			staff(audit.Line{Action: "moon.landed", Outcome: audit.Refused, Cause: "no-fuel"}),
			"Maria Lopez did something that this version of Catflap has no words for, branch North, from 10.0.0.7. The reason was: no-fuel.",
		},
	} {
		if got := testNames().text(c.line); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", name, got, c.want)
		}
	}
}

// TestEndsHaveTheirWords: every reason for which a session ends is told in
// words, but for the sign-out, which the sentence tells.
func TestEndsHaveTheirWords(t *testing.T) {
	for _, why := range []session.Reason{
		session.Idle, session.Expired, session.Ended, session.Replaced, session.PasswordChanged, session.Deactivated,
	} {
		if causes()[string(why)] == "" {
			t.Errorf("%s has no words", why)
		}
	}
	if got := cause(audit.Line{Cause: string(session.SignedOut)}); got != "" {
		t.Errorf("a sign-out explains itself: %q", got)
	}
}
