package account

import "testing"

func TestMasked(t *testing.T) {
	for address, want := range map[string]string{
		"maria@example.com": "m•••@example.com", "m@example.com": "m•••@example.com", "élan@example.com": "é•••@example.com",
		`"a@b"@example.com`: `"•••@example.com`, "@example.com": "•••", "nobody": "•••", "": "•••",
	} {
		if got := Masked(address); got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}
