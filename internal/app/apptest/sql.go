package apptest

import (
	"context"

	"catflap/internal/foundation/db"
)

// Exec changes the database behind the app's back, for what has no door yet.
func Exec(a *App, statement string, args ...any) {
	a.T.Helper()
	err := a.DB.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), statement, args...)
		return err
	})
	if err != nil {
		a.T.Fatal(err)
	}
}
