// Package revision tells whether something changed since somebody looked at it.
// A page or an answer carries the revision of what it shows; what is sent back
// with it counts only while that is still the revision.
package revision

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Of stands for values in their order: different ones have another revision. It
// is 24 characters long, and no secret. A value must be one that JSON can write.
func Of(values ...any) string {
	text, err := json.Marshal(values)
	if err != nil {
		panic(err) // never: the values are plain
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}
