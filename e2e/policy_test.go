package e2e

import (
	"testing"
	"time"
)

// What a practice decides for itself: policy, strict mode, data, branches, and
// from where people may work.
func TestPolicy(t *testing.T) {
	each(t, policyStory)
}

func policyStory(t *testing.T, w *world) {
	c := w.crew()
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "North"}, grant{"Veterinarian", "South"})
	simon := c.hire("Simon South", grant{"Receptionist", "South"})
	boss := w.atDesk("Maria Lopez", c.maria, "North")

	// Each setting says what is usual, what is possible and who changed it.
	boss.Open(happyPaws + "/security/policy")
	boss.See("The same on a shared computer", "5 minutes", "Possible: 1 to 15", "Never changed", "A new password has at least")
	boss.Picture("policy")
	boss.Click("Change the policy")
	boss.Fill("The same on a shared computer (minutes)", "3")
	boss.Fill("A new password has at least (characters)", "14")
	boss.Picture("policy-change")
	boss.Click("Save Changes")
	boss.See("The policy is saved: 2 settings changed", "3 minutes", "Default: 5 minutes", "by Maria Lopez", "14 characters")

	// The pages say what the practice says, in its own words and back again.
	boss.Click("Change the policy")
	boss.Click("Clients")
	boss.Click("Save Changes")
	boss.See("The policy is saved: one setting changed", "Sessions of clients")
	boss.Open(happyPaws + "/pet-parents/pet-app")
	boss.See("The clients of Happy Paws")
	boss.Miss("Pet Parents")
	boss.Miss("pet parents")
	boss.Picture("clients")
	boss.Open(happyPaws + "/security/policy/change")
	boss.Click("Pet parents")
	boss.Click("Save Changes")
	boss.See("The policy is saved: one setting changed", "Sessions of pet parents")

	boss.Click("Switch on strict mode")
	boss.See("Activation links only", "New passwords of pet parents have at least 15 characters")
	boss.Miss("destroyed") // there is none
	boss.Picture("strict-mode")
	boss.Click("Switch strict mode on")
	boss.See("Strict mode is on", "Strict mode makes it")
	boss.Click("Switch off strict mode")
	boss.See("What you chose before counts again from the next request on")
	boss.Click("Switch strict mode off")
	boss.See("Strict mode is off")

	// Data of the practice, one more branch.
	boss.Open(happyPaws + "/settings/practice")
	boss.Fill("Opening hours", "Mon to Sat 8 to 18")
	boss.Fill("Time zone", "America/New York")
	boss.Picture("practice-settings")
	boss.Click("Save Changes")
	boss.Open(happyPaws + "/settings/practice")
	if got := boss.Value("Opening hours"); got != "Mon to Sat 8 to 18" {
		t.Errorf("the opening hours are %q", got)
	}
	boss.Open(happyPaws + "/settings/branches")
	boss.Click("Add a branch")
	boss.Fill("Name", "South") // which there is
	boss.Click("Add the branch")
	boss.Expect(422)
	boss.Fill("Name", "West")
	boss.Click("Add the branch")
	boss.See("West", "North", "South", "America/New York")

	w.network(boss, vera, simon)

	boss.Open(happyPaws + "/security/audit")
	boss.See("Maria Lopez changed the policy", "switched strict mode on", "opened the branch West",
		"changed from where people may work in the branch South")
}

// network restricts South to networks in which nobody of the story is.
func (w *world) network(boss *browser, vera, simon person) {
	w.t.Helper()
	north := w.atDesk("Vera Vogel elsewhere", vera, "North")
	north.Click("Branch North. Switch branch") // the menu stays open while things change
	south := w.atDesk("Vera Vogel", vera, "South")

	rule := func(branch, mode, networks string) {
		w.t.Helper()
		boss.Open(happyPaws + "/settings/branches")
		boss.Click("Change", branch)
		boss.Click("Change the network rule")
		boss.Click(mode)
		boss.Fill("Networks of the branch", networks)
	}
	// A warning first.
	rule("South", "From anywhere, with a warning", "198.51.100.0/24")
	boss.Picture("network")
	boss.Click("Save the rule")
	boss.See("The network rule of South is saved")
	south.Click("Home")
	south.See("You are working in South from outside its own networks")

	// What is no network is said at the field; then the rule ends the session.
	rule("South", "From the branch's networks only", "the office")
	boss.Click("Save the rule")
	boss.Expect(422)
	boss.Fill("Networks of the branch", "198.51.100.0/24\n2001:db8::/32")
	south.Rest()
	boss.Click("Save the rule")
	boss.See("The network rule of South is saved", "It ended one session from elsewhere")
	south.Open(happyPaws + "/")
	south.See("That branch can only be worked in from its own networks", "ask your practice administrator")
	south.Picture("off-network")

	// Choosing it is refused with words: in a menu that was open, at the sign-in,
	// and for those who work nowhere else.
	north.Click("South")
	north.Expect(409)
	north.See("This branch can only be worked in from its own networks", "You still work in the branch you were in")
	north.Open(happyPaws + "/")
	north.See("North")
	stay := w.browser("Simon South", desk)
	stay.Open(happyPaws + "/login")
	stay.signIn(simon)
	stay.Expect(403)
	stay.See("South can only be worked in from the branch's own network", "ask your practice administrator")
	south.signIn(vera)
	south.See("South can only be worked in from its own networks, so you are in North now")

	// Nobody shuts themselves out by mistake.
	rule("North", "From the branch's networks only", "198.51.100.0/24")
	boss.Click("Save the rule")
	boss.Expect(422)
	boss.See("it would sign you out at once")
	boss.Open(happyPaws + "/")
	boss.See("Good to see you, Maria Lopez")

	rule("South", "From anywhere", "198.51.100.0/24")
	boss.Click("Save the rule")
	boss.See("The network rule of South is saved")
	stay.signIn(simon)
	stay.See("You are signed in", "Simon South")
}

// A shared computer that is left alone. The shortest limit is a minute, which is
// waited for once, in three browsers.
func TestIdle(t *testing.T) {
	t.Parallel()
	skipShort(t)
	idleStory(t, newWorld(t, ""))
}

func idleStory(t *testing.T, w *world) {
	c := w.crew()
	rob := c.hire("Rob Reed", grant{"Receptionist", "North"})
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "North"})
	edit := c.client("Ken", "Ishikawa", "+1 206 555 0152")
	boss := w.atDesk("Maria Lopez", c.maria, "North")
	boss.Open(happyPaws + "/security/policy/change")
	boss.Fill("The same on a shared computer (minutes)", "1")
	boss.Click("Save Changes")
	boss.See("The policy is saved: one setting changed")

	begin := func(who string) *browser {
		b := w.browser(who, desk)
		b.Open(happyPaws + "/login")
		b.Click("This is a shared computer")
		b.signIn(rob)
		b.See("You are signed in", "Rob Reed")
		b.Open(edit)
		b.See("Contact data of Ken Ishikawa")
		return b
	}
	away, gone, back := begin("Rob Reed who comes back"), begin("Rob Reed who is gone"), begin("Rob Reed at the desk")
	back.Fill("Phone", "+1 206 555 0199")

	// Half a minute before the end there is a dialog; one key stays.
	back.Until(time.Minute, "Are you still there?", "You are signed out in", "Stay signed in")
	back.Picture("idle-warning")
	if at := wait[string](back, "focused()"); at != "Stay signed in" {
		t.Errorf("the focus is at %q", at)
	}
	back.Press()
	back.Until(patience, "Contact data of Ken Ishikawa")
	back.Fill("Phone", back.Value("Phone")+"1") // which a dialog in front would not allow
	if got := back.Value("Phone"); got != "+1 206 555 01991" {
		t.Errorf("what was typed is now %q", got)
	}

	// Without an answer the session ends by itself. The same person comes back to
	// where they were, another one does not.
	for _, b := range []*browser{away, gone} {
		b.Until(90*time.Second, "Email or login ID", "You were signed out because nothing happened for a while")
		b.Unreadable("Ishikawa", "0152")
	}
	away.Picture("idle-ended")
	away.signIn(rob)
	away.See("Contact data of Ken Ishikawa")
	gone.signIn(vera)
	gone.See("Good to see you, Vera Vogel")
	gone.Miss("Ishikawa")
}
