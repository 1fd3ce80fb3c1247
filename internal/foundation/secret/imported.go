package secret

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"hash"
	"regexp"
	"strings"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// Bounds of imported hashes, about costFactor times our own. Measured on one
// core in one run (ours = 1): bcrypt cost 12 = 8; PBKDF2 1,000,000 x SHA-256 = 6
// and 400,000 x SHA-512 = 6; scrypt 2^16 x 8 = 6 and 2^17 x 8 = 12. The last is
// let in although it takes longer, because it is what common advice asks for;
// its memory is within bounds, and only one such hash is verified at a time.
const (
	maxBcryptCost   = 12
	maxSHA256Rounds = 1_000_000
	maxSHA512Rounds = 400_000
	maxScryptWork   = 1 << 20                   // N*r*p
	maxScryptMemory = costFactor * argon2Memory // bytes, 128*N*r
	maxScryptLanes  = 16
)

// bcryptHash is "$2b$10$" and 53 characters of salt and sum.
type bcryptHash string

func parseBcrypt(phc string, fields []string) (stored, error) {
	if len(fields) != 2 || len(fields[0]) != 2 || !regexp.MustCompile(`^[./A-Za-z0-9]{53}$`).MatchString(fields[1]) {
		return nil, errMalformed("bcrypt needs a cost of two digits and 53 characters")
	}
	cost, err := parseDecimal(strings.TrimPrefix(fields[0], "0"))
	if err != nil || cost < uint64(bcrypt.MinCost) {
		return nil, errMalformed("bcrypt cost out of range")
	}
	if cost > maxBcryptCost {
		return nil, errTooCostly("bcrypt")
	}
	return bcryptHash(phc), nil
}

func (bcryptHash) memory() int { return 8 << 10 }

func (b bcryptHash) matches(password []byte) bool {
	return bcrypt.CompareHashAndPassword([]byte(b), password) == nil
}

// scryptHash is RFC 7914, in PHC form "$scrypt$ln=15,r=8,p=1$salt$sum".
type scryptHash struct {
	n, r, p   int
	salt, sum []byte
}

func parseScrypt(fields []string) (stored, error) {
	if len(fields) != 3 {
		return nil, errMalformed("scrypt needs parameters, salt and sum")
	}
	p, err := parseParams(fields[0], "ln", "r", "p")
	if err != nil {
		return nil, err
	}
	ln, r, lanes := p.number["ln"], p.number["r"], p.number["p"]
	if ln < 1 || r < 1 || lanes < 1 {
		return nil, errMalformed("scrypt parameters out of range")
	}
	// Each is bounded alone first, so that the products cannot overflow.
	if ln > 20 || r > 64 || lanes > maxScryptLanes ||
		r<<ln*lanes > maxScryptWork || 128*(r<<ln+r*lanes) > maxScryptMemory {
		return nil, errTooCostly("scrypt")
	}
	s := &scryptHash{n: 1 << ln, r: int(r), p: int(lanes)}
	if s.salt, s.sum, err = parseSaltAndSum(fields[1], fields[2]); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *scryptHash) memory() int { return 128 * s.r * (s.n + s.p) }

func (s *scryptHash) matches(password []byte) bool {
	sum, err := scrypt.Key(password, s.salt, s.n, s.r, s.p, len(s.sum))
	return err == nil && subtle.ConstantTimeCompare(sum, s.sum) == 1
}

// pbkdf2Hash is RFC 8018, in PHC form "$pbkdf2-sha256$i=600000,l=32$salt$sum"
// or as passlib writes it, "$pbkdf2-sha256$600000$salt$sum".
type pbkdf2Hash struct {
	hash      func() hash.Hash
	rounds    int
	salt, sum []byte
}

func parsePBKDF2(name string, fields []string) (stored, error) {
	if len(fields) != 3 {
		return nil, errMalformed("pbkdf2 needs rounds, salt and sum")
	}
	field := fields[0]
	if !strings.Contains(field, "=") {
		field = "i=" + field
	}
	p, err := parseParams(field, "i", "?l")
	if err != nil {
		return nil, err
	}
	h := &pbkdf2Hash{hash: sha256.New}
	limit := uint64(maxSHA256Rounds)
	if name == "pbkdf2-sha512" {
		h.hash, limit = sha512.New, maxSHA512Rounds
	}
	rounds := p.number["i"]
	if rounds < 1 {
		return nil, errMalformed("pbkdf2 without rounds")
	}
	if h.salt, h.sum, err = parseSaltAndSum(fields[1], fields[2]); err != nil {
		return nil, err
	}
	if l, ok := p.number["l"]; ok && l != uint64(len(h.sum)) {
		return nil, errMalformed("pbkdf2 sum is not as long as it says")
	}
	// A sum longer than one block of the hash costs its rounds again.
	blocks := (uint64(len(h.sum)) + uint64(h.hash().Size()) - 1) / uint64(h.hash().Size())
	if rounds*blocks > limit {
		return nil, errTooCostly("pbkdf2")
	}
	h.rounds = int(rounds)
	return h, nil
}

func (*pbkdf2Hash) memory() int { return 1 << 10 }

func (h *pbkdf2Hash) matches(password []byte) bool {
	sum, err := pbkdf2.Key(h.hash, string(password), h.salt, h.rounds, len(h.sum))
	return err == nil && subtle.ConstantTimeCompare(sum, h.sum) == 1
}
