package petparentweb_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

func TestListGuard(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Browser().Get("/paws/pet-parents/pet-app").Want(t, 200, "Password") // led to the sign-in page
		security := w.Enter("paws", w.Hire(w.clinic, "Sam Secure", "sam@paws.example", role.SecurityManager, w.clinic.North.ID), "")
		for _, path := range []string{"/paws/pet-parents/pet-app", "/paws/pet-parents/search?q=ken", page(w.ken)} {
			security.Get(path).Want(t, 403, "Your role in this branch does not allow this").Without(t, "Ken Ito")
		}
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		stranger.Get("/other/pet-parents/pet-app").Want(t, 200, "Fay Foreign").Without(t, "Ken Ito", "Bea Brown")
		stranger.Get("/paws/pet-parents/pet-app").Without(t, "Ken Ito")
		stranger.Get("/other/pet-parents/"+w.ken).Want(t, 404).Without(t, "Ken Ito")
	})
}

func TestSearch(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.bea, "bea.brown", false)
		b := w.desk()
		for _, row := range []struct {
			query      string
			want, lack []string
		}{
			{"", []string{"Ken Ito", "Aya Ito", "Bea Brown", "View Details", "Biscuit, Mochi"}, nil},
			{"q=ITO", []string{"Ken Ito", "Aya Ito"}, []string{"Bea Brown"}},
			{"q=ken%40example", []string{"Ken Ito"}, []string{"Aya Ito", "Bea Brown"}},
			{"q=206-555-0152", []string{"Ken Ito"}, []string{"Bea Brown"}},
			{"q=bea.bro", []string{"Bea Brown"}, []string{"Ken Ito"}},
			{"q=hops", []string{"Bea Brown"}, []string{"Ken Ito"}},
			{"q=ken+mochi", []string{"Ken Ito"}, []string{"Aya Ito"}},
			{"q=%25", []string{"Nobody matches"}, []string{"Ken Ito"}},
			{"show=invited", []string{"Bea Brown"}, []string{"Ken Ito"}},
			{"show=not_invited", []string{"Ken Ito"}, []string{"Bea Brown"}},
			{"reason=no_email&counts=yes", []string{"Bea Brown", "Cannot be mailed <b>1</b>", "All <b>3</b>"}, []string{"Ken Ito", "Count them"}},
			{"invitation=sent", []string{"Bea Brown"}, []string{"Ken Ito"}},
			{"invitation=not_invited&q=ito", []string{"Ken Ito", "Aya Ito"}, []string{"Bea Brown"}},
			{"invitation=finished", []string{"Nobody matches"}, []string{"Ken Ito"}},
			{"show=locked", []string{"Nobody matches"}, []string{"Bea Brown"}},
			{"sort=newest&q=b", []string{"On record since", "Bea Brown"}, nil},
			{"sort=last_sign_in", []string{"Never signed in", "Ken Ito"}, nil},
			{"q=rown", []string{"Bea Brown"}, []string{"Ken Ito"}},
			{"q=ken+ito&open=yes", []string{"<h1><bdi>Ken Ito</bdi></h1>", "System Login"}, nil}, // the only one
			{"q=ito&open=yes", []string{"<h1>Pet App</h1>", "Ken Ito", "Aya Ito"}, nil},
			{"branch=" + w.clinic.South.ID, []string{"Bea Brown"}, []string{"Ken Ito"}},
			{"q=nobody", []string{"Nobody matches", "Show all pet parents"}, []string{"Ken Ito"}},
		} {
			b.Get("/paws/pet-parents/pet-app?"+row.query).Want(t, 200, row.want...).Without(t, row.lack...)
		}
		b.Get("/paws/pet-parents/pet-app?show=everybody").Want(t, 422, "Choose one of the filters")
		b.Get("/paws/pet-parents/pet-app?invitation=x").Want(t, 422, "Choose one of the states")
		b.Get("/paws/pet-parents/pet-app?sort=x").Want(t, 422, "Choose one of the orders")
		b.Get("/paws/pet-parents/pet-app?cursor=x").Want(t, 422)

		b.Get("/paws/pet-parents/search?q=mochi").Want(t, 200, "Ken Ito", "Aya Ito").Without(t, "<html", "Bea")
		b.Get("/paws/pet-parents/search?q=").Want(t, 200).Without(t, "Ken Ito")
		b.Get("/paws/pet-parents/search?q=mochi").Want(t, 200, `role="option"`, "2 pet parents match", "ken@example.com", "Biscuit, Mochi").Without(t, "Clover")
		b.Get("/paws/pet-parents/search?q=kEn+206").Want(t, 200, "1 pet parent matches", "Ken Ito").Without(t, "Aya")
		b.Get("/paws/pet-parents/search?q=zzz").Want(t, 200, "Nobody matches", "pet-app?q=zzz").Without(t, "Ken Ito")
		b.Get("/paws/pet-parents/search?q=och").Want(t, 200, "Ken Ito", "Aya Ito") // in the middle of Mochi
		b.Get("/paws/pet-parents/search?q=oc").Want(t, 200, "Nobody matches")
	})
}

// TestCounts: the numbers come after the list, with the same filter.
func TestCounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		b.Get("/paws/pet-parents/pet-app?branch="+w.clinic.North.ID).
			Want(t, 200, `hx-trigger="load"`, "counts=yes", "Count them").Without(t, "All <b>", "Locked <b>")
		part := w.part(b, "/paws/pet-parents/pet-app?counts=yes&branch="+w.clinic.North.ID)
		part.Want(t, 200, "All <b>2</b>", "Not invited <b>2</b>", "Locked <b>0</b>", "2 pet parents").Without(t, "<html", "Ken Ito", "hx-get")
		w.part(b, "/paws/pet-parents/pet-app?counts=yes&show=x").Want(t, 422)
	})
}

// part is what htmx gets.
func (w *world) part(b *apptest.Browser, path string) apptest.Page {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodGet, w.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("HX-Request", "true")
	res, err := b.Client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return apptest.Page{Status: res.StatusCode, Body: string(body)}
}

// TestRowsPart: what htmx asks for is the rows alone, with their chips.
func TestRowsPart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		part := w.part(b, "/paws/pet-parents/pet-app?q=brown")
		part.Want(t, 200, "Bea Brown", `id="list"`, "q=brown", "1 pet parent").Without(t, "<html", "<h1", "Ken Ito")
	})
}

func TestLoadMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range petparent.DefaultLimit {
			w.put(w.clinic, many(i))
		}
		b := w.desk()
		seen := map[string]int{}
		path := "/paws/pet-parents/pet-app"
		for pages := 0; path != "" && pages < 5; pages++ {
			body := b.Get(path).Want(t, 200).Body
			for _, m := range regexp.MustCompile(`<th scope="row"><a[^>]*><bdi>([^<]*)`).FindAllStringSubmatch(body, -1) {
				seen[m[1]]++
			}
			path = ""
			if m := regexp.MustCompile(`id="more"><a[^>]* href="([^"]*cursor=[^"]*)"`).FindStringSubmatch(body); m != nil {
				path = strings.ReplaceAll(m[1], "&amp;", "&")
			}
		}
		if len(seen) != petparent.DefaultLimit+3 {
			t.Errorf("%d people on all pages", len(seen))
		}
		for name, n := range seen {
			if n != 1 {
				t.Errorf("%s stands %d times", name, n)
			}
		}
	})
}

func TestEmptyList(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		a.Enter("paws", c.Administrator, c.North.ID).Get("/paws/pet-parents/pet-app").Want(t, 200, "No pet parents yet", "Import a file")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		a.Enter("paws", vet, "").Get("/paws/pet-parents/pet-app").Want(t, 200, "No pet parents yet").Without(t, "Import a file")
	})
}

// TestNamesAreWords: what comes from an import is never markup.
func TestNamesAreWords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const evil = `<script>alert(1)</script>`
		w.put(w.clinic, petparent.HouseholdInput{
			System: "generic", ExternalID: evil, Company: `"><img src=x onerror=alert(2)>`, Active: true,
			People: []petparent.PersonInput{{FirstName: evil, LastName: "Zed", Emails: []string{"zed@example.com"}}},
			Pets:   []petparent.PetInput{{ExternalID: "evil", Name: evil, Species: "dog", Breed: evil}},
		})
		zed := w.find(w.clinic, "zed")
		b := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		for _, path := range []string{
			"/paws/pet-parents/pet-app?q=" + url.QueryEscape(evil), "/paws/pet-parents/search?q=zed", page(zed), page(zed, "pets"),
			page(zed, "communication"), page(zed, "activity"), page(zed, "edit"),
		} {
			body := b.Get(path).Want(t, 200).Body
			if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
				t.Errorf("%s: a name is markup", path)
			}
		}
	})
}
