package pims

import "catflap/internal/petparent"

// system is one practice system: how to know its files and how to read a row.
type system struct {
	name      string    // stored with every id
	label     string    // as people write it
	dateOrder DateOrder // what it writes when the dates themselves do not tell
	files     []layout  // read in this order, whatever the order they are given in
}

// layout is one kind of file of a system.
type layout struct {
	kind     string // "clients"
	columns  []column
	clientID string // columns with the ids that a report on a bad row names
	petID    string // "" without
	read     func(*row) facts
	facts    map[string]petparent.Fact // what nobody knows without an optional column
}

// column is one column by its name, lower-case.
type column struct {
	name string
	use  use
}

// use says what a column is for.
type use int

const (
	unread   use = iota // helps to recognise the file; its values are never read
	optional            // read when it is there
	required            // without it nothing is imported
	dates               // optional, and tells the order of dates
	tells               // tells the order of dates, otherwise never read
)

// systems are those that can be read. A further one is one entry here and one
// file beside this.
func systems() []system {
	return []system{cornerstone(), generic()}
}

// facts is what one row says. client is nil in rows that only describe a pet,
// pet in rows that only describe a client.
type facts struct {
	client *Client
	pet    *Pet
	owner  Owner // of pet
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
