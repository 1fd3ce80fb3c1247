package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// tokenBytes is 256 bits: beyond guessing, so that a plain SHA-256 is enough to
// store it and to find it by.
const tokenBytes = 32

// NewToken makes a random token of 256 bits in base64url (43 characters) and
// the hash to store for it. The token itself is never stored.
func NewToken() (token string, hash []byte) {
	var b [tokenBytes]byte
	_, _ = rand.Read(b[:]) // never fails: package rand ends the process instead
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, HashToken(token)
}

// HashToken is what is stored of a token, and what it is looked up by: the
// SHA-256 of exactly the text given, prefixes included.
func HashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// Equal compares two secrets in a time that tells neither where they differ
// nor, beyond the cost of hashing them, how long they are.
func Equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
