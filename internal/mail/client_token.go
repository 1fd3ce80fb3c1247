package mail

// Own is the template of messages whose words a practice wrote itself: with a
// template of its own, or by hand.
const Own = "own"

// Sample is the template of messages that show staff what others would get; their
// words are named by TextID.
const Sample = "sample"

// Described is a token as people read about it.
type Described struct {
	Token
	Label   string // "First name"
	Example string // stands in previews that are to nobody
}

// ClientTokens lists what a practice's own texts to pet parents can be filled
// with. In such a text a token is required where it stands outside of a section
// of its own name.
func ClientTokens() []Described {
	return []Described{
		{Token{Name: "name"}, "Name of the pet parent", "Grace Hopper"},
		{Token{Name: "first_name"}, "First name", "Grace"},
		{Token{Name: "last_name"}, "Last name", "Hopper"},
		{Token{Name: "pets"}, "Names of the pets that are alive", "Bit, Nano"},
		{Token{Name: "login_id"}, "Login ID", "grace@example.com"},
		{Token{Name: "login_url", Link: true}, "Address of the sign-in page", "https://www.example.com/login"},
		{Token{Name: "temporary_password", Secret: true}, "Temporary password, put in when the message leaves", mask},
		{Token{Name: "valid_for", Words: true}, "How long the temporary password or the link works", "72 hours"},
		{Token{Name: "link", Secret: true, Link: true}, "Activation link, put in when the message leaves", mask},
		{Token{Name: "link_valid_for", Words: true}, "How long the link beside a password works", "7 days"},
		{Token{Name: "practice"}, "Name of the practice", "Harbour Vets"},
		{Token{Name: "practice_phone"}, "Phone of the practice", "+1 555 0100"},
		{Token{Name: "practice_email"}, "E-mail address of the practice", "hello@example.com"},
		{Token{Name: "practice_hours"}, "Opening hours of the practice", "Mon-Fri 8-18"},
		{Token{Name: "branch"}, "Home branch of the pet parent", "North"},
		{Token{Name: "address"}, "E-mail address that the message goes to", "grace@example.com"},
	}
}

func clientTokens() []Token {
	var all []Token
	for _, d := range ClientTokens() {
		all = append(all, d.Token)
	}
	return all
}

// TokensOf are the tokens of a built-in template as people read about them;
// those of the practice's own texts for any other name.
func TokensOf(template string) []Described {
	tokens, known := builtin()[template]
	if !known {
		return ClientTokens()
	}
	words := map[string]Described{}
	for _, d := range append(ClientTokens(), otherTokens()...) {
		words[d.Name] = d
	}
	var all []Described
	for _, t := range append(tokens, Token{Name: "address"}) {
		d := words[t.Name]
		d.Token = t
		all = append(all, d)
	}
	return all
}

// otherTokens are those that only built-in templates have.
func otherTokens() []Described {
	of := func(name, label, example string) Described { return Described{Token{Name: name}, label, example} }
	return []Described{
		of("inviter", "Who invited this person", "Ada Lovelace"),
		of("logins", "Login IDs, one a line", "grace\ngrace@example.com"),
		of("practices", "Practices and their sign-in pages, one a line", "Harbour Vets: https://www.example.com/login"),
		of("code", "The code, put in when the message leaves", mask),
		of("when", "When it happened", "1 May 2026, 10:02"),
		of("where", "On which device, and from which address", "Firefox on Windows"),
		of("due", "Anything where the next sign-in requires a second factor", "yes"),
		of("deadline", "The day from which it is required", "15 May 2026"),
		of("what", "What happened, as a sentence", "Your password was changed."),
		of("why", "The reason that somebody gave", "Lost the phone"),
		of("identity", "How it was checked who asked", "Birthday of the pet"),
		of("record_url", "Address of the page that tells more", "https://www.example.com/record"),
	}
}
