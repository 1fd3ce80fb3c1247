package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/smtp"
	"net/url"
	"strconv"
	"sync"
	"time"

	sink "github.com/emersion/go-smtp"

	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
	"catflap/internal/mail"
)

const (
	// letters is how many people are written to, lettersAtOnce in a transaction.
	letters       = 100_000
	lettersAtOnce = 500
	// mailLines is how many connections Catflap opens for bulk mail, and the bare
	// loop too, which writes bareLetters.
	mailLines   = 24
	bareLetters = 20_000
	// deliveryTime is how long Catflap delivers; what is left by then is counted.
	deliveryTime = 90 * time.Second
)

// reportMail compares writing to a hundred thousand people with the bare insert
// of the same rows, and delivering it with a bare loop that hands the same letter
// to the same mail server.
func reportMail(ctx context.Context, p *place) (err error) {
	d, err := db.Open(ctx, p.database, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	server, err := startSink(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	host, port, err := net.SplitHostPort(server.address)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	s, err := mail.New(mail.Options{
		DB: d, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), PublicURL: &url.URL{Scheme: "https", Host: "bench.example"},
		Transport: mail.NewSMTP(mail.SMTPSettings{Host: host, Port: number, Plaintext: true}, "bench.example"),
	})
	if err != nil {
		return err
	}
	var enqueued, bare series
	practiceID := id.New()
	for range letters / clientsATurn {
		own, err := effortOf(func() error { return writeTo(ctx, d, s, practiceID) })
		if err != nil {
			return err
		}
		base, err := copyMessages(ctx, d, practiceID)
		if err != nil {
			return err
		}
		enqueued, bare = append(enqueued, own.time.Seconds()), append(bare, base.time.Seconds())
	}
	row(fmt.Sprintf("%d messages enqueued ÷ bare insert", letters), fmt.Sprintf("%.2f", enqueued.mean()/bare.mean()), "≤ 3",
		fmt.Sprintf("%.0f a second", clientsATurn/enqueued.mean()))
	return deliver(ctx, d, s, server)
}

func deliver(ctx context.Context, d *db.DB, s *mail.Service, server *process) error {
	base, err := handOver(server.address, bareLetters)
	if err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	var running sync.WaitGroup
	begun, waiting := time.Now(), letters
	running.Go(func() { s.Run(working) })
	for waiting > 0 && time.Since(begun) < deliveryTime {
		time.Sleep(500 * time.Millisecond)
		var err error
		if waiting, err = waitingMail(ctx, d); err != nil {
			return err
		}
	}
	rate := float64(letters-waiting) / time.Since(begun).Seconds()
	stop()
	running.Wait()
	again, err := handOver(server.address, bareLetters)
	if err != nil {
		return err
	}
	bare := (base + again) / 2
	row("messages delivered ÷ bare SMTP loop", fmt.Sprintf("%.2f", rate/bare), "≥ 0.7",
		fmt.Sprintf("%.0f a second, bare %.0f, %d connections each; %d left", rate, bare, mailLines, waiting))
	return nil
}

// writeTo enqueues for as many people as a turn has.
func writeTo(ctx context.Context, d *db.DB, s *mail.Service, practiceID string) error {
	for from := 0; from < clientsATurn; from += lettersAtOnce {
		drafts := make([]mail.Draft, lettersAtOnce)
		for i := range drafts {
			to := fmt.Sprintf("client-%d@example-%d.example", from+i, i%50)
			drafts[i] = mail.Draft{
				PracticeID: practiceID, PetParentID: id.New(), To: to, ToName: "Client", Template: mail.LoginIDs,
				Data: map[string]string{"name": "Client", "practice": "Bench", "logins": to, "login_url": "https://bench.example/bench/login"},
			}
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return s.EnqueueBulk(ctx, tx, drafts) }); err != nil {
			return err
		}
	}
	return nil
}

// copyMessages writes the rows of a turn once more, as sent ones, and tells how
// long that took.
func copyMessages(ctx context.Context, d *db.DB, practiceID string) (took effort, err error) {
	const columns = `id, practice_id, account_id, petparent_id, to_address, to_name, template, lang, subject, data, secret_kind, secret_ref,
		bulk, state, attempts, last_error, message_id, created_at, sent_at, text_id, domain, due_at, campaign_id`
	after := ""
	for range clientsATurn / lettersAtOnce {
		var rows [][]any
		scan := func(r db.Scanner) (struct{}, error) {
			cells, into := make([]any, 23), make([]any, 23)
			for i := range cells {
				into[i] = &cells[i]
			}
			err := r.Scan(into...)
			after = fmt.Sprint(cells[0])
			cells[0], cells[1] = id.New(), "copy"
			rows = append(rows, cells)
			return struct{}{}, err
		}
		if _, err := db.All(ctx, d, scan, `SELECT `+columns+` FROM message WHERE practice_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
			practiceID, after, lettersAtOnce); err != nil {
			return took, err
		}
		part, err := effortOf(func() error {
			return d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Insert(ctx, `INSERT INTO message (`+columns+`)`, rows, ``)
				return err
			})
		})
		if err != nil {
			return took, err
		}
		took.time += part.time
	}
	return took, d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM message WHERE practice_id = 'copy'`)
		return err
	})
}

// handOver is how many letters a second a loop over as many connections hands to
// the mail server, that does nothing else.
func handOver(address string, n int) (float64, error) {
	letter := bytes.ReplaceAll([]byte(`From: "Bench" <catflap@bench.example>
To: "Client" <client@example.org>
Subject: Your login IDs at Bench
Message-ID: <x@bench.example>
Date: Sun, 1 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: text/html; charset=UTF-8

`+string(bytes.Repeat([]byte("<p>A line of a letter that is as long as such lines are.</p>\n"), 60))), []byte("\n"), []byte("\r\n"))
	begun := time.Now()
	err := each(mailLines, func(int) (err error) {
		c, err := smtp.Dial(address)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.Quit()) }()
		for range n / mailLines {
			if err := errors.Join(c.Mail("catflap@bench.example"), c.Rcpt("client@example.org")); err != nil {
				return err
			}
			w, err := c.Data()
			if err != nil {
				return err
			}
			if _, err := w.Write(letter); err != nil {
				return err
			}
			if err := w.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	return float64(n) / time.Since(begun).Seconds(), err
}

// sinkCommand makes this program a mail server that takes everything and keeps
// nothing; an address follows.
const sinkCommand = "mail-sink"

func startSink(ctx context.Context) (*process, error) {
	c, address, err := self(ctx, sinkCommand)
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	for range 100 {
		if conn, err := net.Dial("tcp", address); err == nil {
			return &process{command: c, address: address}, conn.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, errors.New("the mail server of the measurement does not answer")
}

func serveSink(ctx context.Context, address string) error {
	server := sink.NewServer(sink.BackendFunc(func(*sink.Conn) (sink.Session, error) { return drain{}, nil }))
	server.Addr, server.Domain, server.AllowInsecureAuth, server.EnableSMTPUTF8 = address, "sink.bench", true, true
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}

// drain takes every letter.
type drain struct{}

func (drain) Mail(string, *sink.MailOptions) error { return nil }
func (drain) Rcpt(string, *sink.RcptOptions) error { return nil }
func (drain) Data(r io.Reader) error               { _, err := io.Copy(io.Discard, r); return err }
func (drain) Reset()                               {}
func (drain) Logout() error                        { return nil }
