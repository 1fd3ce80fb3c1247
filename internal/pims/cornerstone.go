package pims

import "catflap/internal/petparent"

// cornerstone reads Cornerstone's client and patient report: one row per client
// and patient, patients with several owners once per owner.
//
// Column names are reconstructed from public field lists, not taken from a real
// export. Comments are not needed and never read.
func cornerstone() system {
	return system{
		name: "cornerstone", label: "Cornerstone", dateOrder: MDY,
		files: []layout{{
			kind: "clients", clientID: "client id", petID: "patient id", read: cornerstoneRow,
			columns: []column{
				col(required, "client id", "client no", "client number"), col(required, "first name", "client first name"), col(required, "last name", "client last name"),
				col(required, "client status"), col(optional, "home phone"), col(optional, "work phone"),
				col(optional, "cell phone", "mobile phone"), col(required, "email address", "email"), col(required, "allow email", "allow e-mail"),
				col(required, "patient id", "patient no", "patient number"), col(required, "patient name"), col(optional, "species"),
				col(optional, "breed"), col(optional, "sex", "gender"), col(dates, "birth date", "date of birth", "dob"), col(required, "patient status"),
				col(dates, "deceased date", "date of death"), col(optional, "ownership %", "ownership percent", "ownership percentage"), col(optional, "primary owner"),
				col(unread, "title"), col(unread, "classification"), col(optional, "address 1", "address", "street"), col(optional, "address 2"),
				col(optional, "city"), col(optional, "state/province", "state", "province"),
				col(optional, "postal code", "zip", "zip code"), col(tells, "client since"),
				col(optional, "color", "colour"), col(unread, "client comments"),
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
	c.Address = r.address("", "address 1", "address 2", "city", "state/province", "postal code")
	r.phone(c, "home", "home phone")
	r.phone(c, "work", "work phone")
	r.phone(c, "cell", "cell phone")
	c.Inactive = r.status(r.warnClient, "client status") == "inactive"
	c.OptOut = r.optOut("allow email")
	if r.allBlank("patient id", "patient name", "species", "breed", "birth date") {
		return facts{client: c}
	}
	p := &Pet{ID: r.petID("patient id"), Name: r.petName("patient name")}
	p.Key = p.ID
	r.species(p, "species")
	p.Breed, p.Colour = r.text("breed"), r.text("color")
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
	return facts{client: c, pets: []petRow{{pet: p, owner: Owner{
		Client: c.ID, Percentage: r.percentage("ownership %"), Primary: primary || !said,
	}}}}
}
