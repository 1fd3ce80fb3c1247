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
				{"client_id", required}, {"first_name", required}, {"last_name", required}, {"email", required},
				{"phone", optional}, {"pet_name", optional}, {"species", optional}, {"breed", optional},
				{"sex", optional}, {"dob", dates}, {"deceased", optional},
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
	if text := r.text("deceased"); text != "" {
		yes, said := readYesNo(text)
		if p.Deceased = yes; !said {
			r.warnPet("deceased", UnknownWord, text)
		}
	}
	return facts{client: c, pet: p, owner: Owner{Client: c.ID, Percentage: "100", Primary: true}}
}
