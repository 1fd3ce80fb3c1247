package db

import (
	"strings"
	"testing"

	"catflap/internal/foundation/fault"
)

func TestServerSuits(t *testing.T) {
	cases := []struct {
		version  int
		encoding string
		words    string // "" when it suits
	}{
		{150000, "UTF8", ""},
		{180003, "UTF8", ""},
		{140021, "UTF8", "PostgreSQL 14, and Catflap needs 15"},
		{90624, "UTF8", "PostgreSQL 9,"},
		{150000, "SQL_ASCII", "needs UTF8"},
	}
	for _, c := range cases {
		err := suits(c.version, c.encoding)
		if c.words == "" && err == nil {
			continue
		}
		if !fault.Is(err, fault.Invalid) || c.words == "" || !strings.Contains(err.Error(), c.words) {
			t.Errorf("suits(%d, %s) = %v, want %q", c.version, c.encoding, err, c.words)
		}
	}
}
