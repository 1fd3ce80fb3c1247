package access

// Feature is one thing that a plan includes and a branch may switch off.
type Feature string

// The features.
const (
	PetApp    Feature = "pet_app"   // logins for pet parents
	Import    Feature = "import"    // import from the practice system
	Marketing Feature = "marketing" // e-mail to many
)

// Features lists every feature, in the order in which people read them.
func Features() []Feature { return []Feature{PetApp, Import, Marketing} }
