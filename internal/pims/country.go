package pims

// countryCode gives the ISO 3166 code of a country as practices write it; "" for
// one that is not known here.
func countryCode(text string) string {
	switch s := fold(text); s {
	case "us", "usa", "u.s.", "u.s.a.", "united states", "united states of america":
		return "US"
	case "gb", "uk", "u.k.", "united kingdom", "great britain", "england", "scotland", "wales", "northern ireland":
		return "GB"
	case "ie", "ireland", "republic of ireland", "éire":
		return "IE"
	case "ca", "canada":
		return "CA"
	case "au", "australia":
		return "AU"
	case "nz", "new zealand":
		return "NZ"
	case "de", "germany", "deutschland":
		return "DE"
	case "at", "austria", "österreich":
		return "AT"
	case "ch", "switzerland", "schweiz", "suisse":
		return "CH"
	case "fr", "france":
		return "FR"
	case "be", "belgium", "belgique", "belgië":
		return "BE"
	case "nl", "netherlands", "the netherlands", "nederland":
		return "NL"
	case "es", "spain", "españa":
		return "ES"
	case "it", "italy", "italia":
		return "IT"
	case "za", "south africa":
		return "ZA"
	case "mx", "mexico", "méxico":
		return "MX"
	}
	return ""
}
