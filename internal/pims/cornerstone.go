package pims

import "catflap/internal/petparent"

// cornerstone reads Cornerstone's client and patient report: one row per client
// and patient, patients with several owners once per owner.
//
// Column names are reconstructed from public field lists, not taken from a real
// export. Addresses and comments are not needed and never read.
func cornerstone() system {
	return system{
		name: "cornerstone", label: "Cornerstone", dateOrder: MDY,
		files: []layout{{
			kind: "clients", clientID: "client id", petID: "patient id", read: cornerstoneRow,
			columns: []column{
				{"client id", required}, {"first name", required}, {"last name", required},
				{"client status", required}, {"home phone", optional}, {"work phone", optional},
				{"cell phone", optional}, {"email address", required}, {"allow email", required},
				{"patient id", required}, {"patient name", required}, {"species", optional},
				{"breed", optional}, {"sex", optional}, {"birth date", dates}, {"patient status", required},
				{"deceased date", dates}, {"ownership %", optional}, {"primary owner", optional},
				{"title", unread}, {"classification", unread}, {"address 1", unread}, {"address 2", unread},
				{"city", unread}, {"state/province", unread}, {"postal code", unread}, {"client since", tells},
				{"color", unread}, {"client comments", unread},
			},
			facts: map[string]petparent.Fact{
				"home phone": petparent.FactPhone + "home", "work phone": petparent.FactPhone + "work",
				"cell phone": petparent.FactPhone + "cell", "species": petparent.FactSpecies, "breed": petparent.FactBreed,
				"sex": petparent.FactSex, "birth date": petparent.FactBorn, "deceased date": petparent.FactDied,
				"ownership %": petparent.FactOwnership, "primary owner": petparent.FactOwnership,
			},
		}},
	}
}

func cornerstoneRow(r *row) facts {
	c := &Client{ID: r.clientID("client id"), First: r.name("first name"), Last: r.name("last name")}
	r.requireName(c)
	r.emails(c, "email address")
	r.phone(c, "home", "home phone")
	r.phone(c, "work", "work phone")
	r.phone(c, "cell", "cell phone")
	c.Inactive = r.status(r.warnClient, "client status") == "inactive"
	c.OptOut = cornerstoneOptOut(r)
	if r.allBlank("patient id", "patient name", "species", "breed", "birth date") {
		return facts{client: c}
	}
	p := &Pet{ID: r.petID("patient id"), Name: r.petName("patient name")}
	p.Key = p.ID
	r.species(p, "species")
	p.Breed = r.text("breed")
	r.sex(p, "sex")
	p.Born = r.date("dob", "birth date")
	p.Died = r.date("dod", "deceased date")
	switch r.status(r.warnPet, "patient status", "deceased") {
	case "deceased":
		p.Deceased = true
	case "inactive":
		p.Inactive = true
	}
	primary, said := readYesNo(r.text("primary owner"))
	return facts{client: c, pet: p, owner: Owner{
		Client: c.ID, Percentage: r.percentage("ownership %"), Primary: primary || !said,
	}}
}

// cornerstoneOptOut: an empty cell does not opt out, an unknown word does.
func cornerstoneOptOut(r *row) bool {
	text := r.text("allow email")
	if text == "" {
		return false
	}
	allowed, said := readYesNo(text)
	if !said {
		r.warnClient("allow_email", UnknownWord, text)
	}
	return !allowed
}
