package secret

import (
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"

	"catflap/internal/foundation/fault"
)

// ErrHashUnusable answers for a stored password hash that cannot be verified:
// malformed, of an unknown kind, or far costlier than our own.
var ErrHashUnusable = fault.New(fault.Internal, "password-hash-unusable",
	"The stored password of this account cannot be checked. Set a new one by a mailed reset link.")

// Bounds of what is read. Ours are 16 and 32 bytes; bcrypt has a form of its own.
const (
	maxPHC     = 512
	minSalt    = 8
	maxSalt    = 64
	minSum     = 16
	maxSum     = 64
	maxDecimal = 10 // digits of a parameter
)

// stored is a password hash that was read and whose cost is within bounds.
type stored interface {
	matches(password []byte) bool // does the work
	memory() int                  // bytes that the work needs
}

// parsePHC reads a hash in PHC form, "$id$v=...$params$salt$sum", or in the
// older forms of bcrypt and passlib. It is strict: what it accepts, it can
// verify at a bounded cost. Errors never repeat the hash.
func parsePHC(phc string) (stored, error) {
	if len(phc) > maxPHC {
		return nil, errMalformed("too long")
	}
	fields := strings.Split(phc, "$")
	if len(fields) < 4 || fields[0] != "" {
		return nil, errMalformed("not a PHC string")
	}
	switch name, rest := fields[1], fields[2:]; name {
	case "argon2id", "argon2i":
		return parseArgon2(name, rest)
	case "2a", "2b", "2y":
		return parseBcrypt(phc, rest)
	case "scrypt":
		return parseScrypt(rest)
	case "pbkdf2-sha256", "pbkdf2-sha512":
		return parsePBKDF2(name, rest)
	default:
		return nil, errMalformed("unknown kind of hash")
	}
}

// params are the "name=value" pairs of one field.
type params struct {
	number map[string]uint64
	text   map[string]string // keyid
}

// parseParams wants exactly the named pairs in this order; a name that begins
// with "?" may be missing. All values are decimal numbers but for keyid.
func parseParams(field string, names ...string) (params, error) {
	p := params{number: map[string]uint64{}, text: map[string]string{}}
	pairs := strings.Split(field, ",")
	for _, name := range names {
		name, optional := strings.CutPrefix(name, "?")
		if len(pairs) == 0 || !strings.HasPrefix(pairs[0], name+"=") {
			if optional {
				continue
			}
			return p, errMalformed("parameter " + name + " is missing")
		}
		value := pairs[0][len(name)+1:]
		pairs = pairs[1:]
		if name == "keyid" {
			if value == "" {
				return p, errMalformed("keyid is empty")
			}
			p.text[name] = value
			continue
		}
		n, err := parseDecimal(value)
		if err != nil {
			return p, err
		}
		p.number[name] = n
	}
	if len(pairs) != 0 {
		return p, errMalformed("unknown parameter")
	}
	return p, nil
}

// parseDecimal reads a number in its only canonical form: no sign, no leading
// zero.
func parseDecimal(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || len(s) > maxDecimal || (len(s) > 1 && s[0] == '0') {
		return 0, errMalformed("a parameter is not a number")
	}
	return n, nil
}

// parseSaltAndSum reads the last two fields: standard base64 without padding,
// or passlib's variant with "." for "+".
func parseSaltAndSum(saltField, sumField string) (salt, sum []byte, err error) {
	b64 := base64.RawStdEncoding.Strict()
	salt, saltErr := b64.DecodeString(strings.ReplaceAll(saltField, ".", "+"))
	sum, sumErr := b64.DecodeString(strings.ReplaceAll(sumField, ".", "+"))
	// The decoder skips line ends, which are no part of a hash.
	breaks := strings.ContainsAny(saltField+sumField, "\r\n")
	if saltErr != nil || sumErr != nil || breaks {
		return nil, nil, errMalformed("salt or sum is not base64")
	}
	if len(salt) < minSalt || len(salt) > maxSalt || len(sum) < minSum || len(sum) > maxSum {
		return nil, nil, errMalformed("salt or sum is too short or too long")
	}
	return slices.Clip(salt), slices.Clip(sum), nil
}

func errMalformed(why string) error {
	return ErrHashUnusable.Because(errors.New("malformed password hash: " + why))
}

func errTooCostly(what string) error {
	return ErrHashUnusable.Because(errors.New("password hash too costly to verify: " + what))
}
