package secret

import "crypto/cipher"

// Box seals under a key of its own, which the ring seals. Whoever deletes that
// one sealed key has made everything in the box unreadable, wherever copies of it
// are left. Safe for concurrent use.
type Box struct{ aead cipher.AEAD }

// NewBox makes a box and its key, sealed for the place ad as by Seal.
func (r *Ring) NewBox(ad string) (*Box, []byte, error) {
	key := random(32)
	sealed, err := r.Seal(ad, key)
	if err != nil {
		return nil, nil, err
	}
	b, err := newBox(key)
	return b, sealed, err
}

// OpenBox opens the box whose sealed key NewBox gave out for the same ad. The
// faults are those of Open.
func (r *Ring) OpenBox(ad string, sealed []byte) (*Box, error) {
	key, err := r.Open(ad, sealed)
	if err != nil {
		return nil, err
	}
	return newBox(key)
}

func newBox(key []byte) (*Box, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return &Box{aead}, nil
}

// Seal encrypts plain for the place that ad names.
func (b *Box) Seal(ad string, plain []byte) ([]byte, error) {
	if ad == "" {
		return nil, errNoPlace()
	}
	return b.aead.Seal(nil, nil, plain, []byte(ad)), nil
}

// Open decrypts what Seal made for the same ad; ErrSealBroken for everything else.
func (b *Box) Open(ad string, sealed []byte) ([]byte, error) {
	if ad == "" {
		return nil, errNoPlace()
	}
	plain, err := b.aead.Open(nil, nil, sealed, []byte(ad))
	if err != nil {
		return nil, ErrSealBroken.Because(err)
	}
	return plain, nil
}
