package mailtest

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
)

// Message is a received message, decoded.
type Message struct {
	From    string   // of the envelope
	To      []string // of the envelope
	Header  mail.Header
	Subject string
	Text    string
	HTML    string
	Links   []string // every web address in Text and HTML, once each
	Raw     []byte
}

// Link is the first web address that contains part, or "".
func (m Message) Link(part string) string {
	i := slices.IndexFunc(m.Links, func(link string) bool { return strings.Contains(link, part) })
	if i < 0 {
		return ""
	}
	return m.Links[i]
}

// Parse decodes a message as it came over the wire.
func Parse(raw []byte) (Message, error) {
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{}, err
	}
	m := Message{Header: parsed.Header, Raw: raw}
	var words mime.WordDecoder
	if m.Subject, err = words.DecodeHeader(parsed.Header.Get("Subject")); err != nil {
		return Message{}, fmt.Errorf("subject: %w", err)
	}
	if err := m.readParts(parsed); err != nil {
		return Message{}, err
	}
	m.Links = Links(m.Text + "\n" + m.HTML)
	return m, nil
}

func (m *Message) readParts(parsed *mail.Message) error {
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("content type: %w", err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return m.readPart(kind, parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body)
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			return fmt.Errorf("content type of a part: %w", err)
		}
		if err := m.readPart(kind, part.Header.Get("Content-Transfer-Encoding"), part); err != nil {
			return err
		}
	}
}

func (m *Message) readPart(kind, encoding string, body io.Reader) error {
	if strings.EqualFold(encoding, "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(content), "\r\n", "\n")
	switch kind {
	case "text/plain":
		m.Text = text
	case "text/html":
		m.HTML = text
	}
	return nil
}

// Links are the web addresses in a text or an HTML page, once each, in order.
func Links(content string) []string {
	var links []string
	for _, link := range regexp.MustCompile(`https?://[^\s"'<>]+`).FindAllString(content, -1) {
		link = strings.TrimRight(html.UnescapeString(link), ".,;:)")
		if !slices.Contains(links, link) {
			links = append(links, link)
		}
	}
	return links
}
