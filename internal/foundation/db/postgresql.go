package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// oldestPostgreSQL is the oldest major version whose answers are tested.
const oldestPostgreSQL = 15

// migrateLock is the advisory lock that a migration holds: "catflap" in ASCII.
const migrateLock int64 = 0x636174666c6170

// pgBackend has two pools, so that a read inside the function of a transaction
// never waits for connections that such functions hold.
type pgBackend struct {
	readers   *sql.DB
	writers   *sql.DB
	listening *pgx.ConnConfig // of the connection that listens
	news      *news
}

func openPostgreSQL(ctx context.Context, url string, n *news) (*pgBackend, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		// The cause quotes the address, and with it parts of the password.
		return nil, badSetting("Write it as postgres://user:password@host:5432/name, with special characters " +
			"in the password percent-encoded (@ as %40, / as %2F, % as %25).")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = waitLimit
	}
	for name, value := range map[string]string{
		"application_name": "catflap",
		// A server may have another default.
		"default_transaction_isolation": "read committed",
		// A plan made while a table was empty reads all of it for ever after:
		// the first import of a practice grew slower with every client.
		"plan_cache_mode": "force_custom_plan",
		// Statements here take milliseconds; compiling them takes longer.
		"jit": "off",
		// So does starting other processes for them, which many people who search
		// at once would not get anyhow.
		"max_parallel_workers_per_gather": "0",
	} {
		if cfg.RuntimeParams[name] == "" { // the address may say otherwise
			cfg.RuntimeParams[name] = value
		}
	}
	reading := cfg.Copy()
	reading.RuntimeParams["default_transaction_read_only"] = "on"

	b := &pgBackend{readers: pgPool(reading), writers: pgPool(cfg), listening: reading, news: n}
	if err := b.check(ctx); err != nil {
		return nil, errors.Join(explainPostgreSQLOpen(cfg, err), b.close())
	}
	return b, nil
}

func pgPool(cfg *pgx.ConnConfig) *sql.DB {
	pool := stdlib.OpenDB(*cfg)
	n := max(8, 4*runtime.NumCPU())
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool
}

// check asks the server what it is; see suits.
func (b *pgBackend) check(ctx context.Context) error {
	var version int
	var encoding string
	err := b.writers.QueryRowContext(ctx,
		"SELECT current_setting('server_version_num')::int, current_setting('server_encoding')").Scan(&version, &encoding)
	if err != nil {
		return err
	}
	return suits(version, encoding)
}

// suits refuses servers that would answer differently from the tested ones, by
// their server_version_num and the encoding of the database.
func suits(version int, encoding string) error {
	if major := version / 10000; major < oldestPostgreSQL {
		return badSetting(fmt.Sprintf("The server is PostgreSQL %d, and Catflap needs %d or later. Upgrade the server, or name another one.",
			major, oldestPostgreSQL))
	}
	if encoding != "UTF8" {
		return badSetting("The database stores text as " + encoding + ", and Catflap needs UTF8. Make a new one with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0.")
	}
	return nil
}

func explainPostgreSQLOpen(cfg *pgx.ConnConfig, err error) error {
	var refused *pgconn.PgError
	where := fmt.Sprintf("%s:%d", cfg.Host, cfg.Port)
	hidden := masked(err, cfg.Password)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &refused) && (refused.Code == "28P01" || refused.Code == "28000"):
		return badSetting("PostgreSQL at " + where + " does not accept the user " + cfg.User + " with this password. Correct one of them.").Because(hidden)
	case errors.As(err, &refused) && refused.Code == "3D000":
		return badSetting("PostgreSQL at " + where + " has no database named " + cfg.Database + ". Make it with createdb, or correct the name.").Because(hidden)
	case isSettingFault(err):
		return err
	}
	return badSetting("PostgreSQL at " + where + " does not answer. Check that it runs, and that host and port are right.").Because(hidden)
}

// masked keeps the words of err without the password. pgx leaves it out of
// its messages; this is for the libraries below it.
func masked(err error, password string) error {
	if password == "" {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), password, "••••"))
}

func (b *pgBackend) dialect() Dialect { return PostgreSQL }

func (b *pgBackend) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	return b.readers.QueryContext(ctx, text, args...)
}

func (b *pgBackend) begin(ctx context.Context) (transaction, error) {
	// Written out: a server may have another default.
	return b.writers.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
}

func (b *pgBackend) alone(ctx context.Context, text string, args []any) (sql.Result, bool, error) {
	res, err := b.writers.ExecContext(ctx, text, args...)
	return res, true, err
}

func (b *pgBackend) ping(ctx context.Context) error { return b.readers.PingContext(ctx) }

// exclusive holds an advisory lock on a connection of its own. The lock ends
// with the connection, also when the process is killed.
func (b *pgBackend) exclusive(ctx context.Context, f func(*sql.DB) error) (err error) {
	conn, err := b.writers.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrateLock); err != nil {
		return err
	}
	defer func() {
		_, unlock := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrateLock)
		err = errors.Join(err, unlock)
	}()
	return f(b.writers)
}

func (b *pgBackend) close() error { return errors.Join(b.readers.Close(), b.writers.Close()) }

// pgCode is the SQLSTATE of a driver error, or "".
func pgCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
