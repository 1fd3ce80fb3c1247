package mail

// The built-in templates.
const (
	Welcome            = "welcome"             // a pet parent's login and temporary password
	Activation         = "activation"          // a pet parent begins the first sign-in without a password
	StaffInvitation    = "staff_invitation"    // a member of staff chooses a first password
	PlatformInvitation = "platform_invitation" // the same for a platform account
	PasswordReset      = "password_reset"      // the link to choose a new password
	LoginIDs           = "login_ids"           // which login IDs belong to this address
	LoginURLs          = "login_urls"          // at which practices this address can sign in
	AddressChange      = "address_change"      // a new address says that it is this person's
	RecoveryChange     = "recovery_change"     // a new recovery address says that it is this pet parent's
	SignInCode         = "sign_in_code"        // a code that proves a sign-in
	TwoFactorReminder  = "two_factor_reminder" // this person has no second factor yet
	SecurityNotice     = "security_notice"     // something happened to this person's login
	WrongCodes         = "wrong_codes"         // somebody who has the password had no right code
	LoginEnded         = "login_ended"         // this pet parent's login was deleted when two records became one
	FactorHelp         = "factor_help"         // somebody was helped with a second factor, to those who could have
)

// Token is one thing that a template is filled with.
type Token struct {
	Name     string
	Required bool   // without a value the message is not sent
	Secret   bool   // comes from Secrets.Reveal, never from Draft.Data
	Link     bool   // must be an absolute http or https URL
	Only     string // the one kind of secret that brings it; "" for every kind
	Device   bool   // the label of a device, and an address
	Words    bool   // English words of the program, said in the language of the message
}

// builtin is what each built-in template can be filled with. valid_for is a
// span in words ("72 hours"); practice reads "Catflap" when it is not given.
func builtin() map[string][]Token {
	return map[string][]Token{
		Welcome: {
			{Name: "name"}, {Name: "practice"}, {Name: "valid_for", Words: true},
			{Name: "login_id", Required: true},
			{Name: "temporary_password", Required: true, Secret: true},
			{Name: "login_url", Required: true, Link: true},
			{Name: "link_valid_for", Words: true},
			{Name: "link", Secret: true, Link: true, Only: SecretBoth}, // that does the same without the password
		},
		Activation: {
			{Name: "name"}, {Name: "practice"}, {Name: "valid_for", Words: true},
			{Name: "login_id", Required: true},
			{Name: "link", Required: true, Secret: true, Link: true},
		},
		StaffInvitation: {
			{Name: "name"}, {Name: "practice"}, {Name: "inviter"}, {Name: "valid_for", Words: true},
			{Name: "login_url", Link: true},
			{Name: "link", Required: true, Secret: true, Link: true},
		},
		PlatformInvitation: {
			{Name: "name"}, {Name: "practice"}, {Name: "valid_for", Words: true},
			{Name: "link", Required: true, Secret: true, Link: true},
		},
		PasswordReset: {
			{Name: "name"}, {Name: "practice"}, {Name: "valid_for", Words: true},
			{Name: "link", Required: true, Secret: true, Link: true},
		},
		LoginIDs: {
			{Name: "name"}, {Name: "practice"},
			{Name: "logins", Required: true}, // one login ID a line
			{Name: "login_url", Required: true, Link: true},
		},
		LoginURLs: {
			{Name: "name"}, {Name: "practice"},
			{Name: "practices", Required: true}, // one practice and its login URL a line
		},
		AddressChange: {
			{Name: "name"}, {Name: "practice"}, {Name: "valid_for", Words: true},
			{Name: "link", Required: true, Secret: true, Link: true},
		},
		RecoveryChange: {
			{Name: "name"}, {Name: "practice"}, {Name: "valid_for", Words: true},
			{Name: "link", Required: true, Secret: true, Link: true},
		},
		SignInCode: {
			{Name: "name"}, {Name: "practice"}, {Name: "valid_for", Words: true},
			{Name: "code", Required: true, Secret: true},
			{Name: "when", Required: true},
			{Name: "where", Device: true},
			{Name: "link", Required: true, Secret: true, Link: true}, // the page that protects the account
		},
		TwoFactorReminder: {
			{Name: "name"}, {Name: "practice"},
			{Name: "due"},                    // anything where the next sign-in requires it
			{Name: "deadline"},               // the day from which it is required
			{Name: "valid_for", Words: true}, // the span from the next sign-in, where no day is known yet
			{Name: "login_url", Required: true, Link: true},
		},
		SecurityNotice: {
			{Name: "name"}, {Name: "practice"},
			{Name: "what", Required: true, Words: true}, // a sentence: "Your password was changed."
			{Name: "why"}, // what somebody typed who did it for this person
			{Name: "when", Required: true},
			{Name: "where", Device: true},
			{Name: "valid_for", Words: true},
			{Name: "link", Required: true, Secret: true, Link: true}, // the page that protects the account
		},
		WrongCodes: {
			{Name: "name"}, {Name: "practice"},
			{Name: "when", Required: true},
			{Name: "where", Device: true},
			{Name: "valid_for", Words: true},
			{Name: "link", Required: true, Secret: true, Link: true}, // the page that protects the account
		},
		LoginEnded: { // without a link: there is no account left to protect
			{Name: "name"}, {Name: "practice"},
			{Name: "login_id", Required: true},
			{Name: "when", Required: true},
			{Name: "where", Device: true},
		},
		FactorHelp: {
			{Name: "name"}, {Name: "practice"},
			{Name: "what", Required: true, Words: true}, // a sentence: "Ada let Rita sign in once without the second factor."
			{Name: "why"},
			{Name: "identity"}, // how it was checked who asked
			{Name: "when", Required: true},
			{Name: "where", Device: true},
			{Name: "record_url", Link: true}, // the page that tells more
		},
	}
}

// common are the tokens that every template and the layout can use: whom the
// message goes to, who it is from, and its subject.
func common() []Token {
	return []Token{{Name: "address"}, {Name: "practice"}, {Name: "subject"}}
}
