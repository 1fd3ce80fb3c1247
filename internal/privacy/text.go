package privacy

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// form is how people write a moment.
const form = "2 January 2006, 15:04 MST"

// sheet is a text that grows by lines (CRLF, so that every editor shows them).
type sheet struct{ strings.Builder }

func (s *sheet) line(format string, args ...any) { fmt.Fprintf(s, format+"\r\n", args...) }

func (s *sheet) head(words string) {
	s.line("")
	s.line("%s", words)
	s.line("%s", strings.Repeat("-", len(words)))
}

// fact writes one value; a value of several lines stands below its name.
func (s *sheet) fact(name string, values ...string) {
	var lines []string
	for _, v := range values {
		lines = append(lines, strings.FieldsFunc(v, func(r rune) bool { return r == '\n' || r == '\r' })...)
	}
	s.line("%s: %s", name, cmp.Or(strings.Join(lines, ", "), "nothing"))
}

func (s *sheet) moment(name string, t *time.Time) {
	if t != nil {
		s.line("%s: %s", name, t.Format(form))
	}
}

// text is the whole of it for people to read.
func (d Data) text() string {
	s := &sheet{}
	s.line("What %s has stored about %s", d.Practice, cmp.Or(strings.TrimSpace(d.Person.FirstName+" "+d.Person.LastName), d.Person.Company))
	s.line("")
	s.line("Made on %s. Times are UTC. personal-data.json beside this file holds the same for programs.", d.ExportedAt.Format(form))
	s.line("Passwords and codes are not in it: nobody can read them. What staff and other people of the household did")
	s.line("stands here without their names; by unknown is what somebody did who had not signed in, which may be")
	s.line("somebody else who typed the login ID.")
	d.aboutPerson(s)
	d.aboutPets(s)
	d.aboutLogin(s)
	d.aboutMail(s)
	d.aboutRecord(s)
	return s.String()
}

func (d Data) aboutPerson(s *sheet) {
	p := d.Person
	s.head("Person")
	s.fact("First name", p.FirstName)
	s.fact("Last name", p.LastName)
	s.fact("Company", p.Company)
	s.fact("E-mail", p.Emails...)
	s.fact("Phone", p.Phones...)
	s.fact("Client number", p.ClientNumbers...)
	s.fact("Home branch", p.HomeBranch)
	s.line("Active client: %s", yes(p.Active))
	s.line("Opted out of bulk e-mail: %s", yes(p.OptOut))
	s.moment("Asked for no news by e-mail", p.OptedOutAt)
	s.line("Other people in the household: %d", p.Housemates)
	s.line("On record since: %s", p.CreatedAt.Format(form))
	s.line("Last changed: %s", p.UpdatedAt.Format(form))
	s.moment("Left out of logins for all since", d.LeftOutAt)
}

func (d Data) aboutPets(s *sheet) {
	s.head("Pets")
	for _, p := range d.Pets {
		s.line("%s", p.words())
	}
	if len(d.Pets) == 0 {
		s.line("None.")
	}
	s.head("Corrections that were proposed")
	for _, c := range d.Corrections {
		s.fact(c.At.Format(form)+", "+strings.TrimSpace(c.Pet+" "+c.Field), cmp.Or(c.Before, "nothing")+" -> "+cmp.Or(c.After, "nothing")+" ("+c.State+")")
	}
	if len(d.Corrections) == 0 {
		s.line("None.")
	}
}

// words are what is known of a pet, on one line.
func (p Pet) words() string {
	words := []string{p.Name}
	for _, w := range []string{strings.ReplaceAll(p.Species, "_", " "), p.Breed, p.Sex} {
		if w != "" {
			words = append(words, w)
		}
	}
	if p.Neutered != nil {
		words = append(words, "neutered: "+yes(*p.Neutered))
	}
	if p.BornOn != "" {
		words = append(words, "born "+p.BornOn)
	}
	if p.Deceased {
		words = append(words, strings.TrimSpace("deceased "+p.DiedOn))
	}
	return strings.Join(words, ", ")
}

func (d Data) aboutLogin(s *sheet) {
	s.head("Login")
	if d.Login == nil {
		s.line("None.")
		return
	}
	l := d.Login
	s.fact("Login ID", l.LoginID)
	s.fact("Recovery address", l.RecoveryAddress)
	if l.PendingAddress != "" {
		s.fact("Recovery address that waits to be confirmed", l.PendingAddress)
	}
	s.fact("Language", l.Language)
	s.line("Active: %s", yes(l.Active))
	s.line("Created: %s", l.CreatedAt.Format(form))
	s.moment("First sign-in", l.FirstSignInAt)
	s.moment("Last sign-in", l.LastSignInAt)
	s.fact("Last signed in on", l.LastSignInOn)
	s.moment("Authenticator app since", l.Authenticator)
	s.moment("Codes by e-mail since", l.EmailCodes)
	s.line("Unused backup codes: %d", l.BackupCodes)
	s.moment("Page of the invitation opened", l.OpenedAt)
	s.moment("Invitation used", l.EnteredAt)
	for _, a := range l.Accepted {
		s.line("Accepted version %d of the terms: %s", a.Version, a.At.Format(form))
	}
	for _, one := range l.Devices {
		s.line("Known %s: signed in from %s to %s", one.Kind, one.First.Format(form), one.Last.Format(form))
	}
	if l.Draft != nil {
		l.Draft.write(s)
	}
	s.head("Times of being signed in")
	for _, o := range d.Sessions {
		end := "still open"
		if o.EndedAt != nil {
			end = "until " + o.EndedAt.Format(form)
		}
		s.line("From %s %s, %s, %s", o.Since.Format(form), end, o.Device, o.IP)
	}
	if len(d.Sessions) == 0 {
		s.line("None.")
	}
}

func (d Draft) write(s *sheet) {
	s.head("First sign-in that is not complete")
	s.line("Confirmed: %s", d.At.Format(form))
	s.fact("First name", d.FirstName)
	s.fact("Last name", d.LastName)
	s.fact("E-mail", d.Email)
	s.fact("Phone", d.Phones...)
	for _, p := range d.Pets {
		s.line("Pet: %s", p.words())
	}
}

func (d Data) aboutMail(s *sheet) {
	s.head("E-mails")
	for _, m := range d.Messages {
		s.line("%s, to %s: %s (%s)", m.At.Format(form), m.To, m.Subject, m.State)
		for words := range strings.Lines(m.Text) {
			s.line("    %s", strings.TrimRight(words, "\r\n"))
		}
	}
	if len(d.Messages) == 0 {
		s.line("None.")
	}
}

func (d Data) aboutRecord(s *sheet) {
	s.head("The record of who did what")
	for _, e := range d.Record {
		words := fmt.Sprintf("%s, %s, by %s", e.At.Format(form), strings.ReplaceAll(strings.ReplaceAll(string(e.Action), ".", ": "), "_", " "), e.By)
		if e.Outcome == "refused" {
			words += ", refused"
		}
		if e.Terms != "" {
			words += ", version " + e.Terms
		}
		if e.IP != "" {
			words += ", from " + e.IP
		}
		s.line("%s", words)
		for _, c := range e.Changes {
			s.fact("    "+strings.ReplaceAll(c.Field, "_", " "), cmp.Or(c.Before, "nothing")+" -> "+cmp.Or(c.After, "nothing"))
		}
	}
	if len(d.Record) == 0 {
		s.line("Nothing.")
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
