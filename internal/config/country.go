package config

import (
	"fmt"

	"golang.org/x/text/language"
)

// Country is a code of ISO 3166-1 with two letters.
type Country string

// UnmarshalText checks that there is such a country. Retired and reserved
// codes become the ones in use: UK is read as GB.
func (c *Country) UnmarshalText(text []byte) error {
	region, err := language.ParseRegion(string(text))
	if err != nil || len(text) != 2 || !region.IsCountry() {
		return fmt.Errorf("%q is not the code of a country. Give its two letters of ISO 3166-1, for example US, CA or GB", text)
	}
	*c = Country(region.Canonicalize().String())
	return nil
}
