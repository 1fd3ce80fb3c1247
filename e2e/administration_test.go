package e2e

import (
	"testing"
	"time"
)

// People come, get roles, lose them and leave. Whoever is signed in meanwhile
// learns at the next click why that has changed.
func TestAdministration(t *testing.T) {
	each(t, administrationStory)
}

func administrationStory(t *testing.T, w *world) {
	_, maria, admin := w.clinic()
	vera := newcomer("Vera Vet", "vera@happy-paws.example")
	w.inviteByKeyboard(admin, vera)

	// The second invitation ends the first.
	first := w.invitation(vera)
	admin.Click("View", vera.name)
	admin.See("Works until")
	admin.Picture("person-invited")
	admin.Click("Invite again")
	admin.See("A fresh invitation is on its way")
	within(t, patience, "the second invitation", func() error { return w.countLetters(vera.email, 2) })
	stranger := w.browser("a stranger", phone)
	stranger.Open(first)
	stranger.Expect(410)
	south := w.join(vera, "South")

	w.nightDesk(admin, vera)
	w.branchLost(admin, south, vera)
	w.switchedOff(admin, south, vera)
	w.lastDay(admin, vera)
	w.refusedToAdministrator(admin, maria)
}

// inviteByKeyboard invites a vet for two branches without a pointer.
func (w *world) inviteByKeyboard(b *browser, p person) {
	w.t.Helper()
	next := func(name string) {
		b.Type("\t")
		b.Reach(name)
	}
	b.Open(happyPaws + "/staff")
	b.Reach("Skip to content")
	b.Type("\r")
	b.Reach("Invite a person")
	b.Enter()
	b.Reach("Skip to content")
	b.Type("\r")
	b.Reach("Name")
	b.Type(p.name)
	b.Reach("E-mail")
	b.Type(p.email)
	b.Reach("Role")
	b.Type("Veterinarian")
	b.Reach("Where it counts")
	b.Type("North")
	b.Reach("Add another role")
	b.Enter()
	b.See("Another role")
	b.Picture("staff-invite")
	b.Reach("Where it counts")
	next("Role")
	b.Type("Veterinarian")
	b.Reach("Where it counts")
	b.Type("South")
	b.Reach("Send invitation")
	b.Enter()
	b.See("The invitation to "+p.name+" is on its way", "Veterinarian", "North", "South")
}

// nightDesk adds an own role with a first page of its own, changes it and gives
// it in one branch.
func (w *world) nightDesk(b *browser, p person) {
	w.t.Helper()
	b.Open(happyPaws + "/staff/roles")
	b.See("Ready-made", "Practice administrator")
	b.Picture("roles")
	b.Click("Add a role")
	b.Fill("Name", "receptionist")
	b.Click("See pet parents and their pets")
	b.Click("Add this role")
	b.Expect(422)
	b.See("There is a role of this name already")
	b.Fill("Name", "Night desk")
	b.Fill("First page after sign-in", "Pet Parents: Pet App")
	b.Click("See who works here")
	b.Click("Add this role")
	b.See("The role is added", "Night desk", "nobody holds it")
	b.Click("Change Night desk")
	b.Click("See who works here")
	b.Click("Read the audit record")
	b.Picture("role")
	b.Click("Save Changes")
	b.See("The role is saved")
	b.Click("2 of 20 permissions of Night desk")
	b.See("Read the audit record")

	b.openPerson(p)
	b.Click("Change roles")
	b.Fill("Role", "Night desk")
	b.Fill("Where it counts", "North")
	b.Click("Give this role")
	b.See("The role is given")
	b.Picture("person-roles")
}

// branchLost takes the role in South away from somebody at work there.
func (w *world) branchLost(admin, south *browser, p person) {
	w.t.Helper()
	south.Open(happyPaws + "/staff/roles")
	south.Expect(403) // the new role counts in North only
	south.Rest()
	admin.openPerson(p)
	admin.Click("Change roles")
	admin.Click("Remove Veterinarian in South")
	admin.See("The role is removed")
	south.Open(happyPaws + "/")
	south.See("You have no role any more in the branch you worked in", "Email or login ID")
	south.Picture("branch-lost")
	south.signIn(p)
	south.See("North", "Search pet parents")
	if got := south.Path(); got != happyPaws+"/pet-parents/pet-app" {
		w.t.Errorf("the first page of a night desk is %s", got)
	}
	south.Open(happyPaws + "/security/audit")
	south.See("Maria Lopez ended a session of Vera Vet", "They have no role left in its branch")
}

// switchedOff deactivates somebody at work, and takes it back.
func (w *world) switchedOff(admin, there *browser, p person) {
	w.t.Helper()
	admin.openPerson(p)
	admin.Click("Deactivate")
	admin.See("What they still hold", "1 session, ended at once", "Night desk")
	admin.Fill("Reason", "Lost her keys")
	admin.Picture("deactivate")
	there.Rest()
	admin.Click("Deactivate " + p.name)
	admin.See("They are deactivated", "Lost her keys")
	there.Open(happyPaws + "/pet-parents/pet-app")
	there.See("Your account was deactivated")
	there.signIn(p)
	there.Expect(401)
	admin.Open(happyPaws + "/staff")
	admin.Click("Deactivated 1")
	admin.See("1 person", p.name)
	admin.Click("View", p.name)
	admin.Picture("person-deactivated")
	admin.Click("Reactivate")
	admin.See("They are reactivated")
	there.signIn(p)
	there.See("North", "Search pet parents")
}

// lastDay names the day on which somebody leaves.
func (w *world) lastDay(b *browser, p person) {
	w.t.Helper()
	day := time.Now().AddDate(0, 0, 5)
	b.openPerson(p)
	b.Click("Set last day")
	b.Fill("Leaves on", day.Format(time.DateOnly))
	b.Picture("last-day")
	b.Click("Save Changes")
	b.See("They are deactivated at the end of "+day.Format("2 January 2006"), "Leaving")
	b.Picture("person-leaving")
	b.Open(happyPaws + "/")
	b.See("1 person leaves within two weeks")
	b.Open(happyPaws + "/staff")
	b.See("Last day", p.name)
	b.Picture("staff")
}

// refusedToAdministrator tries what nobody may do to themselves, and what would
// leave the practice without an administrator.
func (w *world) refusedToAdministrator(b *browser, self person) {
	w.t.Helper()
	b.openPerson(self)
	b.See("This is you")
	b.Miss("Deactivate", "Set last day")
	mine := b.Path()
	b.Open(mine + "/deactivate")
	b.Expect(409)
	b.See("You cannot remove your own roles or deactivate yourself")
	b.Open(mine + "/grants")
	b.See("Nobody removes their own roles")
	b.Miss("Remove Practice administrator")

	b.Open(happyPaws + "/staff/roles")
	b.Click("Change Practice administrator")
	b.Click("Be a Security Manager: policy, sign-in report, help with lost factors")
	b.Click("Save Changes")
	b.Expect(409)
	b.See("Then nobody would be left who manages staff, roles and security")
	b.Picture("role-refused")
}
