package db

import (
	"context"
	"log/slog"
	"time"
)

// announce does nothing: one process serves a SQLite file, and what others
// write to it is noticed without their help.
func (b *sqliteBackend) announce(context.Context, transaction, []string) error { return nil }

// follow looks whether somebody else wrote to the file: a command line tool, or
// a person with a SQLite shell. Transactions of this process look too, see
// sqliteWriter.look, so that a busy file is not asked twice.
func (b *sqliteBackend) follow(ctx context.Context, log *slog.Logger) {
	every := time.NewTicker(hearEvery)
	defer every.Stop()
	told := false
	for {
		if at := b.news.heard.Load(); at == nil || time.Since(*at) >= hearEvery {
			err := b.writer.lookAlone(ctx)
			if err != nil && ctx.Err() == nil && !told {
				log.Warn("the database file cannot be read: no request is answered from memory until it can", "error", err)
			}
			told = err != nil
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}
