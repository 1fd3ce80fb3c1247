package petparent_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/throttle"
	"catflap/internal/petparent"
)

func TestSearch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		w.put(w.practice, single("A100%", "Wesley", "Inglewood_Smith", "wesley@example.net"))
		company := single("K9", "", "", "")
		company.Company = "Happy Paws Rescue"
		w.put(w.practice, company)
		w.put(w.other, keeffe())
		w.login(w.only(w.practice, "wesley").ID, "zoë.pets")

		for _, c := range []struct{ query, want string }{
			{"", "Happy Paws Rescue|Wesley Inglewood_Smith|Maëlle O'Keeffe"},
			{"maelle", "Maëlle O'Keeffe"},
			{"MAËLLE keef", "Maëlle O'Keeffe"},
			{"O’Keeffe", "Maëlle O'Keeffe"},
			{"okeeffe", "Maëlle O'Keeffe"},
			{"maelle inglewood", ""}, // all words must match one person
			{"Nugget", "Maëlle O'Keeffe"},
			{"zoe", "Wesley Inglewood_Smith|Maëlle O'Keeffe"},
			{"zoë", "Wesley Inglewood_Smith|Maëlle O'Keeffe"}, // a login ID and a pet
			{"ZOË.pets", "Wesley Inglewood_Smith"},
			{"maelle+vet@example.org", "Maëlle O'Keeffe"},
			{"SECOND@example", "Maëlle O'Keeffe"},
			{"c0077", "Maëlle O'Keeffe"},
			{"happy rescue", "Happy Paws Rescue"},
			{"(206) 555-0152", "Maëlle O'Keeffe"},
			{"+1 206 555 0152", "Maëlle O'Keeffe"},
			{"1-206-555-0152", "Maëlle O'Keeffe"},
			{"206.555", "Maëlle O'Keeffe"},
			{"0152", "Maëlle O'Keeffe"},
			{"020 7946 0018", "Maëlle O'Keeffe"}, // as dialled in its country
			{"0044 (0)20 7946", "Maëlle O'Keeffe"},
			{"+44 20 7946 0018", "Maëlle O'Keeffe"},
			{"5550127", "Maëlle O'Keeffe"},
			{"keeffe 206 555", "Maëlle O'Keeffe"},
			{"206 555 9999", ""},
			{"%", "Wesley Inglewood_Smith"}, // not a wildcard
			{"d_s", "Wesley Inglewood_Smith"},
			{"e_l", ""},
			{"100!", ""},
			{"nobody", ""},
		} {
			page, err := w.List(w.ctx, w.practice, petparent.Filter{Query: c.query}, "", 0)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for i, row := range page.Rows {
				if i > 0 {
					got += "|"
				}
				got += row.Name()
			}
			if got != c.want {
				t.Errorf("%q finds %q, want %q", c.query, got, c.want)
			}
		}
		row := w.only(w.practice, "okeeffe")
		want := []petparent.PetLine{{Name: "Nugget", Species: "guinea_pig"}, {Name: "Zoë", Species: "dog"}}
		if diff := cmp.Diff(want, row.Pets); diff != "" {
			t.Errorf("pets of the row: %s", diff)
		}
	})
}

func TestPaging(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		names := []string{"Adams", "adams", "Ädams", "Brown", "Brown", "Čapek", "Zhu"}
		for i, last := range names {
			w.put(w.practice, single(number(i), "Ann", last, ""))
		}
		whole, err := w.List(w.ctx, w.practice, petparent.Filter{}, "", 0)
		if err != nil || len(whole.Rows) != len(names) || whole.Next != "" {
			t.Fatalf("whole list: %d rows, next %q, %v", len(whole.Rows), whole.Next, err)
		}
		if first, last := whole.Rows[0].LastName, whole.Rows[6].LastName; petparent.Fold(first) != "adams" || last != "Zhu" {
			t.Errorf("the list goes from %s to %s", first, last)
		}
		for _, size := range []int{1, 3, 7} {
			var seen []string
			for cursor := ""; ; {
				page, err := w.List(w.ctx, w.practice, petparent.Filter{Query: "ann"}, cursor, size)
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range page.Rows {
					seen = append(seen, row.ID)
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			var want []string
			for _, row := range whole.Rows {
				want = append(want, row.ID)
			}
			if diff := cmp.Diff(want, seen); diff != "" {
				t.Errorf("by %d: %s", size, diff)
			}
		}
		for _, cursor := range []string{"!", "e30", "W10"} {
			if _, err := w.List(w.ctx, w.practice, petparent.Filter{}, cursor, 0); !complaints(err)["cursor"] {
				t.Errorf("cursor %q: %v", cursor, err)
			}
		}
		if _, err := w.List(w.ctx, w.practice, petparent.Filter{Show: "everyone", Reason: "because"}, "", 0); len(complaints(err)) != 2 {
			t.Errorf("unknown filters: %v", err)
		}
	})
}

func TestStatus(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		now := w.clock.Now()
		temporary := func(a account.Account, expires, burnt time.Time) {
			w.write(func(tx *db.Tx) error {
				_, err := tx.Exec(w.ctx, `INSERT INTO temporary_password (id, practice_id, account_id, hash, generated, tries,
					max_tries, life, issued_at, issued_by, expires_at, burnt_at) VALUES ($1, $2, $3, '', TRUE, 0, 5, 1, $4, '', $5, $6)`,
					id.New(), w.practice, a.ID, now, expires, burnt)
				return err
			})
		}
		link := func(a account.Account, expires time.Time) {
			w.write(func(tx *db.Tx) error {
				_, err := tx.Exec(w.ctx, `INSERT INTO link (id, practice_id, account_id, purpose, address, key_id, token_hash,
					created_at, expires_at) VALUES ($1, $2, $3, 'activation', '', '', $4, $5, $6)`,
					id.New(), w.practice, a.ID, []byte(a.ID), now, expires)
				return err
			})
		}
		soon, gone := now.Add(time.Hour), now.Add(-time.Hour)
		for i, c := range []struct {
			want petparent.Status
			give func(a account.Account)
		}{
			{petparent.NotInvited, nil},
			{petparent.NotInvited, func(account.Account) {}},
			{petparent.Invited, func(a account.Account) { temporary(a, time.Time{}, time.Time{}) }}, // not handed over yet
			{petparent.Invited, func(a account.Account) { temporary(a, soon, time.Time{}) }},
			{petparent.Expired, func(a account.Account) { temporary(a, now, time.Time{}) }},
			{petparent.Burnt, func(a account.Account) { temporary(a, soon, gone) }},
			{petparent.Invited, func(a account.Account) { link(a, soon) }},
			{petparent.Expired, func(a account.Account) { link(a, now) }},
			{petparent.Invited, func(a account.Account) { temporary(a, gone, time.Time{}); link(a, soon) }},
			{petparent.Active, w.onboard},
			{petparent.Inactive, func(a account.Account) {
				w.onboard(a)
				w.write(func(tx *db.Tx) error {
					_, err := tx.Exec(w.ctx, `UPDATE account SET active = FALSE WHERE practice_id = $1 AND id = $2`, w.practice, a.ID)
					return err
				})
			}},
		} {
			w.put(w.practice, single(number(i), "Ann", "Adams", ""))
			row := w.only(w.practice, number(i))
			if c.give != nil {
				c.give(w.login(row.ID, number(i)))
			}
			if got := w.profile(row.ID).Status; got != c.want {
				t.Errorf("case %d: %s, want %s", i, got, c.want)
			}
		}
		counts, err := w.Counts(w.ctx, w.practice, petparent.Filter{Show: petparent.ShowActive})
		if err != nil {
			t.Fatal(err)
		}
		want := map[petparent.Show]int64{
			petparent.ShowAll: 11, petparent.ShowNotInvited: 2, petparent.ShowInvited: 4, petparent.ShowNeverSignedIn: 8,
			petparent.ShowActive: 1, petparent.ShowLocked: 0, petparent.ShowNotMailable: 11,
		}
		if diff := cmp.Diff(want, counts.Shows); diff != "" {
			t.Error(diff)
		}
		for show, n := range want {
			page, err := w.List(w.ctx, w.practice, petparent.Filter{Show: show}, "", 0)
			if err != nil || int64(len(page.Rows)) != n {
				t.Errorf("%q lists %d, counts %d (%v)", show, len(page.Rows), n, err)
			}
		}
	})
}

// TestNotMailable walks through every combination and asks both the Go function
// and the database.
func TestNotMailable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		pets := [][]petparent.PetInput{
			nil,
			{{Name: "Rex"}},
			{{Name: "Rex", Deceased: true}},
			{{Name: "Rex", Deceased: true}, {Name: "Kit"}},
			{{Name: "Rex", Deceased: true}, {Name: "Kit", Deleted: true}},
			{{Name: "Rex", Deleted: true}},
		}
		n, counted := 0, map[petparent.Reason]int64{}
		for _, email := range []petparent.PersonInput{
			{LastName: "A", Emails: []string{"a@example.com"}}, {LastName: "B"}, {LastName: "C", EmailProblem: petparent.EmailInvalid},
			{LastName: "Refused", Emails: []string{"d@example.com"}}, {LastName: "Optedout", Emails: []string{"e@example.com"}},
		} {
			for flags := range 8 {
				if len(email.LastName) > 1 && flags > 0 {
					continue
				}
				for _, owned := range pets {
					n++
					in := petparent.HouseholdInput{
						System: "generic", ExternalID: number(n), HomeBranchID: []string{"north", "south"}[n%2],
						Active: flags&1 == 0, Deleted: flags&2 != 0, OptOut: flags&4 != 0, People: []petparent.PersonInput{email},
					}
					for i, p := range owned {
						p.ExternalID = in.ExternalID + p.Name + string(rune('a'+i))
						in.Pets = append(in.Pets, p)
					}
					w.put(w.practice, in)
				}
			}
		}
		if err := d.Write(w.ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(w.ctx, `UPDATE pet_parent SET opted_out_at = 1 WHERE last_name = 'Optedout'`)
			return errors.Join(err, w.NoteRefused(w.ctx, tx, w.practice, "D@example.com", "550 No"))
		}); err != nil {
			t.Fatal(err)
		}
		page, err := w.List(w.ctx, w.practice, petparent.Filter{}, "", petparent.MaxLimit)
		if err != nil || len(page.Rows) != n {
			t.Fatalf("%d rows of %d: %v", len(page.Rows), n, err)
		}
		// What they said themselves, and what their mail server said.
		left := slices.DeleteFunc(slices.Clone(page.Rows), func(r petparent.Row) bool {
			return len(r.NotMailable) == 0 || slices.Contains(r.NotMailable, petparent.ReasonOptOut)
		})
		if err := w.SetOptOut(w.ctx, w.practice, petparent.OptOutInput{PetParentID: left[0].ID, Out: true, By: petparent.OptedOutByLink}); err != nil {
			t.Fatal(err)
		}
		if err := w.DB.Write(w.ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(w.ctx, `UPDATE pet_parent SET email_refused_at = 1 WHERE id = $1`, left[1].ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if page, err = w.List(w.ctx, w.practice, petparent.Filter{}, "", petparent.MaxLimit); err != nil {
			t.Fatal(err)
		}
		mailable := 0
		for _, row := range page.Rows {
			p := w.profile(row.ID)
			var owned []petparent.Pet
			for _, o := range p.Pets {
				owned = append(owned, o.Pet)
			}
			want := petparent.NotMailable(p.Household, p.PetParent, owned)
			if !slices.Equal(want, row.NotMailable) {
				t.Errorf("%s with %v: Go says %v, the database %v", row.ExternalID, owned, want, row.NotMailable)
			}
			for _, r := range want {
				counted[r]++
			}
			if len(want) == 0 {
				mailable++
			}
		}
		counts, err := w.Counts(w.ctx, w.practice, petparent.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(counted, counts.Reasons); diff != "" {
			t.Errorf("counts per reason: %s", diff)
		}
		if mailable != 4 || counts.Shows[petparent.ShowNotMailable] != int64(n-mailable) {
			t.Errorf("%d can be mailed, %d of %d cannot", mailable, counts.Shows[petparent.ShowNotMailable], n)
		}
		for _, reason := range petparent.Reasons() {
			page, err := w.List(w.ctx, w.practice, petparent.Filter{Show: petparent.ShowNotMailable, Reason: reason}, "", petparent.MaxLimit)
			if err != nil || int64(len(page.Rows)) != counted[reason] {
				t.Errorf("%s lists %d of %d: %v", reason, len(page.Rows), counted[reason], err)
			}
		}
		if page, err := w.List(w.ctx, w.practice, petparent.Filter{BranchID: "north"}, "", petparent.MaxLimit); err != nil || len(page.Rows) != n/2 {
			t.Errorf("home branch: %d of %d: %v", len(page.Rows), n, err)
		}
	})
}

// TestOrders goes through each order in parts of several sizes: everybody once,
// in the same order as at once, also where times are equal.
func TestOrders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i := range 9 {
			if i%2 == 0 {
				w.clock.Advance(time.Minute)
			}
			w.put(w.practice, single(number(i), "Ann", "Person"+number(8-i), ""))
		}
		w.put(w.other, single("C1", "Ann", "Other", ""))
		order := func(sort petparent.Sort, size int) (externalIDs []string) {
			t.Helper()
			for cursor := ""; ; {
				page, err := w.List(w.ctx, w.practice, petparent.Filter{Query: "ann", Sort: sort}, cursor, size)
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range page.Rows {
					externalIDs = append(externalIDs, row.ExternalID)
				}
				if cursor = page.Next; cursor == "" {
					return externalIDs
				}
			}
		}
		newest := order(petparent.SortNewest, 50)
		if len(newest) != 9 || newest[0] != number(8) {
			t.Errorf("newest first: %q", newest)
		}
		for i, n := range []int{3, 5, 1} { // the last one signed in last, and two at the same moment
			a := w.login(w.only(w.practice, number(n)).ID, "login"+number(n))
			if i != 1 {
				w.clock.Advance(time.Hour)
			}
			w.write(func(tx *db.Tx) error { return w.accounts.SignedIn(w.ctx, tx, w.practice, a.ID, "") })
		}
		last := order(petparent.SortLastSignIn, 50)
		names := order(petparent.SortName, 50)
		if len(last) != 9 || last[0] != number(1) || last[3] != names[0] {
			t.Errorf("last sign-in first: %q, by name %q", last, names)
		}
		for sort, want := range map[petparent.Sort][]string{
			petparent.SortName: names, petparent.SortNewest: newest, petparent.SortLastSignIn: last,
		} {
			for _, size := range []int{1, 2, 4} {
				if diff := cmp.Diff(want, order(sort, size)); diff != "" {
					t.Errorf("%q by %d: %s", sort, size, diff)
				}
			}
		}
		// A cursor belongs to its order.
		page, err := w.List(w.ctx, w.practice, petparent.Filter{Sort: petparent.SortNewest}, "", 2)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.List(w.ctx, w.practice, petparent.Filter{}, page.Next, 2); !complaints(err)["cursor"] {
			t.Errorf("the cursor of another order: %v", err)
		}
	})
}

// TestLocked: who is closed to strangers stands under a chip of their own.
func TestLocked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		limiter := &throttle.Limiter{Clock: w.clock}
		for i, c := range []struct {
			tries  int
			factor string
			locked bool
		}{{99, "password", false}, {100, "password", true}, {100, "failed_since", false}, {100, "password@device", false}, {100, "totp", true}} {
			w.put(w.practice, single(number(i), "Ann", "Person"+number(i), ""))
			row := w.only(w.practice, number(i))
			a := w.login(row.ID, "login"+number(i))
			w.write(func(tx *db.Tx) error {
				_, err := tx.Exec(w.ctx, `INSERT INTO attempt (practice_id, subject, factor, failures, last_at, blocked_until)
					VALUES ($1, $2, $3, $4, $5, 0)`, w.practice, a.ID, c.factor, c.tries, w.clock.Now())
				return err
			})
			if got := w.profile(row.ID).Locked; got != c.locked {
				t.Errorf("%d failures of %s: locked is %t", c.tries, c.factor, got)
			}
			if c.locked {
				w.write(func(tx *db.Tx) error {
					if err := limiter.Reserve(w.ctx, tx, throttle.Key{PracticeID: w.practice, Subject: a.ID, Factor: c.factor}); !errors.Is(err, throttle.ErrDelayed) {
						t.Errorf("the limiter lets a locked one try: %v", err)
					}
					return nil
				})
			}
		}
		page, err := w.List(w.ctx, w.practice, petparent.Filter{Show: petparent.ShowLocked}, "", 0)
		counts, countErr := w.Counts(w.ctx, w.practice, petparent.Filter{})
		if err != nil || countErr != nil || len(page.Rows) != 2 || counts.Shows[petparent.ShowLocked] != 2 {
			t.Errorf("%d listed, %d counted, %v, %v", len(page.Rows), counts.Shows[petparent.ShowLocked], err, countErr)
		}
	})
}
