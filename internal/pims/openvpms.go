package pims

import "catflap/internal/petparent"

// openvpms reads OpenVPMS' export of reminders: one row per patient and reminder.
// Inactive clients, deceased pets and clients without pets are not in it.
//
// Published (source of the export): the 29 columns and their order, UTF-8, ISO
// dates, a separator set per practice. Reconstructed: the words for sex and
// species.
func openvpms() system {
	return system{
		name: "openvpms", label: "OpenVPMS", dateOrder: YMD,
		files: []layout{{
			kind: "clients", clientID: "customer identifier", petID: "patient identifier", read: openvpmsRow,
			columns: append([]column{
				col(required, "customer identifier", "customer id"), col(required, "customer first name"),
				col(required, "customer surname", "customer last name"), col(optional, "company name", "company"),
				col(optional, "customer street address", "customer address"), col(optional, "customer suburb", "customer city"),
				col(optional, "customer state"), col(optional, "customer postcode", "customer postal code"),
				col(optional, "customer phone"), col(optional, "customer sms", "customer mobile"), col(required, "customer email"),
				col(required, "patient identifier", "patient id"), col(required, "patient name"), col(optional, "patient species"),
				col(optional, "patient breed"), col(optional, "patient sex"), col(optional, "patient colour", "patient color"),
				col(dates, "patient date of birth", "patient birth date"),
				col(tells, "reminder due date"), col(tells, "reminder last sent date"), col(tells, "patient weight date"),
			}, columns(unread, "customer title", "customer initials", "reminder type identifier", "reminder type name",
				"reminder count", "patient weight", "patient weight units", "practice location")...),
			facts: map[string]petparent.Fact{
				"customer phone": petparent.FactPhone + "home", "customer sms": petparent.FactPhone + "sms",
				"patient species": petparent.FactSpecies, "patient breed": petparent.FactBreed,
				"patient sex": petparent.FactSex, "patient date of birth": petparent.FactBorn,
			},
		}},
	}
}

func openvpmsRow(r *row) facts {
	c := &Client{ID: r.clientID("customer identifier"), First: r.name("customer first name"), Last: r.name("customer surname"),
		Company: r.name("company name")}
	r.requireName(c)
	r.emails(c, "customer email")
	c.Address = r.address("", "customer street address", "", "customer suburb", "customer state", "customer postcode")
	r.phone(c, "home", "customer phone")
	r.phone(c, "sms", "customer sms")
	p := &Pet{ID: r.petID("patient identifier"), Name: r.petName("patient name")}
	p.Key = p.ID
	r.species(p, "patient species")
	p.Breed, p.Colour = r.text("patient breed"), r.text("patient colour")
	r.sex(p, "patient sex")
	p.Born = r.date("dob", "patient date of birth")
	return facts{client: c, pets: []petRow{{pet: p, owner: sole(c.ID)}}}
}
