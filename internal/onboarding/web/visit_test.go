package onboardingweb_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/id"
	"catflap/internal/petparent"
)

// TestInvitationStates walks a pet parent from one state to the next; profile,
// list, counts and funnel agree at each.
func TestInvitationStates(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("claws")
		fill(t, a, c.ID, one("C1", "Ken", "Ito", "ken@example.com"), one("C2", "Nan", "None", ""))
		ken := person(t, a, c.ID, "C1")
		stands := func(want petparent.Invitation, funnel petparent.Funnel) {
			t.Helper()
			if got := person(t, a, c.ID, "C1").Invitation; got != want {
				t.Errorf("the profile says %s, want %s", got, want)
			}
			page, err := a.PetParents.List(context.Background(), c.ID, petparent.Filter{Query: "ken", Invitation: want}, "", 0)
			if err != nil || len(page.Rows) != 1 || page.Rows[0].Invitation != want {
				t.Errorf("the list of %s has %d rows, %v", want, len(page.Rows), err)
			}
			counts, err := a.PetParents.Counts(context.Background(), c.ID, petparent.Filter{Query: "ken"})
			if err != nil || counts.Invitations[want] != 1 {
				t.Errorf("%s is counted %d times, %v", want, counts.Invitations[want], err)
			}
			funnel.Known = 2
			if got, err := a.PetParents.Funnel(context.Background(), c.ID); err != nil || got != funnel {
				t.Errorf("the funnel is %+v, want %+v, %v", got, funnel, err)
			}
		}
		stands(petparent.InvitationNone, petparent.Funnel{})
		if err := giveLogin(a, c, ken.ID, "ken@example.com", true); err != nil {
			t.Fatal(err)
		}
		stands(petparent.InvitationQueued, petparent.Funnel{Invited: 1, Queued: 1})
		letter := a.LastMail("ken@example.com")
		stands(petparent.InvitationSent, petparent.Funnel{Invited: 1, Delivered: 1})

		way := a.Link(letter, "/paws/login")
		if !strings.Contains(way, "invitation=") {
			t.Fatalf("the welcome mail leads to %s", way)
		}
		// What is no invitation of this practice is a sign-in page and no more.
		b := a.Browser()
		for _, path := range []string{
			"/paws/login", "/paws/login?invitation=", "/paws/login?invitation=x", "/paws/login?invitation=" + id.New(),
			"/paws/login?invitation=" + ken.AccountID, strings.Replace(way, "/paws/", "/"+other.Slug+"/", 1),
			strings.Replace(way, "/paws/", "/platform/", 1),
		} {
			b.Get(path).Want(t, 200, "Email or login ID")
		}
		stands(petparent.InvitationSent, petparent.Funnel{Invited: 1, Delivered: 1})
		if n := number(t, a, `SELECT count(*) FROM invitation_visit`); n != 0 {
			t.Errorf("%d visits noted", n)
		}

		b.Get(way).Want(t, 200, "Email or login ID")
		stands(petparent.InvitationOpened, petparent.Funnel{Invited: 1, Delivered: 1, Opened: 1})

		// A new one begins anew; the old address says nothing any more.
		a.Clock.Advance(1)
		if _, err := a.Onboarding.Reissue(access.WithViewer(context.Background(), access.System("test")), c.Access(), ken.ID); err != nil {
			t.Fatal(err)
		}
		stands(petparent.InvitationQueued, petparent.Funnel{Invited: 1, Queued: 1})
		letter = a.LastMail("ken@example.com")
		b.Get(way)
		stands(petparent.InvitationSent, petparent.Funnel{Invited: 1, Delivered: 1})

		// Who signs in without the address from the mail opened the page as well.
		temporary := temporaryIn(t, letter)
		signIn(a, "paws", "ken@example.com", temporary).Want(t, 200)
		all := petparent.Funnel{Invited: 1, Delivered: 1, Opened: 1, SignedIn: 1}
		stands(petparent.InvitationEntered, all)
		b.Get(a.Link(letter, "/paws/login"))
		stands(petparent.InvitationEntered, all)

		pending := signIn(a, "paws", "ken@example.com", temporary).Text("sign_in")
		confirmAsShown(t, a, pending)
		stands(petparent.InvitationEntered, all)
		newPassword(a, pending, apptest.Password()).Want(t, 200)
		all.Finished = 1
		stands(petparent.InvitationFinished, all)
		b.Get(a.Link(letter, "/paws/login"))
		stands(petparent.InvitationFinished, all)
	})
}

// TestVisitByLink: an activation link is opened, and used.
func TestVisitByLink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		apptest.Exec(a, `UPDATE practice SET policy = '{"temporary_passwords": false}' WHERE id = $1`, c.ID)
		fill(t, a, c.ID, one("C1", "Ken", "Ito", "ken@example.com"))
		if err := giveLogin(a, c, person(t, a, c.ID, "C1").ID, "ken@example.com", true); err != nil {
			t.Fatal(err)
		}
		way := a.Link(a.LastMail("ken@example.com"), "/paws/activate")
		stands := func(want petparent.Invitation) {
			t.Helper()
			if got := person(t, a, c.ID, "C1").Invitation; got != want {
				t.Errorf("the invitation is %s, want %s", got, want)
			}
		}
		stands(petparent.InvitationSent)
		b := a.Browser()
		b.Get("/paws/activate?token=x")
		stands(petparent.InvitationSent)
		for range 2 {
			b.Get(way).Want(t, 200, "Ken")
			stands(petparent.InvitationOpened)
		}
		u, err := url.Parse(way)
		if err != nil {
			t.Fatal(err)
		}
		a.API("POST", "/activation", "", map[string]any{"token": u.Query().Get("token")}).Want(t, 200)
		stands(petparent.InvitationEntered)
	})
}

// TestVisitRace: however many come at once, there is one visit, and whoever
// signed in did.
func TestVisitRace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		ken := invite(t, a, c, "C1", "Ken", "ken@example.com")
		way := a.Link(a.LastMail("ken@example.com"), "/paws/login")
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				if i%4 == 0 {
					signIn(a, "paws", "ken@example.com", ken.temporary)
					return
				}
				a.Browser().Get(way)
			})
		}
		all.Wait()
		if n := number(t, a, `SELECT count(*) FROM invitation_visit WHERE entered_at IS NOT NULL`); n != 1 {
			t.Errorf("%d visits", n)
		}
	})
}

// TestFailedInvitation: a mail that cannot be sent is told as such.
func TestFailedInvitation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		invite(t, a, c, "C1", "Ken", "ken@example.com")
		for _, row := range []struct {
			state string
			want  petparent.Invitation
		}{
			{"failed", petparent.InvitationFailed}, {"dropped", petparent.InvitationFailed}, {"queued", petparent.InvitationQueued},
		} {
			apptest.Exec(a, `UPDATE message SET state = $1`, row.state)
			if got := person(t, a, c.ID, "C1").Invitation; got != row.want {
				t.Errorf("a message that is %s makes the invitation %s, want %s", row.state, got, row.want)
			}
		}
		a.Enter("paws", c.Administrator, c.North.ID).Get("/paws/pet-parents/pet-app?invitation=queued").
			Want(t, 200, "Ken Guest", "Invitation waits to be sent")
	})
}
