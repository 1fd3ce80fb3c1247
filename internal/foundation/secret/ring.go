package secret

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"catflap/internal/foundation/fault"
)

// ErrKeyMissing answers for what was sealed, hashed or authenticated under a
// key that this ring does not hold: the wrong ring, or one that lost a key.
var ErrKeyMissing = fault.New(fault.Internal, "key-missing",
	"The key ring of this server does not belong to its database. Put back the key ring that was used with it, then start again.")

// keyBytes is the length of a ring key: 256 bits.
const keyBytes = 32

// Ring is the set of keys that protect what is stored. One of them is current
// and used for everything new; the others only open what they once closed. Safe
// for concurrent use; it never changes after it was loaded.
type Ring struct {
	path    string
	current string
	keys    map[string]*ringKey
}

// ringKey holds what is derived from one key of the ring. The key itself is
// used for nothing but deriving, so that no two purposes share one.
type ringKey struct {
	master []byte
	seal   cipher.AEAD
	pepper []byte
}

func newRingKey(master []byte) (*ringKey, error) {
	sealKey, err := subkey(master, "seal")
	if err != nil {
		return nil, err
	}
	seal, err := newAEAD(sealKey)
	if err != nil {
		return nil, err
	}
	pepper, err := subkey(master, "pepper")
	if err != nil {
		return nil, err
	}
	return &ringKey{master: master, seal: seal, pepper: pepper}, nil
}

// subkey derives the key of one purpose (RFC 5869, SHA-256).
func subkey(master []byte, purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, master, nil, "catflap/v1/"+purpose, keyBytes)
}

// KeyID is the id of the current key.
func (r *Ring) KeyID() string { return r.current }

// KeyIDs are the ids of all keys, in alphabetical order.
func (r *Ring) KeyIDs() []string {
	ids := make([]string, 0, len(r.keys))
	for id := range r.keys {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// key finds a key, or says which one is needed, which file was looked into and
// which ids it has.
func (r *Ring) key(keyID string) (*ringKey, error) {
	if k, ok := r.keys[keyID]; ok {
		return k, nil
	}
	return nil, ErrKeyMissing.Because(fmt.Errorf("key %q is needed, %s has %s",
		keyID, r.path, strings.Join(r.KeyIDs(), ", ")))
}

// MAC is the keyed hash (HMAC-SHA256, 32 bytes) of data under the current key.
// Each purpose has a key of its own, and each part is hashed with its length,
// so that ("ab", "c") and ("a", "bc") differ. Where it is stored, KeyID must be
// stored beside it for MACWith.
func (r *Ring) MAC(purpose string, data ...string) []byte {
	return mac(r.keys[r.current], purpose, data)
}

// MACWith is MAC under the key that was current when a value was stored. It
// fails with ErrKeyMissing.
func (r *Ring) MACWith(keyID, purpose string, data ...string) ([]byte, error) {
	k, err := r.key(keyID)
	if err != nil {
		return nil, err
	}
	return mac(k, purpose, data), nil
}

func mac(k *ringKey, purpose string, data []string) []byte {
	key, err := subkey(k.master, "mac/"+purpose)
	if err != nil {
		// HKDF refuses only keys or outputs of impossible length; both are
		// constants here.
		panic(err)
	}
	h := hmac.New(sha256.New, key)
	var length [8]byte
	for _, part := range data {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}
