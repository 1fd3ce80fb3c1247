package pims

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"
)

// digestVersion changes when reading changes in a way that must refresh what
// earlier imports stored.
const digestVersion = 1

// Digest is a SHA-256 of all that the export says about a client and their pets,
// whatever the order of the rows and wherever they stand. An import stores it
// with the household and leaves alone whoever comes with the same one again.
func Digest(c *Client, pets []*Pet) []byte {
	bare := *c
	bare.Place = Place{}
	all := make([]Pet, len(pets))
	for i, p := range pets {
		all[i] = *p
		all[i].Place = Place{}
	}
	slices.SortFunc(all, func(a, b Pet) int { return cmp.Compare(a.Key, b.Key) })
	// Structs of texts, flags and slices: encoding them cannot fail.
	text, _ := json.Marshal(struct {
		Version int
		Client  Client
		Pets    []Pet
	}{digestVersion, bare, all})
	sum := sha256.Sum256(text)
	return sum[:]
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
