package e2e

import (
	"testing"
)

// A Security Manager who wants everybody to have a second factor: sees who has
// none, reminds them, requires it of a role, and switches strict mode on.
func TestFactorPolicy(t *testing.T) {
	eachWidth(t, factorPolicyStory)
}

func factorPolicyStory(t *testing.T, w *world) {
	c := w.crew()
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "North"})
	rob := c.hire("Rob Reed", grant{"Receptionist", "North"})
	c.hire("Simon South", grant{"Receptionist", "South"})
	boss := w.atDesk("Maria Lopez", c.maria, "North")
	boss.See("For you to do", "Two-factor authentication is required from", "Configure two-factor authentication", "0 of 4")
	boss.Picture("home-in-grace")
	w.equip(vera)

	// Who has one, and who has not.
	boss.Choose("Two-factor")
	boss.See("1 of 4 people have one (25 %)", "Vera Vogel", "Authenticator App since", "Required from", "Rob Reed", "None")
	if boss.width > phone { // whose rows have no room for it
		boss.See("10 of 10 left")
	}
	boss.Picture("two-factor-overview")
	boss.Click("The numbers as a table, and by role")
	boss.See("Receptionist", "0 of 2", "Veterinarian", "1 of 1")
	boss.Click("Without 3")
	boss.See("Rob Reed", "Simon South")
	boss.Miss("Authenticator App since")
	boss.Click("In grace 1")
	boss.See("Required from")
	boss.Miss("Rob Reed")
	boss.Click("E-mail only 0")
	boss.See("Nobody is in this list")
	boss.Click("Show everybody")

	// Remind them, once.
	boss.Click("Remind all without one")
	boss.See("3 people are written to", "Nobody was reminded before")
	boss.Picture("two-factor-remind")
	boss.Click("Send 3 e-mails")
	boss.See("3 people are written to. The e-mails are on their way")
	w.letter(rob.email, "With two-factor authentication you also type a code")
	w.letter(c.maria.email, "It is required from")
	boss.Click("Remind all without one")
	boss.See("Last reminded", "The next time is")
	boss.Miss("Send 3 e-mails")

	w.require(boss, rob)

	boss.Open(happyPaws + "/security/policy/strict")
	boss.See("The backup codes of", "cannot be shown any more", "No codes by e-mail")
	boss.Picture("strict-mode-two-factor")
	boss.Click("Switch strict mode on")
	boss.See("Strict mode is on", "cannot be shown any more", "Strict mode makes it: no codes by e-mail")
	boss.Open(happyPaws + "/security/audit")
	boss.See("The readable copies of all backup codes were destroyed", "Maria Lopez switched strict mode on",
		"Maria Lopez changed the policy", "Maria Lopez reminded everybody without two-factor authentication by e-mail")
}

// require asks for a second factor of everybody at reception, after a look at
// whom that concerns.
func (w *world) require(boss *browser, rob person) {
	w.t.Helper()
	boss.Open(happyPaws + "/security/policy")
	boss.See("Two-factor authentication of staff", "Required after 14 days", "Default: optional")
	boss.Picture("policy-two-factor")
	boss.Click("Change the policy")
	boss.Fill("A second factor is", "Required", "Receptionist")
	boss.Fill("Days until it is required", "0", "Receptionist")
	boss.Click("Save Changes")
	boss.See("Look at this first", "2 members of staff have no second factor and set one up at the next sign-in")
	boss.Picture("policy-two-factor-confirm")
	boss.Click("Cancel")
	if got := boss.Value("A second factor is", "Receptionist"); got != "optional" {
		w.t.Errorf("before it was confirmed it is %s", got)
	}
	boss.Fill("A second factor is", "Required", "Receptionist")
	boss.Fill("Days until it is required", "0", "Receptionist")
	boss.Click("Save Changes")
	boss.Click("Save the policy")
	boss.See("The policy is saved: one setting changed", "Required at once", "by Maria Lopez")

	desk := w.browser("Rob Reed", phone)
	desk.Open(happyPaws + "/login")
	desk.signIn(rob)
	desk.See("Step 1 of 4", "authenticator app")
	desk.Open(happyPaws + "/pet-parents/pet-app")
	desk.See("Your sign-in is not finished yet")
	desk.Click("Go on with the sign-in")
	desk.See("Step 1 of 4")
	boss.Open(happyPaws + "/security/two-factor?show=required_without")
	boss.See("Rob Reed", "Required: sets one up at the next sign-in")
}
