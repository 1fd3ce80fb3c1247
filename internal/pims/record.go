package pims

import "strconv"

// Export is all that one export says, in the order of its rows.
type Export struct {
	System     string     // "cornerstone", "vetdata", ...; part of the key of all clients and pets
	Files      []FileInfo // as given
	Clients    []*Client
	Pets       []*Pet
	Rejected   []Reject
	Duplicates []Place  // exact copies of an earlier row
	Ignored    []Place  // rows that are no data: titles, totals, repeated column names, suppliers
	Codes      []Letter // letters of the practice's own
	Warnings   []Warning
	Unlisted   int // warnings beyond those in Warnings
}

// FileInfo is what was found out about one file.
type FileInfo struct {
	Name        string
	Encoding    Encoding
	Separator   string // one character
	DateOrder   DateOrder
	DateGuessed bool              // no date in the file decides between month-day and day-month: ask
	Never       []string          // columns that are never read, as the file writes them: alarms, keys, card data
	Sure        Sureness          // how sure the recognition is
	HeaderLine  int               // line of the column names
	Columns     int               // how many the header names
	Kind        string            // clients, patients, ...: which of the system's files it is
	Found       map[string]string // our columns and the names under which the file has them
	Missing     []string          // optional columns that the file does not have: their values are unknown, not empty
	Records     int               // rows that are not blank, after the header
	Bytes       int64
	Names       []string   // of the columns as written, without Never
	Open        []Question `json:"-"` // what has to be chosen
	Corrected   bool       // rows that an earlier import rejected, out of its report
}

// Place is where a row stands.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`   // 1 + line feeds before the row's first character
	Record int    `json:"record"` // ordinal among the rows that are not blank, after the header
}

// String is the place as people write it: "clients.csv, line 14".
func (p Place) String() string {
	return p.File + ", line " + strconv.Itoa(p.Line)
}

// Client is one client record: a household, with the one person that these
// systems name.
type Client struct {
	ID           string // as exported; ids are text
	First        string
	Last         string
	Company      string
	Emails       []Email // usable addresses, the primary one first
	EmailProblem string  // "", petparent.EmailMissing or petparent.EmailInvalid
	Phones       []Phone
	Address      Address
	Second       *Person // of the household
	Inactive     bool
	Deleted      bool
	OptOut       bool // of bulk mail
	Place        Place
}

// Person is the second person of a household. Her addresses are among those of
// the client too.
type Person struct {
	First  string
	Last   string
	Emails []Email
	Phones []Phone
}

// Email is an address that can be written to.
type Email struct {
	Address string
	Kind    string // home, work, second (the second person's); "" where the export does not say
}

// Address is where a client lives, as written.
type Address struct {
	Lines      []string
	City       string
	Region     string
	PostalCode string
	Country    string
}

// Phone is a number in E.164, or as it was written when the country or the area
// code is not known.
type Phone struct {
	Kind string `json:"kind"`           // home, work, cell, sms, fax, pager, unknown
	E164 string `json:"e164,omitempty"` // "+12065550152"
	Raw  string `json:"raw,omitempty"`  // only without E164
	Ext  string `json:"ext,omitempty"`  // extension
}

// Pet is one animal with all its owners.
type Pet struct {
	Key      string // the export's id, else owner's id + "/" + folded name
	ID       string // "" where the system exports none
	Name     string
	Species  string // dog, cat, rabbit, bird, horse, guinea_pig, ferret, hamster, reptile, goat, other; "" unknown
	Said     string // the species as written, where it has no word of ours
	Breed    string // as written
	Sex      string // male, female; "" unknown
	Neutered *bool  // nil where the export does not say
	Colour   string // as written
	Chip     string // microchip number as written
	Born     string // YYYY-MM-DD or ""
	Died     string // YYYY-MM-DD or ""
	Deceased bool
	Inactive bool
	Deleted  bool
	Owners   []Owner // the primary one first
	Place    Place
}

// Addresses are the client's e-mail addresses, the primary one first.
func (c *Client) Addresses() []string {
	var all []string
	for _, m := range c.Emails {
		all = append(all, m.Address)
	}
	return all
}

// Owner is a client's share in a pet.
type Owner struct {
	Client     string `json:"client"`
	Percentage string `json:"percentage"` // as exported; the shares of a pet need not add up to 100
	Primary    bool   `json:"primary"`
}

// PetsByClient lists each client's pets in the order of the export. A pet with
// several owners stands with each of them.
func (e *Export) PetsByClient() map[string][]*Pet {
	m := make(map[string][]*Pet, len(e.Clients))
	for _, p := range e.Pets {
		for _, o := range p.Owners {
			m[o.Client] = append(m[o.Client], p)
		}
	}
	return m
}
