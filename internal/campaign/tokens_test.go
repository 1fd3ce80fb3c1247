package campaign

import (
	"slices"
	"testing"

	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

func TestTokens(t *testing.T) {
	h := House{
		Practice: practice.Practice{Name: "Paws", Phone: "1", Email: "desk@paws.example", Hours: "Mon", Policy: practice.DefaultPolicy()},
		Branches: []practice.Branch{{ID: "n", Name: "North", Phone: "2"}, {ID: "s", Name: "South"}}, LoginURL: "https://paws.example/login",
	}
	got := h.Tokens(Recipient{
		Person: petparent.PetParent{FirstName: "Grace", LastName: "Hopper"}, HomeBranch: "n", LoginID: "grace",
		Pets: []petparent.Pet{{Name: "Bit"}, {Name: "Old", Deceased: true}, {Name: "Gone", Inactive: true}, {Name: "Nano"}, {Name: "No", Deleted: true}},
	})
	for name, want := range map[string]string{
		"name": "Grace Hopper", "first_name": "Grace", "pets": "Bit, Nano", "login_id": "grace", "valid_for": "72 hours", "link_valid_for": "7 days",
		"practice_phone": "2", "practice_email": "desk@paws.example", "branch": "North", "login_url": "https://paws.example/login",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if n := h.Tokens(Recipient{Company: "Farm Ltd"}); n["name"] != "Farm Ltd" || n["branch"] != "" || n["practice_phone"] != "1" {
		t.Errorf("of a company: %v", n)
	}
	// Every token of the list has a value here, and nothing else is made.
	for _, d := range mail.ClientTokens() {
		if _, made := got[d.Name]; made == d.Secret && d.Name != "address" {
			t.Errorf("{{%s}}: made %v, secret %v", d.Name, made, d.Secret)
		}
	}
	for name := range got {
		if !slices.ContainsFunc(mail.ClientTokens(), func(d mail.Described) bool { return d.Name == name }) {
			t.Errorf("{{%s}} is on no list", name)
		}
	}
}
