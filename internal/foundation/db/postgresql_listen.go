package db

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// channel carries the announcements of all processes on a database.
	channel = "catflap"
	// payloadLimit is what one notification may carry, in bytes.
	payloadLimit = 7900
	// answerLimit is how long the server may take to answer on the connection
	// that listens.
	answerLimit = 600 * time.Millisecond
	// againAfter is how long the next try to listen waits.
	againAfter = 500 * time.Millisecond
)

// errPooled is why somebody cannot be heard through a connection pooler: it
// gives each statement another connection to the server.
var errPooled = errors.New("a connection pooler stands between Catflap and PostgreSQL")

// announce has the server tell all who listen once the transaction is durable,
// in the order of the commits.
func (b *pgBackend) announce(ctx context.Context, tx transaction, topics []string) error {
	for len(topics) > 0 {
		n, size := 0, 0
		for n < len(topics) && (n == 0 || size+len(topics[n]) < payloadLimit) {
			size += len(topics[n]) + 1
			n++
		}
		if _, err := tx.ExecContext(ctx, "SELECT pg_notify($1, $2)", channel, strings.Join(topics[:n], "\n")); err != nil {
			return err
		}
		topics = topics[n:]
	}
	return nil
}

func (b *pgBackend) follow(ctx context.Context, log *slog.Logger) {
	told := false
	for {
		heard, err := b.listen(ctx)
		b.news.deafen()
		if ctx.Err() != nil {
			return
		}
		if heard {
			told = false
		}
		if !told {
			log.Warn("other servers are not heard: every request reads its session from the database until they are",
				"error", masked(err, b.listening.Password))
			told = true
		}
		select {
		case <-time.After(againAfter):
		case <-ctx.Done():
			return
		}
	}
}

// listen hears what is announced until the connection fails; heard tells
// whether it ever worked.
func (b *pgBackend) listen(ctx context.Context) (heard bool, err error) {
	cfg := b.listening.Copy()
	cfg.RuntimeParams["application_name"] += " listening"
	cfg.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		b.news.announce(strings.Split(n.Payload, "\n"))
	}
	connecting, cancel := context.WithTimeout(ctx, waitLimit)
	defer cancel()
	conn, err := pgx.ConnectConfig(connecting, cfg)
	if err != nil {
		return false, err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerLimit)
		defer cancel()
		_ = conn.Close(closing) // it may be broken already
	}()
	var pid uint32
	if err := conn.QueryRow(connecting, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		return false, err
	}
	if pid != conn.PgConn().PID() {
		return false, errPooled
	}
	if _, err := conn.Exec(connecting, "LISTEN "+channel); err != nil {
		return false, err
	}
	b.news.void() // who knows what was announced before
	for {
		if err := b.beat(ctx, conn); err != nil {
			return heard, err
		}
		heard = true
	}
}

// beat makes a round trip and then waits for notifications until the next one.
//
// A server process sends what it was notified of before it says that it is
// ready for the next statement, and whoever commits has notified it before they
// are told that the commit succeeded. So the round trip proves that everything
// committed before it began has arrived.
func (b *pgBackend) beat(ctx context.Context, conn *pgx.Conn) error {
	at := time.Now()
	answering, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	if err := conn.Ping(answering); err != nil {
		return err
	}
	b.news.hearing(at)
	waiting, cancel := context.WithDeadline(ctx, at.Add(hearEvery))
	defer cancel()
	for {
		err := conn.PgConn().WaitForNotification(waiting)
		switch {
		case err == nil:
		case waiting.Err() != nil && ctx.Err() == nil && !conn.IsClosed():
			return nil // time for the next
		default:
			return err
		}
	}
}
