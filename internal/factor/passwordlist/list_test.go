package passwordlist_test

import (
	"crypto/rand"
	"testing"

	"catflap/internal/factor/passwordlist"
)

func TestList(t *testing.T) {
	if n := passwordlist.Size(); n != 108_482 {
		t.Errorf("%d passwords; SOURCE.md says 108,482", n)
	}
	for _, w := range []string{"123456", "password", "qwertyuiop", "iloveyou", "1q2w3e4r5t6y", "mustang", "sultansultan", "passwordpassword"} {
		if !passwordlist.Has(passwordlist.Fold(w)) {
			t.Errorf("%q is not on the list", w)
		}
	}
	if !passwordlist.Has(passwordlist.Fold("ＰＡＳＳＷＯＲＤ")) {
		t.Error("wide letters are not folded")
	}
	for _, w := range []string{"", "cat", "correcthorsebatterystaple", "catflap"} {
		if passwordlist.Has(passwordlist.Fold(w)) {
			t.Errorf("%q is on the list", w)
		}
	}
	for range 20_000 {
		if w := passwordlist.Fold(rand.Text()); passwordlist.Has(w) {
			t.Errorf("%q, which nobody ever chose, is on the list", w)
		}
	}
}
