package apptest

import (
	"context"
	"strings"

	"catflap/internal/foundation/db"
)

// Exec changes the database behind the app's back, for what has no door yet.
func Exec(a *App, statement string, args ...any) {
	a.T.Helper()
	err := a.DB.Write(context.Background(), func(tx *db.Tx) error {
		tx.Announce(db.Everything)
		_, err := tx.Exec(context.Background(), statement, args...)
		return err
	})
	if err != nil {
		a.T.Fatal(err)
	}
}

// Number asks the database for one number.
func Number(a *App, query string, args ...any) int {
	a.T.Helper()
	n, err := db.One(context.Background(), a.DB, func(s db.Scanner) (n int, err error) { return n, s.Scan(&n) }, query, args...)
	if err != nil {
		a.T.Fatal(err)
	}
	return n
}

// Everything is all that stands in the database, table by table, as text;
// bytes as hexadecimal digits.
func Everything(a *App) string {
	a.T.Helper()
	tables := `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	rows := func(table string) string { return `SELECT t::text FROM "` + table + `" t` }
	if a.DB.Dialect() == db.SQLite {
		tables = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
		rows = func(table string) string {
			columns := texts(a, `SELECT 'quote("' || name || '")' FROM pragma_table_info('`+table+`')`)
			return `SELECT ` + strings.Join(columns, ` || ' ' || `) + ` FROM "` + table + `"`
		}
	}
	names := texts(a, tables)
	if len(names) < 20 {
		a.T.Fatalf("only %d tables", len(names))
	}
	var all strings.Builder
	for _, name := range names {
		all.WriteString("\n" + name + "\n" + strings.Join(texts(a, rows(name)), "\n"))
	}
	return all.String()
}

func texts(a *App, query string) []string {
	a.T.Helper()
	all, err := db.All(context.Background(), a.DB, func(s db.Scanner) (w string, err error) { return w, s.Scan(&w) }, query)
	if err != nil {
		a.T.Fatal(err)
	}
	return all
}
