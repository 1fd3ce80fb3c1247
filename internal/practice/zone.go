package practice

import (
	_ "embed"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // machines without a time zone database know the zones too
)

// zones remembers what was looked up: the same few names are asked for at every
// request.
var zones sync.Map // name -> *time.Location

// Zone is the time zone with an IANA name; nil for "" and for names that do
// not exist.
func Zone(name string) *time.Location {
	if name == "" {
		return nil
	}
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil
	}
	zones.Store(name, z)
	return z
}

// zoneNames are the zones that people choose from, a name a line: those of the
// tz database's zone.tab, which is in the public domain, and UTC.
//
//go:embed zones.txt
var zoneNames string

// ZoneNames lists the time zones to choose from, by name.
func ZoneNames() []string { return strings.Fields(zoneNames) }
