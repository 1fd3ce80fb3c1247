package secret_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"catflap/internal/foundation/secret"
)

func TestNewToken(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token, hash := secret.NewToken()
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || len(raw) != 32 {
			t.Fatalf("token %q: %d bytes, %v", token, len(raw), err)
		}
		if seen[token] {
			t.Fatal("the same token twice")
		}
		seen[token] = true
		if len(hash) != 32 || !bytes.Equal(hash, secret.HashToken(token)) || bytes.Contains(hash, raw) {
			t.Fatal("the hash does not belong to the token")
		}
	}
}

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"", "", true}, {"same", "same", true}, {"same", "Same", false}, {"same", "same ", false}, {"", "x", false}} {
		if got := secret.Equal(c.a, c.b); got != c.want {
			t.Errorf("Equal(%q, %q) = %v", c.a, c.b, got)
		}
	}
}
