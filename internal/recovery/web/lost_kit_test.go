package recoveryweb_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/secret"
	"catflap/internal/role"
	"catflap/internal/signin"
)

// lostWorld is a practice whose people lose their phones, and another one.
type lostWorld struct {
	*apptest.App
	t             *testing.T
	clinic, other apptest.Clinic
	ada           apptest.Person // Practice administrator, all branches
	sam           apptest.Person // Security Manager, all branches
	sue           apptest.Person // Security Manager in South
	rita          apptest.Person // Receptionist in North
}

func lose(t *testing.T, f func(t *testing.T, w *lostWorld)) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := &lostWorld{App: a, t: t, clinic: a.Clinic("paws"), other: a.Clinic("other")}
		w.ada = w.clinic.Administrator
		w.sam = w.Hire(w.clinic, "Sam Secure", "sam@paws.example", role.SecurityManager, "")
		w.sue = w.Hire(w.clinic, "Sue South", "sue@paws.example", role.SecurityManager, w.clinic.South.ID)
		w.rita = w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		f(t, w)
	})
}

// outside is a request of somebody at the practice who is not signed in.
func (w *lostWorld) outside(c apptest.Clinic) context.Context {
	return access.WithOrigin(access.WithPractice(context.Background(), at(c)), access.Origin{IP: "192.0.2.7", Device: "Firefox on Windows"})
}

// at is the practice of a sign-in; the platform's for the zero Clinic.
func at(c apptest.Clinic) access.Practice {
	if c.ID == "" {
		return access.Practice{}
	}
	return c.Access()
}

// equip gives somebody an authenticator, whose codes nobody needs, and backup
// codes.
func (w *lostWorld) equip(p apptest.Person) []secret.Text {
	w.t.Helper()
	return w.Authenticator(&p)
}

// second is what somebody has.
func (w *lostWorld) second(a account.Account) factor.Second {
	w.t.Helper()
	s, err := w.Factors.SecondOf(context.Background(), w.DB, a.PracticeID, a.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// bearer is a fresh session of somebody, in North if they have a choice.
func (w *lostWorld) bearer(p apptest.Person) string {
	w.t.Helper()
	slug, north := "platform", ""
	switch p.PracticeID {
	case w.clinic.ID:
		slug, north = "paws", w.clinic.North.ID
	case w.other.ID:
		slug, north = "other", w.other.North.ID
	}
	return w.Token(slug, p, north)
}

// begin is a sign-in of somebody after the password, with a context to go on.
func (w *lostWorld) begin(c apptest.Clinic, p apptest.Person) (signin.Outcome, context.Context) {
	w.t.Helper()
	ctx := w.outside(c)
	out, err := w.SignIn.Start(ctx, at(c), signin.Input{Login: p.LoginID, Password: secret.Text(p.Password)})
	if err != nil {
		w.t.Fatal(err)
	}
	v, err := w.SignIn.Identify(ctx, out.Token.Reveal(), false)
	if err != nil {
		w.t.Fatal(err)
	}
	return out, access.WithViewer(ctx, v)
}

// finish sets up another factor in a sign-in that demands it.
func (w *lostWorld) finish(ctx context.Context) (signin.Outcome, []secret.Text, error) {
	s, err := w.SignIn.SetUp(ctx)
	if err != nil {
		return signin.Outcome{}, nil, err
	}
	done, out, err := w.SignIn.VerifySetUp(ctx, s.ID, s.Key.Code(otp.Step(w.Clock.Now())), true)
	return out, done.Codes, err
}

type object = map[string]any

// recorded is the newest line of an action, which must be there.
func (w *lostWorld) recorded(practiceID string, action audit.Action) audit.Line {
	w.t.Helper()
	lines, err := w.Audit.List(context.Background(), practiceID, audit.Filter{Action: action}, "", 1)
	if err != nil || len(lines) == 0 {
		w.t.Fatalf("%s is not on record: %v", action, err)
	}
	return lines[0]
}

func (w *lostWorld) count(practiceID string, action audit.Action) int {
	return apptest.Number(w.App, `SELECT count(*) FROM audit WHERE practice_id = $1 AND action = $2`, practiceID, string(action))
}

// told insists that an address got a message with all the words since the last
// call of it, and empties the mailbox of what it found.
func (w *lostWorld) told(to string, words ...string) {
	w.t.Helper()
	l := w.LastMail(to)
	for _, word := range words {
		if !strings.Contains(l.Subject+"\n"+l.Text, word) {
			w.t.Errorf("%q is missing in the mail to %s:\n%s\n%s", word, to, l.Subject, l.Text)
		}
	}
}

// letters counts what an address has got.
func (w *lostWorld) letters(to string) (n int) {
	w.Work()
	for _, l := range w.Mailbox.Letters() {
		if strings.EqualFold(l.To.Address, to) {
			n++
		}
	}
	return n
}

func reason(words string) object { return object{"reason": words} }

func changesOf(l audit.Line) string {
	var all []string
	for _, c := range l.Personal.Changes {
		all = append(all, fmt.Sprintf("%s=%s", c.Field, c.After))
	}
	return strings.Join(all, " ")
}
