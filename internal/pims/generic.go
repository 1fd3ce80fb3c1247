package pims

import "catflap/internal/petparent"

// generic reads our own format, for everybody whose system is not listed: one
// row per client and pet, pets known by their owner and name. A list without
// pets needs the four required columns only.
func generic() system {
	return system{
		name: "generic", label: "Generic CSV", dateOrder: YMD,
		files: []layout{{
			kind: "clients", clientID: "client_id", read: genericRow,
			columns: []column{
				col(required, "client_id", "client no", "client number", "customer id", "account", "account number", "owner id"),
				col(required, "first_name", "given name", "fname"), col(required, "last_name", "surname", "family name", "lname"),
				col(required, "email", "email address"),
				col(optional, "phone", "phone number", "telephone"), col(optional, "pet_name", "pet", "patient name", "animal name"), col(optional, "species"), col(optional, "breed"),
				col(optional, "sex", "gender"), col(dates, "dob", "date of birth", "birth date", "birthday"), col(optional, "deceased"),
			},
			facts: map[string]petparent.Fact{
				"phone": petparent.FactPhone + "unknown", "pet_name": petparent.FactPets, "species": petparent.FactSpecies,
				"breed": petparent.FactBreed, "sex": petparent.FactSex, "dob": petparent.FactBorn, "deceased": petparent.FactDeceased,
			},
		}},
	}
}

func genericRow(r *row) facts {
	c := &Client{ID: r.clientID("client_id"), First: r.name("first_name"), Last: r.name("last_name")}
	r.requireName(c)
	r.emails(c, "email")
	r.phone(c, "unknown", "phone")
	if r.allBlank("pet_name", "species", "breed", "dob") {
		return facts{client: c}
	}
	p := &Pet{Name: r.petName("pet_name")}
	p.Key = c.ID + "/" + fold(p.Name)
	r.species(p, "species")
	p.Breed = r.text("breed")
	r.sex(p, "sex")
	p.Born = r.date("dob", "dob")
	p.Deceased = r.yes(r.warnPet, "deceased", "deceased", false)
	return facts{client: c, pets: []petRow{{pet: p, owner: sole(c.ID)}}}
}
