package pims

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strconv"

	"catflap/internal/foundation/fault"
)

// Limits of one export. Beyond the first two it is no client list; beyond
// maxRecords it would not fit into memory beside a serving Catflap.
const (
	mayReject   = 1_000   // rows, when they are also more than half of all
	maxRejects  = 20_000  // rows, in any case
	maxRecords  = 250_000 // of one file
	maxWarnings = 5_000   // beyond these they are only counted
	maxOwners   = 20      // of one pet
	maxPets     = 5_000   // of one client: they are taken over in one transaction
)

// gather builds an Export from rows.
type gather struct {
	export  *Export
	clients map[string]*Client
	pets    map[string]*Pet
	owned   map[string]int        // pets, by client
	seen    map[[16]byte]struct{} // digests of accepted rows
	loose   map[string]*Pet       // whose rows name no owner, by key, until one is named
	linked  map[string]*linked
	letters letters
	records int
	scratch []byte
}

func newGather() *gather {
	return &gather{export: &Export{}, clients: map[string]*Client{}, pets: map[string]*Pet{}, owned: map[string]int{}, seen: map[[16]byte]struct{}{},
		loose: map[string]*Pet{}, linked: map[string]*linked{}}
}

// add takes one row of a table. The error ends the import.
func (g *gather) add(r *row, header bool) error {
	if g.records++; r.place.Record > maxRecords {
		return fault.New(fault.TooLarge, "import-too-many-rows", fmt.Sprintf(
			"%s: a file may have at most %d rows. Export the clients in parts and import them one after the other.", r.place, maxRecords))
	}
	if header {
		g.export.Ignored = append(g.export.Ignored, r.place)
		return nil
	}
	if r.rejected == nil {
		key := g.digest(r)
		if _, twice := g.seen[key]; twice {
			g.export.Duplicates = append(g.export.Duplicates, r.place)
			return nil
		}
		f := r.table.layout.read(r)
		if f.ignored {
			g.export.Ignored = append(g.export.Ignored, r.place)
			return nil
		}
		if g.clashes(r, f); r.rejected == nil {
			g.seen[key] = struct{}{}
			g.take(r, f)
			return nil
		}
	}
	r.rejected.cells = r.kept()
	g.export.Rejected = append(g.export.Rejected, *r.rejected)
	return g.tooManyRejects()
}

func (g *gather) tooManyRejects() error {
	n := len(g.export.Rejected)
	if n <= maxRejects && (n <= mayReject || n <= g.records/2) {
		return nil
	}
	first := g.export.Rejected[0]
	return unreadable("import-mostly-unreadable", fmt.Sprintf(
		"%s is the first of %d rows that cannot be read: %s Nothing was imported.", first.Place, n, first.Message))
}

// digest names a row by its cells exactly as written.
func (g *gather) digest(r *row) [16]byte {
	g.scratch = append(g.scratch[:0], r.table.layout.kind...)
	for _, c := range r.cells {
		g.scratch = append(strconv.AppendInt(append(g.scratch, ' '), int64(len(c)), 10), ' ')
		g.scratch = append(g.scratch, c...)
	}
	sum := sha256.Sum256(g.scratch)
	return [16]byte(sum[:16])
}

// clashes rejects rows under the id of somebody else: a person must never be
// shown another person's pets.
func (g *gather) clashes(r *row, f facts) {
	if f.client != nil {
		if first, ok := g.clients[f.client.ID]; ok && otherName(first, f.client) {
			r.reject(ClientIDReused, fmt.Sprintf(
				"%s has another person under this client number. Give one of them a new number and export again.", first.Place))
		}
	}
	if f.about != "" && g.clients[f.about] == nil {
		r.reject(UnknownClient, "No client has this number, or the row about that client could not be read. Export all clients again.")
	}
	for _, p := range f.pets {
		g.petClashes(r, p)
	}
	if f.share == nil {
		return
	}
	if p := g.pets[f.share.pet]; p == nil {
		r.reject(UnknownPatient, "No pet has this number, or the row about that pet could not be read. Export all pets again.")
	} else {
		g.ownerClashes(r, p, f.share.owner)
	}
}

func (g *gather) petClashes(r *row, p petRow) {
	first, ok := g.pets[p.pet.Key]
	if ok && fold(first.Name) != fold(p.pet.Name) {
		r.reject(PetIDReused, fmt.Sprintf(
			"%s has another pet under this number. Give one of them a new number and export again.", first.Place))
	}
	if !p.loose {
		g.ownerClashes(r, first, p.owner)
	}
}

// ownerClashes bounds what one client and one pet can have; first is nil for a
// new pet.
func (g *gather) ownerClashes(r *row, first *Pet, o Owner) {
	switch {
	case g.owned[o.Client] >= maxPets:
		r.reject(TooManyPets, fmt.Sprintf(
			"This client has %d pets already, so the number probably stands for several clients. Check it and export again.", maxPets))
	case first != nil && len(first.Owners) >= maxOwners:
		r.reject(TooManyOwners, fmt.Sprintf(
			"This pet has %d owners already, so the number probably stands for several pets. Check it and export again.", maxOwners))
	}
}

// take adds what a row says. A client or pet that is known already keeps what
// its first row said.
func (g *gather) take(r *row, f facts) {
	if f.client != nil {
		f.client.Place = r.place
		if first, known := g.clients[f.client.ID]; !known {
			g.clients[f.client.ID] = f.client
			g.export.Clients = append(g.export.Clients, f.client)
			g.warn(r, aboutClient, f.client.ID)
		} else if !first.says(f.client) {
			g.list(Warning{Place: r.place, Client: f.client.ID, Field: "client", Code: ClientDiffers})
		}
	}
	for _, p := range f.pets {
		g.takePet(r, p)
	}
	if f.share != nil {
		p := g.pets[f.share.pet]
		delete(g.loose, p.Key)
		g.own(p, f.share.owner)
		g.warn(r, aboutPet, p.Key)
	}
	if f.client == nil && f.about != "" {
		g.warn(r, aboutClient, f.about)
		g.link(f)
	}
	for _, l := range r.letters {
		g.letters.see(l.About, l.Letter, l.Samples[0], l.Meaning)
	}
}

func (g *gather) takePet(r *row, row petRow) {
	row.pet.Place = r.place
	p, known := g.pets[row.pet.Key]
	if !known {
		p = row.pet
		g.pets[p.Key] = p
		g.export.Pets = append(g.export.Pets, p)
		g.warn(r, aboutPet, p.Key)
		if row.loose {
			g.loose[p.Key] = p
		}
	} else if !p.says(row.pet) {
		g.list(Warning{Place: r.place, Pet: p.Key, Field: "pet", Code: PetDiffers})
	}
	if !row.loose {
		g.own(p, row.owner)
	}
}

func (g *gather) own(p *Pet, owner Owner) {
	if !slices.ContainsFunc(p.Owners, func(o Owner) bool { return o.Client == owner.Client }) {
		p.Owners = append(p.Owners, owner)
		g.owned[owner.Client]++
	}
}

// warn keeps the row's warnings about one subject, now that its key is known.
func (g *gather) warn(r *row, about subject, key string) {
	for i, w := range r.warnings {
		if r.about[i] != about {
			continue
		}
		if about == aboutPet {
			w.Pet = key
		} else {
			w.Client = key
		}
		g.list(w)
	}
}

// list keeps a warning as long as there are few enough to be read.
func (g *gather) list(w Warning) {
	if len(g.export.Warnings) < maxWarnings {
		g.export.Warnings = append(g.export.Warnings, w)
	} else {
		g.export.Unlisted++
	}
}

// finish puts owners in order and checks their shares.
func (g *gather) finish() *Export {
	g.dropLoose()
	g.joinLinked()
	g.export.Codes = g.letters.all
	for _, p := range g.export.Pets {
		slices.SortStableFunc(p.Owners, func(a, b Owner) int {
			switch {
			case a.Primary && !b.Primary:
				return -1
			case b.Primary && !a.Primary:
				return 1
			}
			return cmp.Compare(a.Client, b.Client)
		})
		sum := 0.0
		for _, o := range p.Owners {
			v, _ := strconv.ParseFloat(o.Percentage, 64) // checked by row.percentage
			sum += v
		}
		if math.Abs(sum-100) > 0.05 { // three thirds written as 33.33 are meant as a whole
			g.list(Warning{Place: p.Place, Pet: p.Key, Field: "owners", Code: PercentageSum,
				Raw: strconv.FormatFloat(math.Round(sum*100)/100, 'f', -1, 64)})
		}
	}
	return g.export
}

// says reports whether two rows describe a client alike.
func (c *Client) says(d *Client) bool {
	return c.First == d.First && c.Last == d.Last && c.Company == d.Company && slices.Equal(c.Emails, d.Emails) &&
		c.EmailProblem == d.EmailProblem && slices.Equal(c.Phones, d.Phones) &&
		c.Address.says(d.Address) && c.Second.says(d.Second) && c.Inactive == d.Inactive &&
		c.Deleted == d.Deleted && c.OptOut == d.OptOut
}

func (a Address) says(b Address) bool {
	return slices.Equal(a.Lines, b.Lines) && a.City == b.City && a.Region == b.Region && a.PostalCode == b.PostalCode && a.Country == b.Country
}

func (p *Person) says(q *Person) bool {
	if p == nil || q == nil {
		return p == q
	}
	return p.First == q.First && p.Last == q.Last && slices.Equal(p.Emails, q.Emails) && slices.Equal(p.Phones, q.Phones)
}

// says reports whether two rows describe a pet alike, owners aside.
func (p *Pet) says(q *Pet) bool {
	return p.Name == q.Name && p.Species == q.Species && p.Colour == q.Colour && p.Chip == q.Chip && p.Breed == q.Breed && p.Sex == q.Sex &&
		(p.Neutered == nil) == (q.Neutered == nil) && (p.Neutered == nil || *p.Neutered == *q.Neutered) &&
		p.Born == q.Born && p.Died == q.Died && p.Deceased == q.Deceased && p.Inactive == q.Inactive &&
		p.Deleted == q.Deleted
}
