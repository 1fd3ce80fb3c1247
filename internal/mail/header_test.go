package mail

import (
	"strings"
	"testing"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

// What people typed stays the value of the header that it stands in, as the bytes
// on the line have it.
func TestHeadersFromPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOutbox(t, d)
		own := o.save("paws", TextInput{Name: "Spring", Lang: "en", Source: source("{{first_name}} at {{practice}}", "<p>Hello</p>")})
		for name, evil := range map[string]string{
			"new line":       "Bob\r\nBcc: x@example.com",
			"bare LF":        "Bob\nBcc: x@example.com",
			"bare CR":        "Bob\rBcc: x@example.com",
			"end of headers": "Bob\r\n\r\n<script>alert(1)</script>",
			"folded":         "Bob\r\n Bcc: x@example.com",
			"other breaks":   "Bob\u2028Bcc: x@example.com\u0085Bcc: x@example.com\x00",
			"encoded word":   "=?utf-8?q?Bob=0D=0ABcc:_x@example.com?=",
			"another one":    `"Bob" <x@example.com>, Eve <eve@example.com>`,
			"angles":         "<x@example.com>",
			"commas":         "Bob, Eve; x@example.com:",
			"quotes":         `Bob" <x@example.com>\`,
			"direction":      "Bob \u202egro.elpmaxe@x",
			"long":           strings.Repeat("Bob Bcc: x@example.com ", 60),
			"long foreign":   strings.Repeat("Zoë 🐈 ", 200),
		} {
			t.Run(name, func(t *testing.T) {
				before := len(o.server.Messages())
				o.enqueue(Draft{
					PracticeID: "paws", PetParentID: "parent", To: "bob@example.com", ToName: evil, OwnTemplate: own.Template,
					Data: map[string]string{"first_name": evil, "practice": evil},
				})
				o.drain()
				all := o.server.Messages()
				if len(all) != before+1 {
					t.Fatalf("%d letters left", len(all)-before)
				}
				got := all[len(all)-1]
				for header := range got.Header {
					switch header {
					case "Date", "From", "To", "Subject", "Message-Id", "Auto-Submitted", "Mime-Version", "Content-Type":
					default:
						t.Errorf("a header %s: %q", header, got.Header[header])
					}
				}
				for _, header := range []string{"From", "To", "Subject"} {
					if n := len(got.Header[header]); n != 1 {
						t.Errorf("%d headers %s", n, header)
					}
				}
				for header, want := range map[string]string{"From": "catflap@cats.example", "To": "bob@example.com"} {
					list, err := got.Header.AddressList(header)
					if err != nil || len(list) != 1 || list[0].Address != want || strings.ContainsFunc(list[0].Name, unprintable) {
						t.Errorf("%s: %v, %v", header, list, err)
					}
				}
				if n := len([]rune(got.Subject)); n > maxSubject || strings.ContainsFunc(got.Subject, unprintable) {
					t.Errorf("subject of %d: %q", n, got.Subject)
				}
				if strings.TrimSpace(got.HTML) == "" || strings.Contains(got.HTML, "<script>") {
					t.Errorf("HTML: %s", got.HTML)
				}
			})
		}
	})
}
