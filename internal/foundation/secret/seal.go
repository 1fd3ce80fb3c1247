package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"

	"catflap/internal/foundation/fault"
)

// ErrSealBroken answers for a sealed value that was altered, cut short or moved
// to another place than the one it was sealed for.
var ErrSealBroken = fault.New(fault.Internal, "seal-broken",
	"A protected value in the database is damaged or was moved. Restore it from a backup, or issue a new one.")

// A sealed value is: format (1 byte), key id (8 bytes), nonce (12), ciphertext,
// tag (16). The first nine are authenticated along with the associated data.
const (
	sealFormat = 1
	sealHeader = 1 + keyIDLength
)

// newAEAD is AES-256-GCM with random nonces: one key is good for 2^32 values.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Seal encrypts plain under the current key. ad says where the result belongs,
// as "table/column/row id", and must be given to Open again; an empty one is
// refused.
func (r *Ring) Seal(ad string, plain []byte) ([]byte, error) {
	if ad == "" {
		return nil, errNoPlace()
	}
	id, k := r.currentKey()
	sealed := make([]byte, 0, sealHeader+len(plain)+k.seal.Overhead())
	sealed = append(sealed, sealFormat)
	sealed = append(sealed, id...)
	return k.seal.Seal(sealed, nil, plain, place(sealed, ad)), nil
}

// Open decrypts what Seal made for the same ad. It fails with ErrKeyMissing for
// a key that the ring does not hold and with ErrSealBroken for everything else.
func (r *Ring) Open(ad string, sealed []byte) ([]byte, error) {
	if ad == "" {
		return nil, errNoPlace()
	}
	if len(sealed) < sealHeader || sealed[0] != sealFormat {
		return nil, ErrSealBroken.Because(errors.New("not a sealed value"))
	}
	k, err := r.key(string(sealed[1:sealHeader]))
	if err != nil {
		return nil, err
	}
	plain, err := k.seal.Open(nil, nil, sealed[sealHeader:], place(sealed[:sealHeader], ad))
	if err != nil {
		return nil, ErrSealBroken.Because(err)
	}
	return plain, nil
}

// SealedUnder is the id of the key that a sealed value needs; "" for what is no
// sealed value.
func SealedUnder(sealed []byte) string {
	if len(sealed) < sealHeader || sealed[0] != sealFormat {
		return ""
	}
	return string(sealed[1:sealHeader])
}

// place is the associated data: the header, of fixed length, and where the
// value belongs.
func place(header []byte, ad string) []byte {
	b := make([]byte, 0, len(header)+len(ad))
	return append(append(b, header...), ad...)
}

func errNoPlace() error {
	return errors.New("secret: sealing needs associated data that names table, column and row")
}
