package pims

import (
	"strings"

	"catflap/internal/petparent"
)

// avimark reads a report of AVImark's that was printed to Excel: a title, the
// column names, one row per client and patient, totals.
//
// Published: that reports can be printed to Excel, the fields of the new-client
// window, dates typed as MMDDYY, and that each practice defines what its letters
// mean. Reconstructed: the other columns, their order, title and totals, sex
// letters (N and S are neutered).
func avimark() system {
	return system{
		name: "avimark", label: "AVImark", dateOrder: MDY, bareDates: true,
		files: []layout{{
			kind: "clients", clientID: "account", read: avimarkRow,
			columns: append([]column{
				col(required, "account", "account no", "account number", "client id", "client no", "client number"),
				col(required, "last", "last name"), col(required, "first", "first name"),
				col(optional, "address", "address 1", "street"), col(optional, "address 2", "street 2"),
				col(optional, "city", "town"), col(optional, "state"), col(optional, "zip", "zip code", "postal code"),
				col(optional, "phone", "home", "home phone"), col(optional, "work", "work phone"),
				col(optional, "cell", "cell phone", "mobile"), col(required, "e-mail", "email address"),
				col(required, "codes", "client codes"), col(tells, "added", "date added"),
				col(required, "patient", "patient name"), col(optional, "species"), col(optional, "breed"),
				col(optional, "color", "colour"), col(optional, "sex", "gender"),
				col(dates, "birthday", "birth date", "birthdate", "date of birth", "dob"),
				col(required, "patient codes"), col(never, "ssn", "social security number"),
			}, columns(unread, "title", "county", "weight", "rabies tag")...),
			facts: map[string]petparent.Fact{
				"phone": petparent.FactPhone + "home", "work": petparent.FactPhone + "work",
				"cell": petparent.FactPhone + "cell", "species": petparent.FactSpecies, "breed": petparent.FactBreed,
				"sex": petparent.FactSex, "birthday": petparent.FactBorn,
			},
		}},
	}
}

func avimarkRow(r *row) facts {
	c := &Client{ID: r.clientID("account"), First: r.name("first"), Last: r.name("last")}
	r.requireName(c)
	r.emails(c, "e-mail")
	c.Address = r.address("", "address", "address 2", "city", "state", "zip")
	r.phone(c, "home", "phone")
	r.phone(c, "work", "work")
	r.phone(c, "cell", "cell")
	said := r.codes("client", "codes", strings.TrimSpace(c.First+" "+c.Last), r.table.codes.Client)
	c.Inactive, c.OptOut = said[MeansInactive], said[MeansOptOut]
	if r.allBlank("patient", "species", "breed", "birthday") {
		return facts{client: c}
	}
	p := &Pet{Name: r.petName("patient")}
	p.Key = c.ID + "/" + fold(p.Name)
	r.species(p, "species")
	p.Breed, p.Colour = r.text("breed"), r.text("color")
	r.sexLetters(p, "sex", "n", "s")
	p.Born = r.date("dob", "birthday")
	said = r.codes("pet", "patient codes", p.Name, r.table.codes.Pet)
	p.Deceased = said[MeansDeceased]
	p.Inactive = said[MeansInactive] && !p.Deceased
	return facts{client: c, pets: []petRow{{pet: p, owner: sole(c.ID)}}}
}
