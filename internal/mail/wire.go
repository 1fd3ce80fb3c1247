package mail

import (
	"bytes"
	"mime/quotedprintable"
	"strings"
	"time"
)

// lineWidth is how long a line of a header should be at most (RFC 5322, 2.1.1).
const lineWidth = 78

// wire is the letter as it goes over the line: RFC 5322 with MIME (RFC 2045),
// a text and its HTML as alternatives (RFC 2046, 5.1.4). A letter is written a
// hundred thousand times in a row, and it always has this shape; a library that
// can write every shape took four times as long.
func (l Letter) wire(b *bytes.Buffer) {
	b.Reset()
	b.Grow(2048 + len(l.Text) + len(l.HTML) + (len(l.Text)+len(l.HTML))/4)
	// The encoding of the parts never writes "=_".
	boundary := "=_" + l.ID
	writeHeader(b, "Date", l.At.Format(time.RFC1123Z))
	writeHeader(b, "From", l.From.String())
	writeHeader(b, "To", l.To.String())
	writeHeader(b, "Subject", subjectHeader(l.Subject))
	writeHeader(b, "Message-ID", "<"+l.MessageID+">")
	writeHeader(b, "Auto-Submitted", "auto-generated") // RFC 3834: no holiday replies
	if l.Bulk {
		writeHeader(b, "Precedence", "bulk")
		writeHeader(b, "X-Auto-Response-Suppress", "All")
	}
	l.writeUnsubscribe(b)
	writeHeader(b, "MIME-Version", "1.0")
	writeHeader(b, "Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	writePart(b, boundary, "text/plain", l.Text)
	writePart(b, boundary, "text/html", l.HTML)
	b.WriteString("\r\n--" + boundary + "--\r\n")
}

// writeHeader writes a header whose value has no line breaks of its own, over
// several lines where it is long: folded before a space that stands alone
// (RFC 5322, 2.2.3), which nobody who reads it takes for more or fewer.
func writeHeader(b *bytes.Buffer, name, value string) {
	b.WriteString(name + ":")
	used, before := len(name)+1, name
	for word := range strings.SplitSeq(value, " ") {
		if used+1+len(word) > lineWidth && word != "" && before != "" {
			b.WriteString("\r\n")
			used = 0
		}
		b.WriteByte(' ')
		b.WriteString(word)
		used, before = used+1+len(word), word
	}
	b.WriteString("\r\n")
}

func writePart(b *bytes.Buffer, boundary, kind, content string) {
	b.WriteString("\r\n--" + boundary + "\r\n")
	writeHeader(b, "Content-Type", kind+"; charset=UTF-8")
	writeHeader(b, "Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(b)
	_, _ = w.Write([]byte(content)) // a buffer takes everything
	_ = w.Close()
}
