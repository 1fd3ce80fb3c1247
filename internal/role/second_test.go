package role

import (
	"testing"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/practice"
)

// TestStrictest: who has several roles has the strongest demand, the shortest
// grace of those that make it, and codes by e-mail where all allow them.
func TestStrictest(t *testing.T) {
	off, optional := Second{Mode: practice.SecondOff, EmailCode: true}, Second{Mode: practice.SecondOptional, EmailCode: true}
	required := func(days int, email bool) Second {
		return Second{Mode: practice.SecondRequired, Grace: days, EmailCode: email}
	}
	for _, x := range []struct {
		name string
		all  []Second
		want Second
	}{
		{"off alone", []Second{off}, off},
		{"off and optional", []Second{off, optional}, optional},
		{"optional and required", []Second{optional, required(14, true)}, required(14, true)},
		{"off and required", []Second{off, required(0, true)}, required(0, true)},
		{"two graces", []Second{required(14, true), required(7, true)}, required(7, true)},
		{"grace of what does not demand", []Second{{Mode: practice.SecondOptional, Grace: 3, EmailCode: true}, required(14, true)}, required(14, true)},
		{"e-mail forbidden by the weaker", []Second{{Mode: practice.SecondOff}, required(14, true)}, required(14, false)},
		{"e-mail forbidden by the stronger", []Second{optional, required(14, false)}, required(14, false)},
		{"three", []Second{required(30, true), optional, required(1, false)}, required(1, false)},
	} {
		t.Run(x.name, func(t *testing.T) {
			for turn := range x.all { // the order does not matter
				got := x.all[turn]
				for i := range len(x.all) - 1 {
					got = got.Strictest(x.all[(turn+1+i)%len(x.all)])
				}
				if got != x.want {
					t.Errorf("beginning with %d: %+v, want %+v", turn, got, x.want)
				}
			}
		})
	}
}

// TestUsualSecond: nobody has to decide before Security Managers are asked for
// one, and a role that comes to be theirs is one.
func TestUsualSecond(t *testing.T) {
	for _, r := range ReadyMades() {
		want := "optional"
		if r.Key == Administrator || r.Key == SecurityManager {
			want = "required after 14 days"
		}
		if got := UsualSecond(r.Permissions).String(); got != want {
			t.Errorf("%s: %s, want %s", r.Name, got, want)
		}
	}
	if got := decided("", 3, false, []access.Permission{access.SecurityManage}).Grace; got != UsualGrace {
		t.Errorf("undecided, it has %d days", got)
	}
	if got := decided("optional", 0, true, []access.Permission{access.SecurityManage}).Mode; got != practice.SecondOptional {
		t.Errorf("decided, it is %s", got)
	}
}

// TestSecondWish: what is left out stays, and what cannot be is complained
// about by role.
func TestSecondWish(t *testing.T) {
	mode := func(m practice.SecondMode) *practice.SecondMode { return &m }
	days := func(n int) *int { return &n }
	no := false
	for _, x := range []struct {
		name     string
		from     Second
		wish     SecondWish
		want     string
		complain string
	}{
		{"nothing", Second{practice.SecondRequired, 9, true}, SecondWish{}, "required after 9 days", ""},
		{"required without days", Second{practice.SecondOptional, 0, true}, SecondWish{Mode: mode("required")}, "required after 14 days", ""},
		{"required at once", Second{practice.SecondOptional, 0, true}, SecondWish{Mode: mode("required"), Grace: days(0)}, "required at once", ""},
		{"one day", Second{practice.SecondRequired, 9, true}, SecondWish{Grace: days(1)}, "required after 1 day", ""},
		{"days of what does not demand", Second{practice.SecondRequired, 9, true}, SecondWish{Mode: mode("off"), Grace: days(99)}, "off", ""},
		{"only e-mail", Second{practice.SecondRequired, 9, true}, SecondWish{EmailCode: &no}, "required after 9 days, no codes by e-mail", ""},
		{"too many days", Second{practice.SecondRequired, 9, true}, SecondWish{Grace: days(31)}, "required after 9 days", "second_factor_grace:r"},
		{"negative", Second{practice.SecondRequired, 9, true}, SecondWish{Grace: days(-1)}, "required after 9 days", "second_factor_grace:r"},
		{"no such mode", Second{practice.SecondRequired, 9, true}, SecondWish{Mode: mode("perhaps")}, "required after 9 days", "second_factor:r"},
	} {
		t.Run(x.name, func(t *testing.T) {
			var c fault.Complaints
			got := Role{ID: "r", Second: x.from}.wished(x.wish, &c)
			if got.String() != x.want {
				t.Errorf("%s, want %s", got, x.want)
			}
			field := ""
			if err := c.Err(); err != nil {
				field = fault.From(err).Fields[0].Name
			}
			if field != x.complain {
				t.Errorf("complains about %q, want %q", field, x.complain)
			}
		})
	}
}
