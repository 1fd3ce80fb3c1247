package secret

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// The published examples of other implementations, all of the word "password".
func published() map[string]string {
	return map[string]string{
		"scrypt, passlib":     "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
		"argon2i, passlib":    "$argon2i$v=19$m=512,t=2,p=2$aI2R0hpDyLm3ltLa+1/rvQ$LqPKjd6n8yniKtAithoR7A",
		"argon2id, reference": "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"argon2i, reference":  "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
		"bcrypt, passlib":     "$2a$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m",
	}
}

func TestVerifyImported(t *testing.T) {
	hashes := published()
	own, err := bcrypt.GenerateFromPassword([]byte("password"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	hashes["bcrypt 2y"] = "$2y" + strings.TrimPrefix(string(own), "$2a")
	salt := []byte("salt of sixteen.")
	b64 := base64.RawStdEncoding
	long, err := pbkdf2.Key(sha512.New, "password", salt, 1000, 64)
	if err != nil {
		t.Fatal(err)
	}
	hashes["pbkdf2-sha512, PHC"] = "$pbkdf2-sha512$i=1000,l=64$" + b64.EncodeToString(salt) + "$" + b64.EncodeToString(long)
	short, err := pbkdf2.Key(sha256.New, "password", salt, 29000, 32)
	if err != nil {
		t.Fatal(err)
	}
	hashes["pbkdf2-sha256, passlib"] = strings.ReplaceAll("$pbkdf2-sha256$29000$"+b64.EncodeToString(salt)+"$"+b64.EncodeToString(short), "+", ".")

	h := NewHasher(newRing(t), Options{})
	for name, phc := range hashes {
		t.Run(name, func(t *testing.T) {
			if match, stale, err := h.Verify(t.Context(), phc, "password"); !match || !stale || err != nil {
				t.Errorf("right: match %v, stale %v, %v", match, stale, err)
			}
			if match, stale, err := h.Verify(t.Context(), phc, "Password"); match || stale || err != nil {
				t.Errorf("wrong: match %v, stale %v, %v", match, stale, err)
			}
		})
	}
}

func TestParsePHCRefuses(t *testing.T) {
	const salt, sum = "c2FsdHNhbHRzYWx0c2FsdA", "c3Vtc3Vtc3Vtc3Vtc3Vtc3Vtc3Vtc3Vtc3Vtc3Vtc3U"
	end := "$" + salt + "$" + sum
	if _, err := parsePHC("$argon2id$v=19$m=19456,t=2,p=1" + end); err != nil {
		t.Fatal(err)
	}
	for name, phc := range map[string]string{
		"junk":                  "password",
		"not at the start":      " $argon2id$v=19$m=19456,t=2,p=1" + end,
		"line end":              "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "\n$" + sum,
		"unknown kind":          "$md5$v=19$m=19456,t=2,p=1" + end,
		"argon2d":               "$argon2d$v=19$m=19456,t=2,p=1" + end,
		"old argon2 version":    "$argon2id$v=16$m=19456,t=2,p=1" + end,
		"no argon2 version":     "$argon2id$m=19456,t=2,p=1" + end,
		"parameters swapped":    "$argon2id$v=19$t=2,m=19456,p=1" + end,
		"parameter missing":     "$argon2id$v=19$m=19456,t=2" + end,
		"parameter twice":       "$argon2id$v=19$m=19456,m=19456,t=2,p=1" + end,
		"parameter unknown":     "$argon2id$v=19$m=19456,t=2,p=1,x=1" + end,
		"signed":                "$argon2id$v=19$m=+19456,t=2,p=1" + end,
		"leading zero":          "$argon2id$v=19$m=019456,t=2,p=1" + end,
		"no passes":             "$argon2id$v=19$m=19456,t=0,p=1" + end,
		"no lanes":              "$argon2id$v=19$m=19456,t=2,p=0" + end,
		"lanes overflow":        "$argon2id$v=19$m=19456,t=2,p=257" + end,
		"memory below lanes":    "$argon2id$v=19$m=7,t=2,p=1" + end,
		"empty keyid":           "$argon2id$v=19$m=19456,t=2,p=1,keyid=" + end,
		"short salt":            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$" + sum,
		"short sum":             "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$c3Vt",
		"no sum":                "$argon2id$v=19$m=19456,t=2,p=1$" + salt,
		"something behind":      "$argon2id$v=19$m=19456,t=2,p=1" + end + "$",
		"padded":                "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "==$" + sum,
		"endless":               "$argon2id$v=19$m=19456,t=2,p=1" + end + strings.Repeat("A", maxPHC),
		"bcrypt cost 3":         "$2a$03$" + strings.Repeat("a", 53),
		"bcrypt short":          "$2a$10$" + strings.Repeat("a", 52),
		"bcrypt bad letter":     "$2a$10$" + strings.Repeat("a", 52) + "=",
		"bcrypt signed cost":    "$2a$+9$" + strings.Repeat("a", 53),
		"scrypt without r":      "$scrypt$ln=15,p=1" + end,
		"scrypt N is 1":         "$scrypt$ln=0,r=8,p=1" + end,
		"pbkdf2 no rounds":      "$pbkdf2-sha256$i=0" + end,
		"pbkdf2 wrong length":   "$pbkdf2-sha256$i=1000,l=20" + end,
		"costly argon2 memory":  "$argon2id$v=19$m=155649,t=1,p=1" + end,
		"costly argon2 passes":  "$argon2id$v=19$m=19456,t=17,p=1" + end,
		"costly argon2, huge":   "$argon2id$v=19$m=4294967295,t=4294967295,p=1" + end,
		"costly argon2 lanes":   "$argon2id$v=19$m=19456,t=2,p=9" + end,
		"costly bcrypt":         "$2b$13$" + strings.Repeat("a", 53),
		"costly scrypt":         "$scrypt$ln=18,r=8,p=1" + end,
		"costly scrypt r":       "$scrypt$ln=10,r=1025,p=1" + end,
		"costly scrypt p":       "$scrypt$ln=15,r=8,p=5" + end,
		"costly scrypt, huge":   "$scrypt$ln=9999999999,r=9999999999,p=9999999999" + end,
		"costly pbkdf2":         "$pbkdf2-sha256$i=1000001" + end,
		"costly pbkdf2 passlib": "$pbkdf2-sha512$400001" + end,
		"costly pbkdf2 blocks":  "$pbkdf2-sha256$i=500001$" + salt + "$" + sum[:len(sum)-1] + "AA",
	} {
		s, err := parsePHC(phc)
		if !errors.Is(err, ErrHashUnusable) {
			t.Errorf("%s: %T, %v", name, s, err)
			continue
		}
		if costly := strings.Contains(err.Error(), "too costly"); costly != strings.HasPrefix(name, "costly") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	for _, phc := range published() {
		f.Add(phc)
	}
	ours := newArgon2Hash("abcd2345", argon2KiB)
	ours.sum = random(sumBytes)
	f.Add(ours.String())
	f.Add("$$$$")
	f.Add("$argon2id$v=19$m=19456,t=2,p=1,keyid=,,$$")
	f.Fuzz(func(t *testing.T, phc string) {
		s, err := parsePHC(phc)
		if err != nil {
			if !errors.Is(err, ErrHashUnusable) {
				t.Errorf("%q: %v", phc, err)
			}
			return
		}
		if s.memory() > costFactor*argon2Memory {
			t.Errorf("%q needs %d bytes", phc, s.memory())
		}
		if a, ok := s.(*argon2Hash); ok && a.keyID != "" && strings.ReplaceAll(phc, ".", "+") != strings.ReplaceAll(a.String(), ".", "+") {
			t.Errorf("%q reads as %q", phc, a.String())
		}
	})
}
