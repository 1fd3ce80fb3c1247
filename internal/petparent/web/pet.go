package petparentweb

import "catflap/internal/petparent"

// Pets are the person's pets, living ones first.
func (p profilePage) Pets() []petparent.OwnedPet { return p.Person.Pets }
