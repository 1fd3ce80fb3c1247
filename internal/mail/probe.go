package mail

import (
	"context"
	"fmt"
	netmail "net/mail"
	"strings"
	"sync"

	gomail "github.com/wneessen/go-mail"
	gomaillog "github.com/wneessen/go-mail/log"

	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
)

// Line is what one side said in a conversation with the mail server.
type Line struct {
	Ours bool // Catflap said it
	Text string
}

// Probe is a test of the mail server: what was said, and how it ended.
type Probe struct {
	Lines []Line
	Taken bool   // the server took the message
	Words string // why not, for people; "" when it did
}

// Prober is a transport that can show its conversation with the mail server.
type Prober interface {
	// Probe hands the letter over on a connection of its own. What proves who
	// Catflap is, is left out.
	Probe(ctx context.Context, l Letter) Probe
}

// ErrNoServer answers where there is no mail server to test.
var ErrNoServer = fault.New(fault.Conflict, "no-mail-server",
	"There is no mail server to test. Set CATFLAP_SMTP and start Catflap again.")

// ProbeServer sends a test message past the queue. Complaints name email;
// ErrNoServer.
func (s *Service) ProbeServer(ctx context.Context, to string) (Probe, error) {
	prober, ok := s.transport.(Prober)
	if !ok {
		return Probe{}, ErrNoServer
	}
	if !ValidAddress(to) {
		return Probe{}, fault.Complain("email", "This is not an e-mail address that mail can be sent to. Check it for typing errors.")
	}
	now := s.clock.Now()
	words := fmt.Sprintf("This is a test of the mail server, written by Catflap at %s.", now.UTC().Format("15:04:05 on 2 January 2006 (UTC)"))
	messageID := id.New()
	return prober.Probe(ctx, Letter{
		ID: messageID, MessageID: messageID + "@" + s.host, From: s.from, To: netmail.Address{Address: to},
		Subject: "Test of the mail server", Text: words + "\n", HTML: "<p>" + words + "</p>\n", At: now,
	}), nil
}

// Probe connects anew, so that all of the conversation is seen.
func (t *SMTP) Probe(ctx context.Context, l Letter) Probe {
	heard := &listener{secrets: []string{t.settings.Password.Reveal()}}
	conn, err := t.dial(ctx, gomail.WithDebugLog(), gomail.WithLogger(heard))
	if err != nil {
		return heard.probe(t.explainDial(err))
	}
	conn.heard, conn.pipelining = heard, false // one question and its answer after the other
	err = conn.send(ctx, l)
	conn.quit()
	if err != nil {
		return heard.probe(explainSend(err))
	}
	return heard.probe(nil)
}

// listener writes the conversation down. The library leaves out what is said
// while Catflap proves who it is; the password is looked for all the same.
type listener struct {
	mu      sync.Mutex
	lines   []Line
	secrets []string
}

func (h *listener) probe(err error) Probe {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := Probe{Lines: h.lines, Taken: err == nil}
	if err != nil {
		p.Words = redact(err.Error(), h.secrets)
	}
	return p
}

func (h *listener) hear(l gomaillog.Log) {
	h.note(l.Direction == gomaillog.DirClientToServer, fmt.Sprintf(l.Format, l.Messages...))
}

func (h *listener) note(ours bool, said string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for text := range strings.Lines(redact(said, h.secrets)) {
		if text = oneLine(text, maxWords); text != "" {
			h.lines = append(h.lines, Line{Ours: ours, Text: text})
		}
	}
}

// Debugf is where the library tells what is said.
func (h *listener) Debugf(l gomaillog.Log) { h.hear(l) }

// Infof is part of the library's interface.
func (h *listener) Infof(l gomaillog.Log) { h.hear(l) }

// Warnf is part of the library's interface.
func (h *listener) Warnf(l gomaillog.Log) { h.hear(l) }

// Errorf is part of the library's interface.
func (h *listener) Errorf(l gomaillog.Log) { h.hear(l) }
