package e2e

import (
	"net/http"
	"testing"
)

// The vet who works in two branches, as a vet in one and at the reception of the
// other.
func TestTwoBranches(t *testing.T) {
	each(t, branchStory)
}

func branchStory(t *testing.T, w *world) {
	c := w.crew()
	vera := c.hire("Vera Vogel", grant{"Veterinarian", "North"}, grant{"Receptionist", "South"})
	nora := c.hire("Nora None", grant{"Trainer", "North"})
	c.regrant(nora)
	edit := c.client("Ken", "Ishikawa", "+1 206 555 0152")

	// South is on the other side of the world, and whoever sits at its reception
	// begins with the pet parents.
	boss := w.atDesk("Maria Lopez", c.maria, "North")
	boss.Open(happyPaws + "/settings/branches")
	boss.See("North", "South", "All features on")
	boss.Picture("branches")
	boss.Click("Change", "South")
	boss.Fill("Time zone", "Asia/Tokyo")
	boss.Picture("branch-settings")
	boss.Click("Save Changes")
	boss.See("Asia/Tokyo")
	front := c.roles["Receptionist"]
	w.send(http.MethodPut, "/api/v1/roles/"+front.ID, c.token, map[string]any{
		"name": front.Name, "landing": "/pet-parents/pet-app", "permissions": front.Permissions,
	})

	// Who has a role nowhere is told whom to ask, and does not get in.
	stray := w.browser("Nora None", phone)
	stray.Open(happyPaws + "/login")
	stray.signIn(nora)
	stray.Expect(403)
	stray.See("you have no branch to work in yet", "Ask your practice administrator")
	stray.Picture("no-branch")

	b := w.atDesk("Vera Vogel", vera, "South")
	b.See("Happy Paws", "South", "Receptionist", "Last sign-in", "This is your first one", "Failed attempts since", "None")
	if b.Path() != happyPaws+"/pet-parents/pet-app" {
		t.Errorf("the receptionist begins at %s", b.Path())
	}
	b.Open(happyPaws + "/")
	b.Miss("Failed attempts since") // said once
	b.signOut(vera)

	// Somebody guesses; at the next sign-in Vera reads of it. By keyboard from here.
	stray.Open(happyPaws + "/login")
	for range 2 {
		stray.signIn(person{email: vera.email, password: "a guess"})
		stray.Expect(401)
	}
	b.Reach("Email or login ID")
	b.Type(vera.email)
	b.Reach("Password")
	b.Type(vera.password)
	b.Enter()
	b.See("Where do you work today?")
	if last := b.Chosen("branch"); last != "South" {
		t.Errorf("%s is selected, want South, where she was last", last)
	}
	b.Reach("South")
	b.Enter()
	b.See("South", "Receptionist", "JST", "2 wrong tries", "choose a new password")
	b.Picture("arrived")

	// In another tab she begins to write, then switches in the first one.
	left := b.tab()
	left.Open(edit)
	left.Fill("Phone", "+1 206 555 0199")
	b.Open(happyPaws + "/account/sessions")
	b.Reach("Branch South. Switch branch")
	b.Press()
	b.Reach("North")
	b.Enter()
	b.See("You work in North now", "Veterinarian", "Good to see you")
	if left.scripts {
		left.See("You switched to another branch in another tab", "This page still belongs to South")
		left.Picture("other-branch")
	}
	left.Click("Save Changes")
	left.Expect(409)
	left.See("This page belongs to another branch", "nothing was changed")
	left.Open(edit)
	if got := left.Value("Phone"); got != "+1 206-555-0152" {
		t.Errorf("the phone is now %q", got)
	}

	// What she can do is what a vet can do there.
	b.Miss("Logins for all")
	b.Open(happyPaws + "/pet-parents/logins")
	b.Expect(403)
	b.Open(happyPaws + "/account/branch") // where the menu of the header leads without it
	b.See("You work in North")
	b.Picture("switch-branch")
	b.Click("Switch")
	b.See("You work in South now", "Logins for all")
	b.signOut(vera)

	// The branch she switched to was the last one; times are told where she is.
	b.signIn(vera)
	if last := b.Chosen("branch"); last != "South" {
		t.Errorf("%s is selected, want South, where she switched to", last)
	}
	b.Click("North")
	b.Click("Go on")
	b.See("Last sign-in", "UTC", "None")
	b.Miss("JST")

	// Her role there is taken away while she works in North.
	left.Rest() // of several open pages the first one to notice says why
	c.regrant(vera, grant{"Receptionist", "South"})
	b.ComeBack()
	b.See("You have no role any more in the branch you worked in", "ask your practice administrator")
	b.Picture("role-taken")
	b.signIn(vera) // one branch is no choice
	b.See("You are signed in", "South")
	b.Miss("Switch branch", "Veterinarian")

	boss.Open(happyPaws + "/security/audit")
	boss.See("Vera Vogel", "South", "North")
}
