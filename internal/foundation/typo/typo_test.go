package typo

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		most int
		want int
	}{
		{"", "", 9, 0}, {"cat", "cat", 9, 0}, {"cat", "", 9, 3}, {"", "cat", 9, 3}, {"kitten", "sitting", 9, 3},
		{"name", "nmae", 9, 2}, {"cat", "cats", 9, 1}, {"flaw", "lawn", 9, 2},
		{"kitten", "sitting", 2, 2}, {"kitten", "k", 3, 3}, {"kitten", "sitting", 3, 3},
	} {
		if got := Distance(c.a, c.b, c.most); got != c.want {
			t.Errorf("from %q to %q, at most %d: %d, want %d", c.a, c.b, c.most, got, c.want)
		}
	}
}
