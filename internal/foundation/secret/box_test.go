package secret

import (
	"bytes"
	"errors"
	"testing"
)

func TestBox(t *testing.T) {
	r := newRing(t)
	b, key, err := r.NewBox("upload/1")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := b.Seal("upload/1/0", []byte("Anna Miller"))
	if err != nil || bytes.Contains(sealed, []byte("Anna")) {
		t.Fatalf("%q, %v", sealed, err)
	}
	again, err := r.OpenBox("upload/1", key)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open("upload/1/0", sealed); err != nil || string(plain) != "Anna Miller" {
		t.Errorf("%q, %v", plain, err)
	}
	if _, err := again.Open("upload/1/1", sealed); !errors.Is(err, ErrSealBroken) {
		t.Errorf("moved to another place: %v", err)
	}
	if _, err := r.OpenBox("upload/2", key); !errors.Is(err, ErrSealBroken) {
		t.Errorf("the key of another box: %v", err)
	}
	other, _, err := r.NewBox("upload/1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open("upload/1/0", sealed); !errors.Is(err, ErrSealBroken) {
		t.Errorf("another box: %v", err)
	}
}
