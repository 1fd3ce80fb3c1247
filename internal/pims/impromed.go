package pims

import "catflap/internal/petparent"

// impromed reads ImproMed's lists of clients and of patients.
//
// Published: nothing about columns; the sex words MI, MS, FI and FS come from a
// public converter for a product called "Advantage". All else is reconstructed.
func impromed() system {
	return system{
		name: "impromed", label: "ImproMed", dateOrder: YMD,
		files: []layout{{
			kind: "clients", clientID: "clientid", read: impromedClient,
			columns: append([]column{
				col(required, "clientid", "client no", "client number"), col(required, "lastname"), col(required, "firstname"),
				col(optional, "address1", "address", "street"), col(optional, "address2"), col(optional, "city"),
				col(optional, "state"), col(optional, "zip", "zip code", "postal code"),
				col(optional, "homephone", "phone"), col(optional, "workphone"), col(optional, "cellphone", "mobile"),
				col(required, "email", "email1", "email address"), col(optional, "email2"), col(required, "allowemail"),
				col(required, "status", "client status"), col(tells, "dateentered"), col(unread, "clientclass", "class"),
			}, columns(unread, "title", "middleinitial", "notes")...),
			facts: map[string]petparent.Fact{
				"homephone": petparent.FactPhone + "home", "workphone": petparent.FactPhone + "work",
				"cellphone": petparent.FactPhone + "cell",
			},
		}, {
			kind: "patients", clientID: "clientid", petID: "patientid", read: impromedPatient,
			columns: append([]column{
				col(required, "patientid", "patient no", "patient number"), col(required, "clientid", "client no", "client number", "owner id"),
				col(required, "patientname", "name"), col(optional, "species"), col(optional, "breed"), col(optional, "color", "colour"),
				col(optional, "sex", "gender"), col(dates, "birthdate", "date of birth", "dob"), col(dates, "deathdate", "date of death"),
				col(required, "status", "patient status"), col(optional, "microchip", "microchip number"),
			}, columns(unread, "weight", "alert")...),
			facts: petFacts("species", "breed", "sex", "birthdate", "deathdate"),
		}},
	}
}

func impromedClient(r *row) facts {
	c := &Client{ID: r.clientID("clientid"), First: r.name("firstname"), Last: r.name("lastname")}
	r.requireName(c)
	r.emails(c, "email", "email2")
	c.Address = r.address("", "address1", "address2", "city", "state", "zip")
	r.phone(c, "home", "homephone")
	r.phone(c, "work", "workphone")
	r.phone(c, "cell", "cellphone")
	c.Inactive = r.status(r.warnClient, "status") == "inactive"
	c.OptOut = r.optOut("allowemail")
	return facts{client: c}
}

func impromedPatient(r *row) facts {
	owner := r.clientID("clientid")
	p := &Pet{ID: r.petID("patientid"), Name: r.petName("patientname")}
	p.Key = p.ID
	r.species(p, "species")
	p.Breed, p.Colour, p.Chip = r.text("breed"), r.text("color"), r.text("microchip")
	r.sex(p, "sex")
	p.Born, p.Died = r.date("dob", "birthdate"), r.date("dod", "deathdate")
	switch r.status(r.warnPet, "status", "deceased") {
	case "deceased":
		p.Deceased = true
	case "inactive":
		p.Inactive = true
	}
	return facts{about: owner, pets: []petRow{{pet: p, owner: sole(owner)}}}
}
