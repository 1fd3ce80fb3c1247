package signin

import (
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/practice"
)

func TestNext(t *testing.T) {
	staff := account.Account{ID: "s", Kind: access.KindStaff, OnboardedAt: time.Unix(1, 0)}
	newcomer := account.Account{ID: "c", Kind: access.KindClient}
	client := account.Account{ID: "c", Kind: access.KindClient, OnboardedAt: time.Unix(1, 0)}
	platform := account.Account{ID: "p", Kind: access.KindPlatform}
	one, two := []practice.Branch{{ID: "n"}}, []practice.Branch{{ID: "n"}, {ID: "s"}}
	for _, row := range []struct {
		name  string
		state State
		want  Step
	}{
		{"nobody yet", State{}, Identify},
		{"staff, branch known", State{Account: staff, Branches: one, BranchID: "n"}, Done},
		{"staff, several branches", State{Account: staff, Branches: two}, ChooseBranch},
		{"staff, branch chosen", State{Account: staff, Branches: two, BranchID: "s"}, Done},
		{"staff without any branch", State{Account: staff}, NoBranch},
		{"staff outside the networks of all", State{Account: staff, Barred: two}, OffNetwork},
		{"staff outside the network of one", State{Account: staff, Branches: one, Barred: one, BranchID: "n"}, Done},
		{"pet parent, first time", State{Account: newcomer, Proof: ByTemporary}, ConfirmDetails},
		{"pet parent, details confirmed", State{Account: newcomer, Proof: ByTemporary, DetailsConfirmed: true}, NewPassword},
		{"pet parent by link, details confirmed", State{Account: newcomer, Proof: ByLink, DetailsConfirmed: true}, NewPassword},
		{"pet parent who was in before", State{Account: client}, Done},
		{"platform support", State{Account: platform}, Done},
	} {
		if got := Next(row.state); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}
