package argon2

import (
	"bytes"
	"crypto/rand"
	"testing"

	original "golang.org/x/crypto/argon2"
)

// TestSameAsTheOriginal: over memory that is used again and again the results
// are those of golang.org/x/crypto/argon2.
func TestSameAsTheOriginal(t *testing.T) {
	for _, kib := range []uint32{8, 16, 64, 1024, 19456} {
		m := NewMemory(kib)
		for passes := uint32(1); passes <= 3; passes++ {
			for _, length := range []int{0, 1, 12, 64, 200} {
				password, salt := make([]byte, length), make([]byte, 16)
				_, _ = rand.Read(password)
				_, _ = rand.Read(salt)
				keyLen := uint32(16 + length/2)
				want := original.IDKey(password, salt, passes, kib, 1, keyLen)
				if got := IDKey(m, password, salt, passes, keyLen); !bytes.Equal(got, want) {
					t.Fatalf("%d KiB, %d passes, %d bytes: %x, want %x", kib, passes, length, got, want)
				}
			}
		}
	}
}
