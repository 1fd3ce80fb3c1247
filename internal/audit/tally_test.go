package audit

import (
	"strings"
	"testing"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

// TestSignInsReadIndexes: the numbers of the first page come from the two
// indexes of sign-ins alone, however long the record is. PostgreSQL decides by
// the size of the table; SQLite says it without any rows.
func TestSignInsReadIndexes(t *testing.T) {
	d := dbtest.New(t, db.SQLite)
	scan := func(s db.Scanner) (step string, err error) {
		var id, parent, unused int
		return step, s.Scan(&id, &parent, &unused, &step)
	}
	plan, err := db.All(t.Context(), d, scan, `EXPLAIN QUERY PLAN `+signInsSQL(2, ""), "practice", 1, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(plan, "\n")
	for _, index := range []string{"audit_signed_in", "audit_sign_in_refused"} {
		if !strings.Contains(text, "SEARCH audit USING COVERING INDEX "+index+" (practice_id=? AND at>? AND at<?)") {
			t.Errorf("%s does not answer alone:\n%s", index, text)
		}
	}
}
