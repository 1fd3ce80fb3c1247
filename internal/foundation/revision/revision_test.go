package revision_test

import (
	"testing"

	"catflap/internal/foundation/revision"
)

func TestOf(t *testing.T) {
	yes := true
	seen := map[string][]any{}
	for _, values := range [][]any{
		nil, {""}, {"", ""}, {"ab", "c"}, {"a", "bc"}, {"a\nb"}, {"a", "b"}, {1}, {"1"}, {true}, {[]string{"a", "b"}}, {&yes, nil}, {nil, &yes},
	} {
		got := revision.Of(values...)
		if other, taken := seen[got]; taken {
			t.Errorf("%q and %q have the same revision", values, other)
		}
		if seen[got] = values; len(got) != 24 {
			t.Errorf("the revision of %q is %q", values, got)
		}
	}
	again := true
	if revision.Of("a", &yes) != revision.Of("a", &again) {
		t.Error("the same values have two revisions")
	}
}
