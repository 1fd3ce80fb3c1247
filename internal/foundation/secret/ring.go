package secret

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

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
// for concurrent use.
//
// It follows its file: whoever uses it sees what the file held at most lookEvery
// before, so that a key can be added while servers run.
type Ring struct {
	path    string
	started time.Time
	keys    atomic.Pointer[keys]
	looked  atomic.Int64 // when the file was last looked at, since started

	mu     sync.Mutex    // of reading the file
	reread time.Duration // when a key was missing and the file was read for it, since started
	faulty string        // why the file could not be read
	tell   func(error)
}

// keys is what a ring file holds. It never changes after it was read.
type keys struct {
	current string
	next    string // what a rotation leads to; the current one once it is that
	byID    map[string]*ringKey
	order   []string // as they were added
	stamp   stamp
}

// ringKey holds what is derived from one key of the ring. The key itself is
// used for nothing but deriving, so that no two purposes share one.
type ringKey struct {
	master  []byte
	seal    cipher.AEAD
	pepper  []byte
	created time.Time
	retired time.Time // when another one became current
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

// KeyID is the id of the current key. Another one may be current a moment later:
// who stores the id with a value asks once, and makes the value under that id.
func (r *Ring) KeyID() string { return r.now().current }

// KeyIDs are the ids of all keys, in alphabetical order.
func (r *Ring) KeyIDs() []string { return r.now().ids() }

func (k *keys) ids() []string { return slices.Sorted(maps.Keys(k.byID)) }

// currentKey is the key for everything new, and its id.
func (r *Ring) currentKey() (id string, k *ringKey) {
	all := r.now()
	return all.current, all.byID[all.current]
}

// key finds a key, or says which one is needed, which file was looked into and
// which ids it has. For one that it does not know the file is read again.
func (r *Ring) key(keyID string) (*ringKey, error) {
	all := r.now()
	if k, ok := all.byID[keyID]; ok {
		return k, nil
	}
	if all = r.lookFor(keyID); all.byID[keyID] != nil {
		return all.byID[keyID], nil
	}
	return nil, ErrKeyMissing.Because(fmt.Errorf("key %q is needed, %s has %s",
		keyID, r.path, strings.Join(all.ids(), ", ")))
}

// MAC is the keyed hash (HMAC-SHA256, 32 bytes) of data under the current key.
// Each purpose has a key of its own, and each part is hashed with its length,
// so that ("ab", "c") and ("a", "bc") differ. What is stored to be found again
// is made by MACWith, under a key whose id is stored beside it.
func (r *Ring) MAC(purpose string, data ...string) []byte {
	_, k := r.currentKey()
	return mac(k, purpose, data)
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

// MACs are the keyed hashes of data under every key of the ring, that of the
// current one first: for what was handed out without the id of its key, before a
// rotation or by a server that was a moment ahead.
func (r *Ring) MACs(purpose string, data ...string) [][]byte {
	all := r.now()
	sums := [][]byte{mac(all.byID[all.current], purpose, data)}
	for _, id := range all.ids() {
		if id != all.current {
			sums = append(sums, mac(all.byID[id], purpose, data))
		}
	}
	return sums
}

// Matches reports whether sum is one of MACs.
func (r *Ring) Matches(sum []byte, purpose string, data ...string) bool {
	found := false
	for _, s := range r.MACs(purpose, data...) {
		found = hmac.Equal(s, sum) || found
	}
	return found
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
