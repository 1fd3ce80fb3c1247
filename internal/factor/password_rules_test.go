package factor

import (
	"strings"
	"testing"
)

// around is a practice and a person in it.
func around() Rules {
	return Rules{Minimum: 12, Forbidden: []string{
		"Paws & Claws", "paws", "North", "Ken Ito", "ken.ito@paws.example", "Biscuit", "Müller", "5550100200", "",
	}}
}

func TestRules(t *testing.T) {
	long := strings.Repeat("a fine day ", 20)
	for _, row := range []struct {
		name     string
		password string
		want     Problem
	}{
		{"a phrase", "blue kettle sings at dawn", NoProblem},
		{"a made-up one", "Xk9fQ2mT7pLw", NoProblem},
		{"another script", "犬が好きです毎日散歩するよ", NoProblem},
		{"a common word among others", "monkey climbs the garden gate", NoProblem},
		{"a common word and a long number", "monkey4859273611", NoProblem},
		{"a name among others", "biscuit hides behind sofas", NoProblem},

		{"nothing", "", TooShort},
		{"eleven", "kettle sing", TooShort},
		{"twelve", "kettle sings", NoProblem},
		{"eleven of four bytes each", strings.Repeat("𝄞𝄢", 5) + "𝄪", TooShort},
		{"one that folds to eighteen", "\ufdfa", TooShort},
		{"128", long[:127] + "x", NoProblem},
		{"129", long[:128] + "x", TooLong},
		{"128 of four bytes each", strings.Repeat("🐈🐕🐇🐎🐐🦎🐹🐦", 16), NoProblem},
		{"140 that fold to 130", long[:120] + strings.Repeat("e\u0301", 10), TooLong},
		{"136 that fold to 128", long[:120] + strings.Repeat("e\u0301", 8), NoProblem},
		{"a megabyte", strings.Repeat("kettle sings", 90_000), TooLong},
		{"broken text", "kettle \xff sings a song", Unreadable},

		{"on the list", "1q2w3e4r5t6y", TooCommon},
		{"on the list, in capitals", "PASSWORDPASSWORD", TooCommon},
		{"in wide letters", "ｐａｓｓｗｏｒｄ１２３４", TooCommon},
		{"with a year", "Sunshine2024", TooCommon},
		{"with a year and signs", "!!Sunshine 2024!!", TooCommon},
		{"with all the numbers", "password1234567890", TooCommon},
		{"with figures for letters", "P@$$w0rd2024", TooCommon},
		{"with signs inside", "pass-word-2024", TooCommon},
		{"again and again", "dragon dragon dragon", TooCommon},
		{"with a year, twice", "Winter2026Winter2026!", TooCommon},
		{"one character", "zzzzzzzzzzzzzzz", TooCommon},
		{"a short run", "abc9abc9abc9", TooCommon},
		{"the alphabet", "abcdefghijklmn", TooCommon},
		{"the alphabet backwards", "zyxwvutsrqponm", TooCommon},
		{"numbers backwards", "098765432109", TooCommon},
		{"a keyboard", "QWERTYUIOPasdf", TooCommon},

		{"the practice", "Paws & Claws 2024", KnownName},
		{"its words, swapped", "claws+paws+2024", KnownName},
		{"the branch, three times", "North north NORTH", KnownName},
		{"the person", "Ken Ito 12.04.1985", KnownName},
		{"the person, swapped", "ItoKen!!!1985", KnownName},
		{"the login ID", "ken.ito@paws.example", KnownName},
		{"its local part", "ken.ito-2024-ken", KnownName},
		{"the pet", "Biscuit 2021 !", KnownName},
		{"the pet with figures", "B1scu1t-2021-2021", KnownName},
		{"pet and practice", "paws4biscuit4", KnownName},
		{"an accent, written apart", "Mu\u0308ller 1985 !!", KnownName},
		{"the product", "Catflap2026!", KnownName},
		{"a number for a login ID", "5550100200 7!", KnownName},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := around().Problem(row.password); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
			err := Once(row.password).Check(around())
			if (err == nil) != (row.want == NoProblem) {
				t.Errorf("the check says %v", err)
			}
			if level, p := around().Rate(row.password); p != row.want || p != NoProblem && level != Weak && level != Short {
				t.Errorf("rated %s, %q", level, p)
			}
		})
	}
}

func TestRate(t *testing.T) {
	for password, want := range map[string]Strength{
		"kettle":                    Short,
		"201512241030":              Weak,
		"dragonmonkey1":             Weak,
		"summer holiday 2025":       Fair,
		"my dog eats socks":         Fair,
		"blue kettle sings at dawn": Strong,
		"Xk9fQ2mT7pLw4R":            Strong,
	} {
		if got, p := around().Rate(password); got != want || p != NoProblem && want != Short {
			t.Errorf("%q is %s (%s), want %s", password, got, p, want)
		}
	}
}
