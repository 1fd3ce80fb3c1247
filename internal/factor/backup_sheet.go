package factor

import (
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
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

// ErrNoSheet answers for a file that something else than backup codes was asked
// in.
var ErrNoSheet = fault.New(fault.Invalid, "no-backup-codes",
	"The backup codes did not arrive, so there is no file. Go back to their page and try again, or copy them.")

// CodeSheet is a text file with the backup codes that a page shows, for their
// owner to keep. The page sends them back, because nobody else may know them by
// then; what is no code does not get into the file. p is the zero Practice for
// platform accounts. ErrNoSheet.
func CodeSheet(p access.Practice, login string, at time.Time, codes []string) (secret.Text, error) {
	if len(codes) == 0 || len(codes) > codeCount {
		return "", ErrNoSheet
	}
	var b strings.Builder
	b.WriteString("Backup codes\r\n" + labelName(p) + "\r\n" + login + "\r\n" + at.Format("2 January 2006") + "\r\n\r\n")
	for _, c := range codes {
		c = foldCode(c)
		if len(c) != codeLength || strings.Trim(c, codeLetters) != "" {
			return "", ErrNoSheet
		}
		b.WriteString(grouped(c).Reveal() + "\r\n")
	}
	b.WriteString("\r\nEach code works once, in place of the code from the authenticator app.\r\n" +
		"Keep this file where only you find it.\r\n")
	return secret.Text(b.String()), nil
}
