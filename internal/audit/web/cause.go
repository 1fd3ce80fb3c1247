package auditweb

import "catflap/internal/audit"

// cause is the exact reason of a refusal or of an end, as a sentence; "" when
// the line itself says it all.
func cause(l audit.Line) string {
	if l.Cause == "" || l.Cause == "signed-out" {
		return ""
	}
	if l.Cause == "permission-missing" && l.Detail["permission"] != "" {
		return "It needs the permission " + l.Detail["permission"] + ", which they do not have there."
	}
	if l.Cause == "network" && l.Action == audit.SessionEnded {
		return "Its branch does not admit the address any more."
	}
	if words, ok := causes()[l.Cause]; ok {
		return words
	}
	return "The reason was: " + l.Cause + "."
}

// causes are the reasons by their stable words.
func causes() map[string]string {
	return map[string]string{
		// Sign-in.
		"unknown-login":              "Nobody here has the login ID that was typed.",
		"wrong-password":             "The password was wrong.",
		"wrong-code":                 "The code did not match, or it had been used before.",
		"wrong-temporary-password":   "The temporary password was wrong.",
		"temporary-password-burnt":   "The temporary password had been burnt by a wrong try before, or was withdrawn.",
		"temporary-password-expired": "The temporary password had expired.",
		"no-password-yet":            "They have never chosen a password.",
		"password-void":              "They closed their login with a link from a security notice, and have not chosen a new password yet.",
		"practice-closed":            "The password was right, but the practice is suspended.",
		"account-inactive":           "The password was right, but the account is deactivated.",
		"no-branch":                  "The password was right, but they have no role in any branch.",
		"throttled":                  "There were too many wrong tries before, so this one was not looked at.",
		"closed":                     "After a hundred wrong tries in a row the account was closed to devices not seen before, so this one was not looked at.",
		"address-throttled":          "Too many tries from that address had failed, so this one was not looked at.",
		"network":                    "The password was right, but none of their branches can be worked in from that address.",
		"outside-network":            "They were outside the networks of the branch, which warns of that only.",
		"tries-used-up":              "Wrong tries had used it up.",
		// Access.
		"not-for-this-account": "It is not meant for their kind of account.",
		"not-for-programs":     "Only people can do it, no API key.",
		// The end of a session.
		"idle":             "Nothing had happened for too long.",
		"expired":          "The session had reached its longest time.",
		"ended":            "It was ended on purpose, from another device.",
		"replaced":         "Another sign-in in the same browser took its place.",
		"password-changed": "A new password ends the other sessions.",
		"protected":        "They closed their login with a link from a security notice.",
		"deactivated":      "The account was deactivated.",
		"strict-mode":      "Strict mode leaves no temporary password that somebody could read.",
		"by-administrator": "Somebody who manages sessions ended it.",
		"access-changed":   "They have no role left in its branch.",
	}
}
