package factor

import (
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/lang"
	"catflap/internal/foundation/secret"
)

// Fresh are codes that were just made, as their owner sees them.
func Fresh(codes []secret.Text) []ShownCode {
	shown := make([]ShownCode, len(codes))
	for i, c := range codes {
		shown[i].Code = c
	}
	return shown
}

// sheetWords are what stands around the codes.
type sheetWords struct{ title, works, keep string }

func sheetIn(tag string) sheetWords {
	switch tag {
	case lang.Spanish:
		return sheetWords{
			"Códigos de respaldo", "Cada código sirve una vez, en lugar del código de la aplicación de autenticación.",
			"Guarde este archivo donde solo usted lo encuentre.",
		}
	case lang.French:
		return sheetWords{
			"Codes de secours", "Chaque code sert une fois, à la place du code de l’application d’authentification.",
			"Gardez ce fichier là où vous seul pouvez le trouver.",
		}
	case lang.German:
		return sheetWords{
			"Ersatzcodes", "Jeder Code gilt einmal, anstelle des Codes aus der Authentifizierungs-App.",
			"Bewahren Sie diese Datei dort auf, wo nur Sie sie finden.",
		}
	}
	return sheetWords{
		"Backup codes", "Each code works once, in place of the code from the authenticator app.",
		"Keep this file where only you find it.",
	}
}

// ErrNoSheet answers for a file that something else than backup codes was asked
// in.
var ErrNoSheet = fault.New(fault.Invalid, "no-backup-codes",
	"The backup codes did not arrive, so there is no file. Go back to their page and try again, or copy them.")

// CodeSheet is a text file with the backup codes that a page shows, for their
// owner to keep, in a language. The page sends them back, because nobody else may know them by
// then; what is no code does not get into the file. p is the zero Practice for
// platform accounts. ErrNoSheet.
func CodeSheet(tag string, p access.Practice, login string, at time.Time, codes []string) (secret.Text, error) {
	if len(codes) == 0 || len(codes) > codeCount {
		return "", ErrNoSheet
	}
	var b strings.Builder
	words := sheetIn(tag)
	b.WriteString(words.title + "\r\n" + labelName(p) + "\r\n" + login + "\r\n" + lang.Day(tag, at) + "\r\n\r\n")
	for _, c := range codes {
		c = foldCode(c)
		if len(c) != codeLength || strings.Trim(c, codeLetters) != "" {
			return "", ErrNoSheet
		}
		b.WriteString(grouped(c).Reveal() + "\r\n")
	}
	b.WriteString("\r\n" + words.works + "\r\n" + words.keep + "\r\n")
	return secret.Text(b.String()), nil
}
