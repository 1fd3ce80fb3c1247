package signin

import (
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/factor"
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
		{"pet parent, first time, terms", State{Account: newcomer, Proof: ByTemporary, TermsVersion: 1, TermsOwed: true}, AcceptTerms},
		{"pet parent, first time, terms accepted", State{Account: newcomer, Proof: ByTemporary, TermsVersion: 1}, ConfirmDetails},
		{"pet parent with a factor, terms", State{Account: client, Factor: true, TermsVersion: 2, TermsOwed: true}, SecondFactor},
		{"pet parent who was in before, new terms", State{Account: client, TermsVersion: 2, TermsOwed: true}, AcceptTerms},
		{"pet parent, new terms and a factor to set up", State{Account: client, Lacks: true, TermsVersion: 2, TermsOwed: true}, AcceptTerms},
		{"staff are asked for no terms", State{Account: staff, Branches: one, BranchID: "n", TermsOwed: true}, Done},
		{"pet parent, details confirmed", State{Account: newcomer, Proof: ByTemporary, DetailsConfirmed: true}, NewPassword},
		{"pet parent by link, details confirmed", State{Account: newcomer, Proof: ByLink, DetailsConfirmed: true}, NewPassword},
		{"pet parent who was in before", State{Account: client}, Done},
		{"pet parent who was handed a temporary password again", State{Account: client, Proof: ByTemporary, Renews: true}, NewPassword},
		{"the same with a factor", State{Account: client, Proof: ByTemporary, Renews: true, Factor: true}, SecondFactor},
		{"the same, proved", State{Account: client, Proof: ByTemporary, Renews: true, Factor: true, Second: factor.ByBackupCode}, NewPassword},
		{"the same, who has to set one up", State{Account: client, Proof: ByTemporary, Renews: true, Lacks: true}, NewPassword},
		{"platform support", State{Account: platform}, Done},

		{"staff with a factor", State{Account: staff, Branches: two, Factor: true}, SecondFactor},
		{"staff with a factor and no way to prove it", State{Account: staff, Branches: one, BranchID: "n", Factor: true}, SecondFactor},
		{"staff without a branch, not yet proved", State{Account: staff, Factor: true}, SecondFactor},
		{"staff, proved by the app", State{Account: staff, Branches: two, Factor: true, Second: factor.ByAuthenticator}, ChooseBranch},
		{"staff, proved by a backup code", State{Account: staff, Branches: one, BranchID: "n", Factor: true, Second: factor.ByBackupCode}, Done},
		{"a factor that came while the sign-in waited", State{Account: staff, Branches: two, BranchID: "n", Factor: true}, SecondFactor},
		{"a factor that went while the sign-in waited", State{Account: staff, Branches: two, Second: factor.ByAuthenticator, Lacks: true}, SetUpSecond},
		{"staff who have to set one up", State{Account: staff, Branches: two, Lacks: true}, SetUpSecond},
		{"staff with a skip", State{Account: staff, Branches: two, Factor: true, Second: factor.BySkip, Lacks: true}, SetUpSecond},
		{"what was proved counts no more", State{Account: staff, Branches: two, Factor: true, Second: factor.ByEmailCode, Lacks: true}, SetUpSecond},
		{"staff, just set up", State{Account: staff, Branches: two, Factor: true, Second: factor.BySetup}, StoreCodes},
		{"staff, backup codes stored", State{Account: staff, Branches: two, Factor: true, Second: factor.BySetup, Stored: true}, ChooseBranch},
		{"no branch, but a factor to set up", State{Account: staff, Lacks: true}, SetUpSecond},
		{"pet parent with a factor, first time", State{Account: newcomer, Proof: ByTemporary, Factor: true}, SecondFactor},
		{"pet parent, proved, first time", State{Account: newcomer, Proof: ByTemporary, Factor: true, Second: factor.ByEmailCode}, ConfirmDetails},
		{"pet parent, first time, who has to set one up", State{Account: newcomer, Proof: ByTemporary, Lacks: true, DetailsConfirmed: true}, NewPassword},
		{"pet parent who has to set one up", State{Account: client, Lacks: true}, SetUpSecond},
		{"platform support with a factor", State{Account: platform, Factor: true}, SecondFactor},
		{"platform support without", State{Account: platform, Lacks: true}, SetUpSecond},
		{"platform support, just set up", State{Account: platform, Factor: true, Second: factor.BySetup}, StoreCodes},
	} {
		if got := Next(row.state); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}
