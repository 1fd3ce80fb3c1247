package petparent

import (
	"context"
	"strconv"
	"strings"
	"time"

	"catflap/internal/account"
	"catflap/internal/foundation/db"
)

const (
	// rowJoin reaches from a person to the login; the tables of other
	// capabilities are read here and never written.
	rowJoin = `
	FROM pet_parent p
	JOIN household h ON h.practice_id = p.practice_id AND h.id = p.household_id
	LEFT JOIN account a ON a.practice_id = p.practice_id AND a.id = p.account_id
	LEFT JOIN temporary_password t ON t.practice_id = a.practice_id AND t.account_id = a.id`

	mailStateSQL = `COALESCE((SELECT m.state FROM message m
		WHERE m.practice_id = p.practice_id AND m.petparent_id = p.id AND m.petparent_id <> ''
		ORDER BY m.id DESC LIMIT 1), '')`

	neverSignedInSQL = `(a.active AND a.onboarded_at IS NULL)`
)

// rowQuery grows a list statement: $1 is the practice, $2 the current time.
type rowQuery struct {
	noMail     bool // nobody asks for MailState, which costs a look at the messages for each row
	conditions []string
	args       []any
}

func newRowQuery(practiceID string, now time.Time) *rowQuery {
	return &rowQuery{conditions: []string{"p.practice_id = $1"}, args: []any{practiceID, now}}
}

// where adds a condition; each ? stands for the next of args.
func (q *rowQuery) where(condition string, args ...any) {
	for _, v := range args {
		q.args = append(q.args, v)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	q.conditions = append(q.conditions, condition)
}

func (q *rowQuery) filter(f Filter) {
	for _, t := range terms(f.Query) {
		q.where(`(p.search LIKE ? ESCAPE '!' OR a.login_key LIKE ? ESCAPE '!')`,
			contains(t.match), contains(account.Key(t.text)))
	}
	if f.BranchID != "" {
		q.where("h.home_branch_id = ?", f.BranchID)
	}
	if f.Reason != "" {
		q.where(reasonSQL(f.Reason))
	}
	switch f.Show {
	case ShowNotInvited, ShowInvited, ShowActive:
		q.where(statusSQL("$2")+" = ?", string(f.Show))
	case ShowNeverSignedIn:
		q.where(neverSignedInSQL)
	case ShowNotMailable:
		q.where(notMailableSQL())
	case ShowAll:
	}
}

// run reads the rows by name.
func (q *rowQuery) run(ctx context.Context, r db.Reader, limit int) ([]Row, error) {
	return q.ordered(ctx, r, "p.sort_key, p.id", limit)
}

func (q *rowQuery) ordered(ctx context.Context, r db.Reader, order string, limit int) ([]Row, error) {
	mail := mailStateSQL
	if q.noMail {
		mail = `''`
	}
	return db.All(ctx, r, scanRow, `
		SELECT `+personColumns+`, h.system, h.external_id, h.company, h.home_branch_id, COALESCE(a.login_id, ''),
			`+statusSQL("$2")+`, `+reasonsSQL()+`, `+mail+rowJoin+`
		WHERE `+strings.Join(q.conditions, " AND ")+`
		ORDER BY `+order+` LIMIT $`+strconv.Itoa(len(q.args)+1), append(q.args, limit)...)
}

func (s *Service) listRows(ctx context.Context, r db.Reader, practiceID string, f Filter, after place, limit int) ([]Row, error) {
	q := newRowQuery(practiceID, s.Clock.Now())
	q.filter(f)
	if after.id != "" {
		q.where("(p.sort_key, p.id) > (?, ?)", after.sortKey, after.id)
	}
	return q.run(ctx, r, limit)
}

func countRows(ctx context.Context, r db.Reader, practiceID string, f Filter, now time.Time) (Counts, error) {
	q := newRowQuery(practiceID, now)
	q.filter(f)
	facts := []string{statusSQL("$2") + " AS status", neverSignedInSQL + " AS never"}
	var unmailable, perReason []string
	for _, reason := range Reasons() {
		name := "is_" + string(reason)
		facts = append(facts, reasonSQL(reason)+" AS "+name)
		unmailable = append(unmailable, name)
		perReason = append(perReason, "count(*) FILTER (WHERE "+name+")")
	}
	columns := []string{"count(*)"}
	for _, show := range Shows()[1:] {
		condition := "status = '" + string(show) + "'"
		switch show {
		case ShowNeverSignedIn:
			condition = "never"
		case ShowNotMailable:
			condition = strings.Join(unmailable, " OR ")
		}
		columns = append(columns, "count(*) FILTER (WHERE "+condition+")")
	}
	columns = append(columns, perReason...)
	numbers := make([]int64, len(columns))
	scan := func(s db.Scanner) (Counts, error) {
		dst := make([]any, len(numbers))
		for i := range numbers {
			dst[i] = &numbers[i]
		}
		return Counts{}, s.Scan(dst...)
	}
	_, err := db.One(ctx, r, scan, `
		SELECT `+strings.Join(columns, ", ")+` FROM (
			SELECT `+strings.Join(facts, ", ")+rowJoin+`
			WHERE `+strings.Join(q.conditions, " AND ")+`) AS s`, q.args...)
	if err != nil {
		return Counts{}, err
	}
	counts := Counts{Shows: map[Show]int64{}, Reasons: map[Reason]int64{}}
	for i, show := range Shows() {
		counts.Shows[show] = numbers[i]
	}
	for i, reason := range Reasons() {
		counts.Reasons[reason] = numbers[len(Shows())+i]
	}
	return counts, nil
}

func scanRow(s db.Scanner) (Row, error) {
	var row Row
	var person personScan
	var reasons string
	dst := append(person.into(&row.PetParent), &row.System, &row.ExternalID, &row.Company, &row.HomeBranchID,
		&row.LoginID, &row.Status, &reasons, &row.MailState)
	if err := s.Scan(dst...); err != nil {
		return Row{}, err
	}
	row.NotMailable = reasonsFrom(reasons)
	return row, person.finish(&row.PetParent)
}

// addPets fills in the pets of the rows with one statement.
func addPets(ctx context.Context, r db.Reader, practiceID string, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	args, places := []any{practiceID}, make([]string, len(rows))
	for i, row := range rows {
		args = append(args, row.HouseholdID)
		places[i] = "$" + strconv.Itoa(len(args))
	}
	pets := map[string][]PetLine{}
	scan := func(s db.Scanner) (struct{}, error) {
		var household string
		var p PetLine
		err := s.Scan(&household, &p.Name, &p.Species, &p.Deceased)
		pets[household] = append(pets[household], p)
		return struct{}{}, err
	}
	if _, err := db.All(ctx, r, scan, `
		SELECT o.household_id, x.name, x.species, x.deceased
		FROM pet_owner o JOIN pet x ON x.practice_id = o.practice_id AND x.id = o.pet_id
		WHERE o.practice_id = $1 AND o.household_id IN (`+strings.Join(places, ", ")+`) AND NOT x.deleted
		ORDER BY x.deceased, x.name, x.id`, args...); err != nil {
		return err
	}
	for i := range rows {
		rows[i].Pets = pets[rows[i].HouseholdID]
	}
	return nil
}

// contains is the LIKE pattern for a part of a text, with ! as escape.
func contains(part string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(part) + "%"
}
