package mail

import (
	"encoding/base64"
	"mime"
	"slices"
	"strings"
)

// wordBytes is how much of a subject one encoded word takes: 75 characters with
// what stands around it (RFC 2047, 2).
const wordBytes = 45

// subjectHeader is a subject as its header carries it. One that looks like an
// encoded word is encoded too, else whoever reads it decodes what somebody typed.
func subjectHeader(subject string) string {
	encoded := mime.QEncoding.Encode("UTF-8", subject)
	if encoded != subject || !strings.Contains(subject, "=?") {
		return encoded
	}
	var words []string
	for part := range slices.Chunk([]byte(subject), wordBytes) { // ASCII: no character is cut
		words = append(words, "=?UTF-8?b?"+base64.StdEncoding.EncodeToString(part)+"?=")
	}
	return strings.Join(words, " ")
}
