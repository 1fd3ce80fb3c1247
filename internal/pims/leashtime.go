package pims

import (
	"slices"
	"strings"

	"catflap/internal/petparent"
)

// leashtime reads LeashTime's list of clients: one row per client, the pets in
// one cell.
//
// Published (source of an import script): the column names, groups of columns
// whose names begin with mail, alarm, emergency and neighbor, yes or another
// word, pets joined by comma, "&" or "and". Reconstructed: the endings in those
// groups, pets, custom_KeyHook, encoding, separator and dates. How to get into
// the house stands in many of its columns; they are never read.
func leashtime() system {
	return system{
		name: "leashtime", label: "LeashTime", dateOrder: MDY,
		files: []layout{{
			kind: "clients", clientID: "clientid", read: leashtimeRow,
			columns: slices.Concat([]column{
				col(required, "clientid"), col(required, "lname"), col(required, "fname"), col(required, "email"),
				col(optional, "homephone"), col(optional, "cellphone"), col(optional, "workphone"), col(optional, "fax"),
				col(optional, "pager"), col(optional, "lname2"), col(optional, "fname2"), col(optional, "email2"), col(optional, "cellphone2"),
				col(optional, "street1"), col(optional, "street2"), col(optional, "city"), col(optional, "state"), col(optional, "zip"),
				col(required, "active"), col(optional, "pets", "petnames"),
				col(tells, "setupdate"), col(tells, "activationdate"), col(tells, "deactivationdate"),
			}, columns(unread, "alternate", "mailstreet1", "mailstreet2", "mailcity", "mailstate", "mailzip", "prospect", "birthday",
				"vetptr", "vetname", "clinicid", "clinicname", "sittername", "referralname", "mailtohome"),
				columns(never, "notes", "officenotes", "directions", "alarmcompany", "alarmcophone", "alarminfo", "emergencyname",
					"emergencyhomephone", "emergencycellphone", "emergencyhaskey", "neighborname", "neighborhomephone",
					"neighborhaskey", "leashloc", "foodloc", "parkinginfo", "garagegatecode", "nokeyrequired", "custom_keyhook")),
			facts: map[string]petparent.Fact{
				"homephone": petparent.FactPhone + "home", "cellphone": petparent.FactPhone + "cell",
				"workphone": petparent.FactPhone + "work", "fax": petparent.FactPhone + "fax",
				"pager": petparent.FactPhone + "pager", "pets": petparent.FactPets,
			},
		}},
	}
}

func leashtimeRow(r *row) facts {
	c := &Client{ID: r.clientID("clientid"), First: r.name("fname"), Last: r.name("lname")}
	r.requireName(c)
	r.emails(c, "email", "email2")
	c.Address = r.address("", "street1", "street2", "city", "state", "zip")
	for _, kind := range []string{"home", "work", "cell"} {
		r.phone(c, kind, kind+"phone")
	}
	r.phone(c, "fax", "fax")
	r.phone(c, "pager", "pager")
	c.Second = leashtimeSecond(r, c)
	active, _ := readYesNo(r.text("active"))
	c.Inactive = !active
	f := facts{client: c}
	for _, name := range splitPets(r.text("pets")) {
		if longer(name, maxName) {
			r.reject(FieldTooLong, "The name of a pet has more than 200 characters. Shorten it in your practice system and export again.")
		}
		p := &Pet{Key: c.ID + "/" + fold(name), Name: name}
		f.pets = append(f.pets, petRow{pet: p, owner: sole(c.ID)})
	}
	return f
}

// leashtimeSecond reads the second person and marks which addresses are theirs.
func leashtimeSecond(r *row, c *Client) *Person {
	p := &Person{First: r.name("fname2"), Last: r.name("lname2")}
	usable, _ := splitEmails(string(r.raw("email2")))
	for _, address := range usable {
		p.Emails = append(p.Emails, Email{Address: address})
		first, _ := splitEmails(string(r.raw("email")))
		if slices.ContainsFunc(first, func(s string) bool { return fold(s) == fold(address) }) {
			continue
		}
		for i, m := range c.Emails {
			if m.Address == address {
				c.Emails[i].Kind = "second"
			}
		}
	}
	if text := r.text("cellphone2"); text != "" {
		if phone, code := r.table.phone(text, r.country); code != BadPhone {
			phone.Kind = "cell"
			p.Phones = []Phone{phone}
		}
	}
	if p.First == "" && p.Last == "" && p.Emails == nil && p.Phones == nil {
		return nil
	}
	return p
}

// splitPets splits "Rex, Sandy and Max & Tom" at commas, "&" and the word "and".
func splitPets(text string) []string {
	var all, words []string
	end := func() {
		if len(words) > 0 {
			all = append(all, strings.Join(words, " "))
		}
		words = nil
	}
	text = strings.NewReplacer(",", " , ", "&", " & ").Replace(text)
	for _, w := range strings.Fields(text) {
		if w == "," || w == "&" || strings.EqualFold(w, "and") {
			end()
		} else {
			words = append(words, w)
		}
	}
	end()
	return all
}
