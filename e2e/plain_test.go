package e2e

import "testing"

// Every way in and every page behind it work with JavaScript off, those of the
// second factor on a phone.
func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	skipShort(t)
	run := func(width int64, stories map[string]func(*testing.T, *world)) {
		for name, story := range stories {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, "")
				w.plain, w.width = true, width
				story(t, w)
			})
		}
	}
	run(desk, map[string]func(*testing.T, *world){
		"staff": staffStory, "pet parent": petParentStory, "password": passwordStory,
		"branches": branchStory, "sessions": sessionStory, "policy": policyStory,
		"login editor": loginEditorStory, "household": householdStory,
	})
	run(phone, map[string]func(*testing.T, *world){
		"two-factor": twoFactorStory, "second factor": secondFactorStory, "policy of second factors": factorPolicyStory,
		"lost phone": lostStory, "lost phone of a pet parent": lostByPetParentStory, "compose": composeStory,
	})
}

// The way in by keyboard alone: Tab, letters, Space and Enter.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	w.serve()
	pat, maria := newcomer("Pat Host", "pat@host.example"), newcomer("Maria Lopez", "maria@happy-paws.example")
	w.openPractice(w.setUp(pat), maria)

	b := w.browser(maria.name, desk)
	b.Open(w.invitation(maria))
	b.Reach("Skip to content")
	b.Type("\r")
	b.Reach("New password")
	b.Type(maria.password)
	b.Reach("New password again")
	b.Type(maria.password)
	b.Enter()
	b.See("Your password is saved")

	b.Reach("Email or login ID")
	b.Type(maria.email)
	b.Reach("Password")
	b.Type(maria.password)
	b.Reach("This is a shared computer")
	b.Type(" ")
	b.Reach("Sign in")
	b.Enter()
	b.See("Where do you work today?")
	b.Reach("North")
	b.Type(" ")
	b.Enter()
	b.See("Good to see you, Maria Lopez", "North")

	b.Reach("Signed in as Maria Lopez")
	b.Type(" ")
	b.Reach("Where you are signed in")
	b.Enter()
	b.See("shared computer")
	b.Reach("Signed in as Maria Lopez")
	b.Type(" ")
	b.Reach("Sign out")
	b.Enter()
	b.See("You are signed out")
}
