package pims

import (
	"strconv"
	"strings"

	"catflap/internal/petparent"
)

// vetdata reads VetData's six files: clients, patients, their relationship,
// e-mails, phones and addresses. All are needed but the last three.
//
// Published (entity pages of VetData/Covetrus): all columns, including the
// spelling ClientD, their types, "5467|Client", the type words of phones.
// Reconstructed: how dates and bits are written, and the values of codes.
func vetdata() system {
	link := func(u use) []column {
		return []column{
			col(u, "relationshippmsid"), col(optional, "relationshipid"), col(required, "relationshiptype"),
		}
	}
	keys := columns(unread, "[key]", "pmsid")
	file := func(kind, client, pet string, read func(*row) facts, facts map[string]petparent.Fact, lists ...[]column) layout {
		l := layout{kind: kind, clientID: client, petID: pet, read: read, facts: facts}
		for _, cs := range lists {
			l.columns = append(l.columns, cs...)
		}
		return l
	}
	spare := func(l layout) layout { l.spare = true; return l }
	return system{
		name: "vetdata", label: "VetData", dateOrder: YMD,
		files: []layout{
			file("clients", "pmsid", "", vetdataClient, nil, []column{
				col(required, "lastname"), col(required, "firstname"), col(required, "isdeleted"), col(required, "inactive"),
				col(required, "pmsid"), col(tells, "entereddate"), col(tells, "firstvisitdate"), col(tells, "lastvisitdate"),
			}, columns(unread, "siteid", "middlename", "fullname", "prefix", "suffix", "suspendreminders", "emailreminders",
				"enteredby", "preferredproviderid", "visitcount", "[key]")),
			file("patients", "", "pmsid", vetdataPatient, petFacts("speciesdescription", "breed1description", "genderdescription", "dateofbirth", "dateofdeath"),
				[]column{
					col(required, "name", "patientname"), col(required, "isdeleted"), col(dates, "dateofbirth"), col(dates, "dateofdeath"),
					col(optional, "speciesdescription", "species"), col(optional, "breed1description", "breed"),
					col(optional, "colordescription", "color"), col(optional, "genderdescription", "gender"),
					col(optional, "isspayedorneutered"), col(required, "isdeceased"), col(required, "inactive"), col(required, "pmsid"),
					col(optional, "microchip", "microchipnumber"),
					col(tells, "entereddate"), col(tells, "firstvisitdate"), col(tells, "lastvisitdate"),
				}, columns(unread, "siteid", "speciesid", "speciescode", "allergy", "breed1code", "breed2code", "breed2description",
					"ismixedbreed", "colorcode", "markings", "genderid", "gendercode", "weight", "weightunit", "providerid",
					"providername", "suspendreminders", "[key]")),
			spare(file("addresses", "relationshippmsid", "", vetdataAddress, nil, link(required), []column{
				col(required, "line1"), col(optional, "line2"), col(optional, "city"), col(optional, "state"),
				col(optional, "postalcode", "zip"), col(optional, "country"), col(optional, "isprimary"), col(optional, "sequence"),
			}, keys, columns(unread, "type", "county", "donotcontact"))),
			file("emails", "relationshippmsid", "", vetdataEmail, nil, link(required), []column{
				col(required, "address", "email"), col(optional, "type"), col(optional, "sequence"), col(optional, "isprimary"),
				col(required, "donotcontact"),
			}, keys),
			file("phones", "relationshippmsid", "", vetdataPhone, nil, link(required), []column{
				col(required, "number", "phone"), col(optional, "type"), col(optional, "extension"), col(optional, "sequence"),
			}, keys, columns(unread, "typeid", "description", "isprimary", "donotcontact")),
			file("owners", "clientpmsid", "", vetdataOwner, nil, []column{
				col(required, "clientpmsid"), col(required, "patientpmsid"), col(optional, "percentage"), col(optional, "isprimary"),
			}, keys, columns(unread, "clientd", "clientid", "patientid", "type")),
		},
	}
}

func vetdataClient(r *row) facts {
	c := &Client{ID: r.clientID("pmsid"), First: r.name("firstname"), Last: r.name("lastname"), EmailProblem: petparent.EmailMissing}
	r.requireName(c)
	c.Deleted = r.yes(r.warnClient, "status", "isdeleted", false)
	c.Inactive = r.yes(r.warnClient, "status", "inactive", false)
	return facts{client: c}
}

func vetdataPatient(r *row) facts {
	p := &Pet{ID: r.petID("pmsid"), Name: r.petName("name")}
	p.Key = p.ID
	r.species(p, "speciesdescription")
	p.Breed, p.Colour, p.Chip = r.text("breed1description"), r.text("colordescription"), r.text("microchip")
	r.sex(p, "genderdescription")
	if neutered, said := readYesNo(r.text("isspayedorneutered")); said {
		p.Neutered = &neutered
	}
	p.Born, p.Died = r.date("dob", "dateofbirth"), r.date("dod", "dateofdeath")
	p.Deleted = r.yes(r.warnPet, "status", "isdeleted", false)
	p.Deceased = r.yes(r.warnPet, "deceased", "isdeceased", false)
	p.Inactive = r.yes(r.warnPet, "status", "inactive", false)
	return facts{pets: []petRow{{pet: p, loose: true}}}
}

// vetdataLink is the client to whom a row of another file belongs; ours is false
// for rows about staff, sites and the like.
func vetdataLink(r *row) (client string, ours bool) {
	if kind := r.text("relationshiptype"); kind != "" && !strings.EqualFold(kind, "client") {
		return "", false
	}
	if client = r.name("relationshippmsid"); client == "" {
		client, _, _ = strings.Cut(r.name("relationshipid"), "|")
		client = strings.TrimSpace(client)
	}
	if client == "" {
		client = r.clientID("relationshippmsid")
	}
	return client, true
}

// sequence is a place in the client's own order; those without come last.
func (r *row) sequence(column string) int {
	n, err := strconv.Atoi(r.text(column))
	if err != nil {
		return 1 << 30
	}
	return n
}

func vetdataAddress(r *row) facts {
	client, ours := vetdataLink(r)
	primary, _ := readYesNo(r.text("isprimary"))
	return facts{ignored: !ours, about: client, address: &addressRow{
		r.address("country", "line1", "line2", "city", "state", "postalcode"), primary, r.sequence("sequence"),
	}}
}

func vetdataEmail(r *row) facts {
	client, ours := vetdataLink(r)
	f := facts{ignored: !ours, about: client}
	primary, _ := readYesNo(r.text("isprimary"))
	closed := r.yes(r.warnClient, "allow_email", "donotcontact", false)
	kind := strings.ToLower(r.text("type"))
	var c Client
	r.emails(&c, "address")
	for _, m := range c.Emails {
		f.mails = append(f.mails, mail{Email: Email{m.Address, kind}, primary: primary, closed: closed, order: r.sequence("sequence")})
	}
	if c.EmailProblem == petparent.EmailInvalid {
		f.mails = append(f.mails, mail{bad: true})
	}
	return f
}

func vetdataPhone(r *row) facts {
	client, ours := vetdataLink(r)
	f := facts{ignored: !ours, about: client}
	kind := strings.ToLower(r.text("type"))
	switch kind {
	case "mobile", "cellular":
		kind = "cell"
	case "":
		kind = "unknown"
	}
	var c Client
	r.phone(&c, kind, "number")
	for _, p := range c.Phones {
		if ext := r.text("extension"); ext != "" {
			p.Ext = ext
		}
		f.phone = &phoneRow{p, r.sequence("sequence")}
	}
	return f
}

func vetdataOwner(r *row) facts {
	client := r.clientID("clientpmsid")
	primary, said := readYesNo(r.text("isprimary"))
	return facts{about: client, share: &share{pet: r.petID("patientpmsid"), owner: Owner{
		Client: client, Percentage: r.percentage("percentage"), Primary: primary || !said,
	}}}
}
