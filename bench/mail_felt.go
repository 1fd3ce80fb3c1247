package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"syscall"
	"time"

	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
)

const quietBeats = 3

// reportMailFelt measures what those who are in feel while a hundred thousand
// messages leave as fast as they can, and what memory that takes.
func reportMailFelt(ctx context.Context, p *place) (err error) {
	sink, err := startSink(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sink.stop()) }()
	// It stands for a mail server elsewhere, which nobody here waits for.
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, sink.command.Process.Pid, 10); err != nil {
		return err
	}
	server, err := p.serve(ctx, "CATFLAP_SMTP=smtp://"+sink.address, "CATFLAP_MAIL_PRACTICE_LIMIT=0", "CATFLAP_MAIL_DOMAIN_LIMIT=0")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	if _, err := os.Stat(p.known()); err != nil { // sessions were not measured before
		if _, err := p.firstChecks(ctx, server); err != nil {
			return err
		}
	}
	asking, err := server.lines(8)
	if err != nil {
		return err
	}
	defer asking.close()
	var quiet []time.Duration
	for range quietBeats { // about as many as while mail leaves
		took, err := p.beat(ctx, asking)
		if err != nil {
			return err
		}
		quiet = append(quiet, took...)
	}
	before, _ := server.memory("VmRSS")
	return p.open(ctx, func(ctx context.Context, d *db.DB) error {
		if err := fillOutbox(ctx, d); err != nil {
			return err
		}
		var busy []time.Duration
		half := int64(0)
		for {
			took, err := p.beat(ctx, asking)
			if err != nil {
				return err
			}
			waiting, err := waitingMail(ctx, d)
			if err != nil {
				return err
			}
			if waiting == 0 {
				break
			}
			if busy = append(busy, took...); half == 0 && waiting < letters/2 {
				half, _ = server.memory("VmRSS")
			}
		}
		after, _ := server.memory("VmRSS")
		row(fmt.Sprintf("session checks while %d messages leave", letters), spread(busy), "≤ 3 × quiet",
			fmt.Sprintf("p50, p99 of %d, 50 a second; quiet %s", len(busy), spread(quiet)))
		row("memory at the end of that", mebibytes(after), "flat", fmt.Sprintf("%s half way, %s before", mebibytes(half), mebibytes(before)))
		return nil
	})
}

// fillOutbox writes to as many people of the place's practice.
func fillOutbox(ctx context.Context, d *db.DB) error {
	s, err := mail.New(mail.Options{
		DB: d, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), PublicURL: &url.URL{Scheme: "https", Host: "bench.example"},
		Transport: mail.Hold{},
	})
	if err != nil {
		return err
	}
	practiceID, err := db.One(ctx, d, func(r db.Scanner) (practiceID string, err error) { return practiceID, r.Scan(&practiceID) },
		`SELECT MIN(id) FROM practice`)
	if err != nil {
		return err
	}
	for range letters / clientsATurn {
		if err := writeTo(ctx, d, s, practiceID); err != nil {
			return err
		}
	}
	return nil
}

func waitingMail(ctx context.Context, d *db.DB) (int, error) {
	return db.One(ctx, d, func(r db.Scanner) (n int, err error) { return n, r.Scan(&n) }, `
		SELECT count(*) FROM message WHERE bulk = TRUE AND state = 'queued'`)
}
