package pims

import "catflap/internal/petparent"

// ezyvet reads ezyVet's lists of contacts and of animals.
//
// Published: that contacts and animals are separate, that each animal has an
// owner, and ISO dates. Reconstructed: the column names and the words for yes and
// no. Suppliers and referring practices stand among the contacts and are ignored.
func ezyvet() system {
	return system{
		name: "ezyvet", label: "ezyVet", dateOrder: YMD,
		files: []layout{{
			kind: "clients", clientID: "contact code", read: ezyvetContact,
			columns: append([]column{
				col(required, "contact code", "contact id", "contact number"), col(required, "first name"), col(required, "last name"),
				col(optional, "business name", "company"), col(optional, "is customer", "customer"), col(required, "active", "is active"),
				col(required, "email", "email address"), col(optional, "alternate email", "email 2"),
				col(optional, "mobile", "mobile phone"), col(optional, "home phone", "phone"), col(optional, "work phone"),
				col(optional, "physical street 1"), col(optional, "physical street 2"), col(optional, "physical city", "physical suburb"),
				col(optional, "physical region", "physical state"), col(optional, "physical post code", "physical postal code"),
				col(optional, "physical country"), col(required, "email opt out", "opt out of email"),
				col(tells, "created date", "created"),
			}, columns(unread, "title", "notes")...),
			facts: map[string]petparent.Fact{
				"home phone": petparent.FactPhone + "home", "work phone": petparent.FactPhone + "work",
				"mobile": petparent.FactPhone + "cell",
			},
		}, {
			kind: "patients", clientID: "owner contact code", petID: "animal code", read: ezyvetAnimal,
			columns: append([]column{
				col(required, "animal code", "animal id", "animal number"), col(required, "animal name"),
				col(required, "owner contact code", "owner code", "owner contact id"), col(optional, "species"), col(optional, "breed"),
				col(optional, "colour", "color"), col(optional, "sex", "gender"), col(dates, "date of birth", "birth date", "dob"),
				col(required, "is deceased", "deceased"), col(dates, "date of death", "death date"), col(required, "active", "is active"),
				col(optional, "microchip number", "microchip"),
			}, columns(unread, "owner last name", "weight (kg)")...),
			facts: petFacts("species", "breed", "sex", "date of birth", "date of death"),
		}},
	}
}

func ezyvetContact(r *row) facts {
	if customer, said := readYesNo(r.text("is customer")); said && !customer {
		return facts{ignored: true}
	}
	c := &Client{ID: r.clientID("contact code"), First: r.name("first name"), Last: r.name("last name"), Company: r.name("business name")}
	r.requireName(c)
	r.emails(c, "email", "alternate email")
	c.Address = r.address("physical country", "physical street 1", "physical street 2", "physical city", "physical region", "physical post code")
	r.phone(c, "home", "home phone")
	r.phone(c, "work", "work phone")
	r.phone(c, "cell", "mobile")
	c.Inactive = !r.yes(r.warnClient, "status", "active", true)
	c.OptOut = r.yes(r.warnClient, "allow_email", "email opt out", false)
	return facts{client: c}
}

func ezyvetAnimal(r *row) facts {
	owner := r.clientID("owner contact code")
	p := &Pet{ID: r.petID("animal code"), Name: r.petName("animal name")}
	p.Key = p.ID
	r.species(p, "species")
	p.Breed, p.Colour, p.Chip = r.text("breed"), r.text("colour"), r.text("microchip number")
	r.sex(p, "sex")
	p.Born, p.Died = r.date("dob", "date of birth"), r.date("dod", "date of death")
	p.Deceased = r.yes(r.warnPet, "deceased", "is deceased", false)
	p.Inactive = !r.yes(r.warnPet, "status", "active", true) && !p.Deceased
	return facts{about: owner, pets: []petRow{{pet: p, owner: sole(owner)}}}
}
