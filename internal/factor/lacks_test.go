package factor

import (
	"testing"
	"time"

	"catflap/internal/practice"
	"catflap/internal/role"
)

const day = 24 * time.Hour

// TestLacks: who has to set a factor up before getting in, as the clock jumps.
func TestLacks(t *testing.T) {
	begun := time.Date(2026, 3, 20, 17, 0, 0, 0, time.UTC) // the clocks change within the grace
	required := Demand{Mode: practice.SecondRequired, Grace: 14 * day, EmailCode: true}
	strict := required
	strict.EmailCode = false
	once := Demand{Mode: practice.SecondRequired, EmailCode: true}
	app, email := Second{AuthenticatorAt: begun}, Second{EmailSince: begun}
	waiting := Second{GraceFrom: begun}
	for _, x := range []struct {
		name   string
		second Second
		demand Demand
		after  time.Duration
		want   bool
	}{
		{"nothing is demanded", Second{}, Demand{Mode: practice.SecondOptional}, 0, false},
		{"it is switched off", Second{}, Demand{Mode: practice.SecondOff}, 0, false},
		{"first met, with grace", Second{}, required, 0, false},
		{"first met, a year later", Second{}, required, 365 * day, false},
		{"first met, without grace", Second{}, once, 0, true},
		{"in grace", waiting, required, 13 * day, false},
		{"the last moment of it", waiting, required, 14*day - time.Microsecond, false},
		{"its end", waiting, required, 14 * day, true},
		{"long after", waiting, required, 400 * day, true},
		{"the clock was set back", waiting, required, -400 * day, false},
		{"grace was shortened", waiting, Demand{Mode: practice.SecondRequired, Grace: 7 * day}, 8 * day, true},
		{"grace was taken away", waiting, once, time.Minute, true},
		{"demanded no more", waiting, Demand{Mode: practice.SecondOptional}, 400 * day, false},
		{"has an app", app, strict, 400 * day, false},
		{"codes by e-mail", email, required, 400 * day, false},
		{"codes by e-mail that count no more", email, strict, 0, true},
		{"both", Second{AuthenticatorAt: begun, EmailSince: begun}, strict, 0, false},
		{"it was reset", Second{Owed: true}, Demand{Mode: practice.SecondOptional}, 0, true},
		{"it was reset, within a grace", Second{Owed: true, GraceFrom: begun}, required, 0, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			now := begun.Add(x.after)
			if got := x.second.Lacks(x.demand, now); got != x.want {
				t.Errorf("lacks %v, want %v; the deadline is %s", got, x.want, x.second.Deadline(x.demand, now))
			}
		})
	}
	if got := waiting.Deadline(required, begun.Add(99*day)); !got.Equal(begun.Add(14 * day)) {
		t.Errorf("the deadline moved to %s", got)
	}
}

// TestDemandOn: the strictest role decides, whichever branch it is for; strict
// mode takes codes by e-mail from everybody.
func TestDemandOn(t *testing.T) {
	held := func(branch string, mode practice.SecondMode, days int, email bool) role.Held {
		return role.Held{Grant: role.Grant{BranchID: branch}, Second: role.Second{Mode: mode, Grace: days, EmailCode: email}}
	}
	for _, x := range []struct {
		name   string
		strict bool
		held   []role.Held
		want   Demand
	}{
		{"no role", false, nil, Demand{Mode: practice.SecondOptional, EmailCode: true}},
		{"no role, strict", true, nil, Demand{Mode: practice.SecondOptional}},
		{"one that is off", false, []role.Held{held("", practice.SecondOff, 0, true)}, Demand{Mode: practice.SecondOff, EmailCode: true}},
		{"of two branches", false, []role.Held{held("n", practice.SecondOff, 0, true), held("s", practice.SecondRequired, 3, false)},
			Demand{Mode: practice.SecondRequired, Grace: 3 * day}},
		{"strict", true, []role.Held{held("n", practice.SecondRequired, 3, true)}, Demand{Mode: practice.SecondRequired, Grace: 3 * day}},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := DemandOn(practice.Policy{Strict: x.strict}, x.held); got != x.want {
				t.Errorf("%+v, want %+v", got, x.want)
			}
		})
	}
}
