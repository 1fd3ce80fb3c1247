package pims

import "catflap/internal/petparent"

// system is one practice system: how to know its files and how to read a row.
type system struct {
	name      string    // stored with every id
	label     string    // as people write it
	dateOrder DateOrder // what it writes when the dates themselves do not tell
	bareDates bool      // writes dates as MMDDYY, whose leading zero may be lost
	files     []layout  // read in this order, whatever the order they are given in
}

// layout is one kind of file of a system.
type layout struct {
	kind     string // "clients"
	columns  []column
	clientID string // columns with the ids that a report on a bad row names
	petID    string // "" without
	read     func(*row) facts
	spare    bool                      // an export without it is complete
	facts    map[string]petparent.Fact // what nobody knows without an optional column
}

// column is one column: its name, lower-case, and others by which it is known.
type column struct {
	name    string
	use     use
	aliases []string
}

func col(u use, name string, aliases ...string) column { return column{name, u, aliases} }

// columns lists several of one use.
func columns(u use, names ...string) []column {
	all := make([]column, len(names))
	for i, n := range names {
		all[i] = col(u, n)
	}
	return all
}

// use says what a column is for.
type use int

const (
	unread   use = iota // helps to recognise the file; its values are never read
	optional            // read when it is there
	required            // without it nothing is imported
	dates               // optional, and tells the order of dates
	tells               // tells the order of dates, otherwise never read
	never               // must not be kept anywhere: alarms, keys, card data
)

// systems are those that can be read. A further one is one entry here and one
// file beside this.
func systems() []system {
	return []system{cornerstone(), avimark(), impromed(), vetdata(), ezyvet(), openvpms(), leashtime(), generic()}
}

// facts is what one row says. It points to nothing of other rows, so that rows
// can be joined wherever all of one client are together.
type facts struct {
	ignored bool     // the row is no client, and no mistake
	client  *Client  // what the row says about a client
	about   string   // id of a client whom another row describes; "" where client is set
	pets    []petRow // with their owner; without one the owners are in other rows
	share   *share   // who owns a pet that another row describes
	mails   []mail   // of about
	phone   *phoneRow
	address *addressRow
}

// petRow is a pet with the one owner that its row names.
type petRow struct {
	pet   *Pet
	owner Owner
	loose bool // the row names no owner
}

// share is an owner of a pet, in a row of its own.
type share struct {
	pet   string
	owner Owner
}

// mail is an address in a row of its own.
type mail struct {
	Email
	bad     bool // text, but no address
	primary bool
	closed  bool // must not be written to
	order   int
}

// phoneRow is a number in a row of its own.
type phoneRow struct {
	Phone
	order int
}

// addressRow is a postal address in a row of its own.
type addressRow struct {
	Address
	primary bool
	order   int
}

// System is a practice system that can be read.
type System struct {
	Name  string // as Options.System takes it and Export.System tells it
	Label string // as people know it
}

// Systems lists the systems in the order to show them.
func Systems() []System {
	var all []System
	for _, s := range systems() {
		all = append(all, System{s.name, s.label})
	}
	return all
}

// sole is the owner of a pet where the system knows no shares.
func sole(client string) Owner { return Owner{Client: client, Percentage: "100", Primary: true} }

// petFacts names what nobody knows without these columns.
func petFacts(species, breed, sex, born, died string) map[string]petparent.Fact {
	return map[string]petparent.Fact{
		species: petparent.FactSpecies, breed: petparent.FactBreed, sex: petparent.FactSex,
		born: petparent.FactBorn, died: petparent.FactDied,
	}
}
