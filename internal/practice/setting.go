package practice

import (
	"strconv"
	"strings"

	"catflap/internal/foundation/lang"
)

// SettingKind is what the value of a setting looks like.
type SettingKind string

// The kinds of setting.
const (
	Number SettingKind = "number" // a whole number within bounds
	Switch SettingKind = "switch" // "yes" or "no"
	Choice SettingKind = "choice" // one of Options
)

// Setting is one line of the policy: the page, the JSON API, the checks, the
// record and the manual all read it from here.
type Setting struct {
	Name    string // in forms, in JSON and in the record
	Group   string // heading of the page
	Label   string
	Means   string // what it does, in a sentence or two
	Kind    SettingKind
	Unit    string // of a number, in the plural
	Low     int    // least value of a number
	High    int    // greatest value of a number
	Zero    string // what 0 of a number means, where it is no amount
	Options []Option
	Strict  string // the value that strict mode puts in its place; "" leaves it
	of      func(*Policy) any
}

// Option is one value of a choice and its words.
type Option struct{ Value, Label string }

// The headings of the policy page.
const (
	groupStaff    = "Sessions of staff"
	groupClients  = "Sessions of pet parents"
	groupFirst    = "The first sign-in of pet parents"
	groupSecond   = "Two-factor authentication of pet parents"
	groupPassword = "Passwords"
	groupWords    = "Words"
	groupStrict   = "Strict mode"
)

// StrictSetting is the name of the switch that lays strict mode over the rest.
const StrictSetting = "strict"

// Settings lists what a practice may decide, in the order of the page.
func Settings() []Setting {
	return []Setting{
		{
			Name: "idle_staff", Group: groupStaff, Label: "Signed out when nothing happens for", Kind: Number, Unit: "minutes", Low: 5, High: 60,
			Means: "Only real use counts, not a page that is left open.",
			of:    func(p *Policy) any { return &p.IdleStaff },
		},
		{
			Name: "idle_shared", Group: groupStaff, Label: "The same on a shared computer", Kind: Number, Unit: "minutes", Low: 1, High: 15,
			Means: "Where several people use one computer, and on computers that were remembered as shared. It also holds for pet parents who say so.",
			of:    func(p *Policy) any { return &p.IdleShared },
		},
		{
			Name: "absolute_staff", Group: groupStaff, Label: "Signed out in any case after", Kind: Number, Unit: "hours", Low: 1, High: 24,
			Means: "However busy somebody is. A working day fits into the default.",
			of:    func(p *Policy) any { return &p.AbsoluteStaff },
		},
		{
			Name: "idle_client", Group: groupClients, Label: "Signed out when nothing happens for", Kind: Number, Unit: "minutes", Low: 5, High: 60,
			Means: "On their own phone or computer.",
			of:    func(p *Policy) any { return &p.IdleClient },
		},
		{
			Name: "absolute_client", Group: groupClients, Label: "Signed out in any case after", Kind: Number, Unit: "hours", Low: 1, High: 24,
			Means: "However often they look.",
			of:    func(p *Policy) any { return &p.AbsoluteClient },
		},
		{
			Name: "keep_clients", Group: groupClients, Label: "Pet parents may stay signed in for", Kind: Number, Unit: "days", Low: 0, High: 30, Zero: "off",
			Means: "Whoever ticks Keep me signed in on their own phone is not signed out for so long, pauses or not. Never on a shared computer. A new password ends it everywhere else.",
			of:    func(p *Policy) any { return &p.KeepClient },
		},
		{
			Name: "temporary_passwords", Group: groupFirst, Label: "Let people in with a temporary password", Kind: Switch, Strict: "no",
			Means: "Switched off, welcome e-mails carry an activation link instead, and people without an e-mail address cannot be given a login to use.",
			of:    func(p *Policy) any { return &p.Temporary },
		},
		{
			Name: "temporary_life", Group: groupFirst, Label: "A temporary password works for", Kind: Number, Unit: "hours", Low: 1, High: 168,
			Means: "Counted from the moment the e-mail leaves, or from issue when it is handed over. It holds for those issued from now on.",
			of:    func(p *Policy) any { return &p.TemporaryLife },
		},
		{
			Name: "temporary_tries", Group: groupFirst, Label: "A temporary password is used up after", Kind: Number, Unit: "wrong tries", Low: 1, High: 10,
			Means: "With 1, a typing error uses it up too. With more, what cannot be a temporary password is not counted. It holds for those issued from now on.",
			of:    func(p *Policy) any { return &p.TemporaryTries },
		},
		{
			Name: "temporary_readable", Group: groupFirst, Label: "Staff can read a temporary password until the first sign-in", Kind: Switch, Strict: "no",
			Means: "Switched off, nobody can look one up any more. Welcome e-mails then carry an activation link, and a temporary password is shown once, when it is issued to somebody without an e-mail address.",
			of:    func(p *Policy) any { return &p.TemporaryReadable },
		},
		{
			Name: "temporary_style", Group: groupFirst, Label: "A temporary password looks like", Kind: Choice,
			Options: []Option{{"words", "Four short words"}, {"short", "A code of eight characters"}},
			Means:   "Words are easier to read out and harder to guess.",
			of:      func(p *Policy) any { return &p.TemporaryStyle },
		},
		{
			Name: "activation_link", Group: groupFirst, Label: "Put an activation link into the welcome e-mail too", Kind: Switch,
			Means: "A link that begins the first sign-in without typing a password, for 7 days. Where welcome e-mails carry no temporary password, they carry the link in any case.",
			of:    func(p *Policy) any { return &p.ActivationLink },
		},
		{
			Name: "language_clients", Group: groupFirst, Label: "Pet parents are written to", Kind: Choice,
			Options: []Option{{lang.English, "In English"}, {lang.Spanish, "In Spanish"}, {lang.French, "In French"}, {lang.German, "In German"}},
			Means:   "Until their first sign-in. From then on it is the language of the pages that they signed in on, or the one they choose.",
			of:      func(p *Policy) any { return &p.ClientLang },
		},
		{
			Name: "accept_changes", Group: groupFirst, Label: "Take over corrections by pet parents at once", Kind: Switch,
			Means: "Switched off, what they correct about themselves and their pets waits until somebody accepts it.",
			of:    func(p *Policy) any { return &p.AcceptChanges },
		},
		{
			Name: "second_factor_clients", Group: groupSecond, Label: "A second factor for pet parents is", Kind: Choice,
			Options: []Option{{string(SecondOff), "Off"}, {string(SecondOptional), "Optional"}, {string(SecondRequired), "Required"}},
			Means:   "Off: they cannot set one up, and one that exists is still asked for. Required: whoever has none sets one up at the next sign-in.",
			of:      func(p *Policy) any { return &p.SecondClient },
		},
		{
			Name: "email_code_clients", Group: groupSecond, Label: "Pet parents may use a code by e-mail", Kind: Switch, Strict: "no",
			Means: "Whoever reads their e-mail has both proofs then. Switched off, those who used it are led to an authenticator app.",
			of:    func(p *Policy) any { return &p.EmailCodeClient },
		},
		{
			Name: "password_minimum", Group: groupPassword, Label: "A new password has at least", Kind: Number, Unit: "characters", Low: 12, High: 64,
			Means: "For staff and pet parents, from the next password on. Length is what counts: nobody has to mix in digits or signs, and nothing expires.",
			of:    func(p *Policy) any { return &p.PasswordMinimum },
		},
		{
			Name: "pet_parents_called", Group: groupWords, Label: "Pages call the people whose pets you look after", Kind: Choice,
			Options: []Option{{"pet_parents", "Pet parents"}, {CalledClients, "Clients"}},
			Means:   "In menus, headings, texts and messages of the English pages. What somebody typed, addresses of pages and what programs read stay as they are.",
			of:      func(p *Policy) any { return &p.PetParentsCalled },
		},
		{
			Name: StrictSetting, Group: groupStrict, Label: "Strict mode", Kind: Switch,
			Means: "Everything that is convenient and less safe is off, whatever is chosen above: no temporary passwords, activation links only, no codes by e-mail, backup codes that nobody can show again, and at least 15 characters where a password is a pet parent's only proof. What you chose comes back when you switch it off.",
			of:    func(p *Policy) any { return &p.Strict },
		},
	}
}

// Value is the setting's value in a policy, as forms and the record write it.
func (s Setting) Value(p Policy) string {
	switch v := s.of(&p).(type) {
	case *bool:
		if *v {
			return "yes"
		}
		return "no"
	case *string:
		return *v
	case *SecondMode:
		return string(*v)
	default:
		n, _ := s.number(&p)
		return strconv.Itoa(n)
	}
}

// Plain is the value as JSON has it: a number, true or false, or a word.
func (s Setting) Plain(p Policy) any {
	switch v := s.of(&p).(type) {
	case *bool:
		return *v
	case *string:
		return *v
	case *SecondMode:
		return string(*v)
	}
	n, _ := s.number(&p)
	return n
}

// Default is the value of a practice that never looked.
func (s Setting) Default() string { return s.Value(DefaultPolicy()) }

// Say is a value in words: "15 minutes", "off", "Four short words".
func (s Setting) Say(value string) string {
	switch s.Kind {
	case Number:
		if value == "0" && s.Zero != "" {
			return s.Zero
		}
		if value == "1" {
			return "1 " + singular(s.Unit)
		}
		return value + " " + s.Unit
	case Switch:
		if value == "yes" {
			return "on"
		}
		return "off"
	}
	for _, o := range s.Options {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

// Bounds is what may be chosen, in words; "" for a switch.
func (s Setting) Bounds() string {
	switch s.Kind {
	case Number:
		bounds := strconv.Itoa(s.Low) + " to " + strconv.Itoa(s.High) + " " + s.Unit
		if s.Zero != "" {
			bounds += ", 0 for " + s.Zero
		}
		return bounds
	case Choice:
		words := make([]string, 0, len(s.Options))
		for _, o := range s.Options {
			words = append(words, strings.ToLower(o.Label[:1])+o.Label[1:])
		}
		return strings.Join(words, " or ")
	}
	return ""
}

// put checks a value and stores it in p. The words say what to do when it
// cannot be; they are "" otherwise.
func (s Setting) put(p *Policy, value string) (problem string) {
	switch v := s.of(p).(type) {
	case *bool:
		if value != "yes" && value != "no" {
			return "Choose on or off."
		}
		*v = value == "yes"
	case *string:
		return s.choose(value, func() { *v = value })
	case *SecondMode:
		return s.choose(value, func() { *v = SecondMode(value) })
	default:
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < s.Low || n > s.High {
			return "Type a whole number, " + s.Bounds() + "."
		}
		_, set := s.number(p)
		set(n)
	}
	return ""
}

// choose stores one of the options.
func (s Setting) choose(value string, store func()) (problem string) {
	for _, o := range s.Options {
		if o.Value == value {
			store()
			return ""
		}
	}
	return "Choose one of the list."
}

// number reads and writes the field of a Number, whatever it counts.
func (s Setting) number(p *Policy) (int, func(int)) {
	switch v := s.of(p).(type) {
	case *Minutes:
		return int(*v), func(n int) { *v = Minutes(n) }
	case *Hours:
		return int(*v), func(n int) { *v = Hours(n) }
	case *Days:
		return int(*v), func(n int) { *v = Days(n) }
	case *int:
		return *v, func(n int) { *v = n }
	}
	return 0, func(int) {}
}

func singular(unit string) string {
	if stem, found := strings.CutSuffix(unit, "ies"); found {
		return stem + "y"
	}
	return strings.TrimSuffix(unit, "s")
}
