package config

// Config is everything that can be set. The zero value is not usable: Load or
// Loader.Finish fills in what is derived and checks the whole.
//
// The first sentence of each comment is also the help text of the flag.
type Config struct {
	// A file of settings to read. Each line is NAME=value with the names of
	// this page; empty lines and lines that begin with # are skipped. The same
	// file works as an environment file of systemd or a container engine. It
	// is read only when this setting names it, and cannot name another one.
	File string `name:"config" type:"setting" placeholder:"FILE" help:"A file of settings to read."`

	// The directory for what Catflap itself keeps. It holds the key ring and,
	// unless the database is elsewhere, the SQLite file. It is created at the
	// first start. Whoever can read it can read every sealed secret: give it to
	// the account that runs Catflap and to nobody else.
	Data string `name:"data" type:"setting" default:"./data" placeholder:"DIR" help:"The directory for what Catflap itself keeps."`

	// The database, as sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME. SQLite
	// suits one server; PostgreSQL 15 or later suits several. Special characters
	// in the password are written percent-encoded (@ as %40).
	Database Database `name:"database" type:"setting" placeholder:"URL" otherwise:"sqlite:DATA/catflap.db" help:"The database, as sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME."`

	// The address and port to answer on. Without an address before the colon
	// (:8080) Catflap answers on every network of the machine.
	Listen Listen `name:"listen" type:"setting" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"The address and port to answer on."`

	// The address that people type, without a path. Links in e-mail begin with
	// it, and it decides how cookies are protected. It must be https, except on
	// localhost. Behind a proxy it is the proxy's address.
	PublicURL URL `name:"public-url" type:"setting" placeholder:"URL" otherwise:"http://localhost and the port of CATFLAP_LISTEN; https with a certificate" help:"The address that people type, without a path."`

	// The certificate chain for https, as a PEM file. It needs CATFLAP_TLS_KEY.
	// Leave both out when a proxy in front ends the TLS connection.
	TLSCert string `name:"tls-cert" type:"setting" placeholder:"FILE" help:"The certificate chain for https, as a PEM file."`

	// The private key of the certificate, as a PEM file.
	TLSKey string `name:"tls-key" type:"setting" placeholder:"FILE" help:"The private key of the certificate, as a PEM file."`

	// The proxies whose word on a visitor's address is believed. A list of
	// addresses and networks, separated by commas (10.0.0.5, 10.1.0.0/16). From
	// any other sender the header X-Forwarded-For is ignored.
	TrustedProxies Networks `name:"trusted-proxies" type:"setting" placeholder:"NETWORK,..." help:"The proxies whose word on a visitor's address is believed."`

	// The mail server, as smtp://USER:PASSWORD@HOST:587 or smtps://HOST:465.
	// With smtp:// the connection changes to TLS before the password is sent.
	// Without a mail server, messages land in the built-in mailbox when the
	// public URL is localhost (in memory, gone when Catflap stops); elsewhere
	// they wait in the queue until there is one.
	SMTP SMTP `name:"smtp" type:"setting" placeholder:"URL" help:"The mail server, as smtp://USER:PASSWORD@HOST:587 or smtps://HOST:465."`

	// The sender of all e-mail. An address, or a name with an address in angle
	// brackets: Catflap <no-reply@example.org>.
	MailFrom Sender `name:"mail-from" type:"setting" placeholder:"ADDRESS" otherwise:"no-reply@ and the host of CATFLAP_PUBLIC_URL" help:"The sender of all e-mail."`

	// Where undeliverable e-mail comes back to. An address, which is the sender in
	// the envelope (Return-Path); people see that of CATFLAP_MAIL_FROM.
	MailBounces Sender `name:"mail-bounces" type:"setting" placeholder:"ADDRESS" otherwise:"the address of CATFLAP_MAIL_FROM" help:"Where undeliverable e-mail comes back to."`

	// How many bulk messages of one practice may leave in a minute; 0 for no limit.
	// These are welcome e-mails for all, reminders and Email Alerts. The rest waits
	// its turn, and mail of other practices goes in between. What somebody waits
	// for, a code or a link, always leaves at once.
	MailPracticeLimit int `name:"mail-practice-limit" type:"setting" default:"6000" placeholder:"NUMBER" help:"How many bulk messages of one practice may leave in a minute; 0 for no limit."`

	// How many bulk messages may leave in a minute to one domain; 0 for no limit.
	// All practices together count, for each domain of addresses (gmail.com). Ask
	// whoever runs your mail server what the large mail providers accept from it.
	MailDomainLimit int `name:"mail-domain-limit" type:"setting" default:"3000" placeholder:"NUMBER" help:"How many bulk messages may leave in a minute to one domain; 0 for no limit."`

	// The country whose telephone numbers are written without a prefix. Two
	// letters of ISO 3166-1, used for numbers in imports that do not begin with +.
	Country Country `name:"country" type:"setting" default:"US" placeholder:"CODE" help:"The country whose telephone numbers are written without a prefix."`

	// A file of menu entries of your own, for other applications of your
	// practices. A JSON file, read at the start: {"entries": [{"label": "Kennel",
	// "url": "https://kennel.example.org/{practice}", "group": "Boarding", "icon":
	// "dog", "permission": "petparent.read", "feature": "pet_app"}]}. Label and url
	// are needed; the url is https or a path on this host, and {practice} in it
	// stands for the practice in the address. Staff see an entry when their roles
	// in the branch have the permission and the feature is on there; who does not
	// see it finds it, with the reason, behind "Missing something?". An entry of a
	// group that Catflap has (Pet Parents, Staff, Security, Settings) stands at its
	// end. [menu-example.json](menu-example.json) shows more.
	Menu Menu `name:"menu" type:"setting" placeholder:"FILE" help:"A file of menu entries of your own, for other applications of your practices."`

	// How many passwords are hashed at the same time. Each takes one processor
	// and 19 MiB of memory while it runs.
	HashWorkers int `name:"hash-workers" type:"setting" placeholder:"NUMBER" otherwise:"one per processor" help:"How many passwords are hashed at the same time."`

	// How many sign-ins may wait for their password to be hashed. Who comes
	// when the queue is full is asked to try again in a moment (503).
	HashQueue int `name:"hash-queue" type:"setting" placeholder:"NUMBER" otherwise:"64 per worker" help:"How many sign-ins may wait for their password to be hashed."`

	// The least important messages that are logged: debug, info, warn or error.
	LogLevel string `name:"log-level" type:"setting" default:"info" placeholder:"LEVEL" help:"The least important messages that are logged: debug, info, warn or error."`

	// How log lines are written to standard error: text or json.
	LogFormat string `name:"log-format" type:"setting" default:"text" placeholder:"FORMAT" help:"How log lines are written to standard error: text or json."`

	// origins says where each setting's value came from, by environment name.
	origins map[string]string
}
