package secret

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math"

	"golang.org/x/crypto/argon2"

	vendored "catflap/internal/foundation/secret/vendored/argon2"
)

// What our own hashes are made with: the second choice of OWASP's list, 19 MiB
// and two passes, one lane. Raising one makes older hashes stale.
const (
	argon2KiB    = 19456
	argon2Passes = 2
	argon2Lanes  = 1
	saltBytes    = 16
	sumBytes     = 32

	argon2Memory = argon2KiB * 1024 // bytes
)

// costFactor is how much dearer than our own an imported hash may be, in memory
// and in time: whoever can plant a hash must not be able to stop the server.
const costFactor = 8

// argon2Hash is an Argon2 hash, ours (with the id of its pepper key) or an
// imported one (without).
type argon2Hash struct {
	variant string // "argon2id" or "argon2i"
	kib     uint32
	passes  uint32
	lanes   uint8
	keyID   string
	salt    []byte
	sum     []byte

	memories *memories // for our own cost; nil: made anew
}

// newArgon2Hash has the parameters of today, a fresh salt and no sum yet.
func newArgon2Hash(keyID string, kib uint32) *argon2Hash {
	return &argon2Hash{
		variant: "argon2id", kib: kib, passes: argon2Passes, lanes: argon2Lanes,
		keyID: keyID, salt: random(saltBytes),
	}
}

// String is the hash in PHC form.
func (a *argon2Hash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$%s$v=%d$m=%d,t=%d,p=%d,keyid=%s$%s$%s", a.variant, argon2.Version,
		a.kib, a.passes, a.lanes, a.keyID, b64.EncodeToString(a.salt), b64.EncodeToString(a.sum))
}

func (a *argon2Hash) memory() int { return int(a.kib) * 1024 }

func (a *argon2Hash) derive(password []byte) []byte {
	n := uint32(sumBytes)
	if a.sum != nil {
		n = uint32(len(a.sum))
	}
	if a.memories != nil && a.ours(a.memories.kib) {
		m := a.memories.get()
		defer a.memories.put(m)
		return vendored.IDKey(m, password, a.salt, a.passes, n)
	}
	if a.variant == "argon2i" {
		return argon2.Key(password, a.salt, a.passes, a.kib, a.lanes, n)
	}
	return argon2.IDKey(password, a.salt, a.passes, a.kib, a.lanes, n)
}

func (a *argon2Hash) matches(password []byte) bool {
	return subtle.ConstantTimeCompare(a.derive(password), a.sum) == 1
}

// ours reports whether the cost is that of the hashes we make.
func (a *argon2Hash) ours(kib uint32) bool {
	return a.variant == "argon2id" && a.kib == kib && a.passes == argon2Passes && a.lanes == argon2Lanes
}

// current reports whether we would make the hash the same way today.
func (a *argon2Hash) current(keyID string, kib uint32) bool {
	return a.ours(kib) && a.keyID == keyID && len(a.salt) == saltBytes && len(a.sum) == sumBytes
}

// parseArgon2 reads the fields after "$argon2id$" or "$argon2i$":
// v=19, parameters, salt, sum.
func parseArgon2(variant string, fields []string) (stored, error) {
	if len(fields) != 4 || fields[0] != "v=19" {
		return nil, errMalformed("argon2 needs version 19, parameters, salt and sum")
	}
	p, err := parseParams(fields[1], "m", "t", "p", "?keyid")
	if err != nil {
		return nil, err
	}
	a := &argon2Hash{variant: variant, keyID: p.text["keyid"]}
	kib, passes, lanes := p.number["m"], p.number["t"], p.number["p"]
	if lanes < 1 || lanes > math.MaxUint8 || passes < 1 || kib < 8*lanes {
		return nil, errMalformed("argon2 parameters out of range")
	}
	// Lanes run on a core each, so they count like memory: no more of them
	// than the other bounds allow.
	if kib > costFactor*argon2KiB || lanes > costFactor || kib*passes > costFactor*argon2KiB*argon2Passes {
		return nil, errTooCostly("argon2")
	}
	a.kib, a.passes, a.lanes = uint32(kib), uint32(passes), uint8(lanes)
	if a.salt, a.sum, err = parseSaltAndSum(fields[2], fields[3]); err != nil {
		return nil, err
	}
	return a, nil
}
