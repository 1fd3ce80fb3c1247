package petparentweb

import (
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// petLine is a pet with its dates as people write them.
type petLine struct {
	petparent.OwnedPet
}

// Born is the day of birth, "" when it is unknown.
func (p petLine) Born() string { return ui.PlainDay(p.BornOn) }

// Died is the day of death, "" when it is unknown.
func (p petLine) Died() string { return ui.PlainDay(p.DiedOn) }

// Pets are the person's pets, living ones first.
func (p profilePage) Pets() []petLine {
	lines := make([]petLine, len(p.Person.Pets))
	for i, pet := range p.Person.Pets {
		lines[i] = petLine{pet}
	}
	return lines
}
