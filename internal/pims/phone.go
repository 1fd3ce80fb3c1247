package pims

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// maxPhone is beyond any number with its extension and remarks.
const maxPhone = 100

// readPhone turns a cell into a number. country (ISO 3166, "" unknown) is that
// of numbers written without a country code. A number that lacks its country or
// area code keeps its raw text. The second result is the warning, if any; a cell
// without a digit gives no phone at all.
func readPhone(text, country string) (Phone, Code) {
	if !strings.ContainsFunc(text, isDigit) || len(text) > maxPhone {
		return Phone{}, BadPhone
	}
	if e164 := plainNorthAmerican(text, country); e164 != "" {
		return Phone{E164: e164}, ""
	}
	dial := strings.Replace(text, "(0)", "", 1)
	if strings.HasPrefix(dial, "00") {
		dial = "+" + dial[2:]
	}
	n, err := phonenumbers.Parse(dial, country)
	if err != nil || phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE || lacksArea(dial, country, n) {
		return Phone{Raw: text}, IncompletePhone
	}
	return Phone{E164: phonenumbers.Format(n, phonenumbers.E164), Ext: n.GetExtension()}, ""
}

// plainNorthAmerican reads "(206) 555-0152" and its like, which are nearly all
// numbers of most practices, without the library; "" leaves a number to it.
func plainNorthAmerican(text, country string) string {
	digits := make([]byte, 0, 16)
	digits = append(digits, '+', '1')
	rest, abroad := strings.CutPrefix(text, "+1")
	if !abroad && country != "US" && country != "CA" {
		return ""
	}
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case isDigit(rune(c)):
			if len(digits) == 2 && c == '1' && !abroad {
				abroad = true // the country code without its plus
				continue
			}
			digits = append(digits, c)
		case c != ' ' && c != '-' && c != '.' && c != '(' && c != ')':
			return ""
		}
		if len(digits) > 12 {
			return ""
		}
	}
	if len(digits) != 12 || digits[2] < '2' || strings.Contains(rest, "(0)") {
		return ""
	}
	return string(digits)
}

// lacksArea tells local numbers where area codes begin with 0: some are as long
// as a whole number may be. Those that need no area code (1300 ... in Australia)
// are valid as they stand.
func lacksArea(dial, country string, n *phonenumbers.PhoneNumber) bool {
	if strings.Contains(dial, "+") || phonenumbers.GetNddPrefixForRegion(country, true) != "0" {
		return false
	}
	digits := strings.TrimLeftFunc(dial, func(r rune) bool { return !isDigit(r) })
	return !strings.HasPrefix(digits, "0") && !phonenumbers.IsValidNumber(n)
}
