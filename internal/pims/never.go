package pims

import "strings"

// neverStored tells columns that open doors or pay bills. They cannot be chosen,
// their cells are shown to nobody, and nothing of them is kept.
func neverStored(name string) bool {
	words := strings.FieldsFunc(fold(name), func(r rune) bool { return (r < 'a' || r > 'z') && !isDigit(r) })
	joined := strings.Join(words, "")
	for _, part := range []string{
		"alarm", "gatecode", "doorcode", "keycode", "lockbox", "keylocation", "keynumber", "neighbour", "neighbor",
		"creditcard", "cardnumber", "cardno", "cvv", "cvc", "iban", "bankaccount", "socialsecurity", "passport", "driverlicen", "driverslicen",
	} {
		if strings.Contains(joined, part) {
			return true
		}
	}
	for _, w := range words {
		switch w {
		case "gate", "key", "keys", "ssn", "pin", "card":
			return true
		}
	}
	return false
}
