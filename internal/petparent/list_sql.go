package petparent

import (
	"context"
	"strconv"
	"strings"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/throttle"
)

const (
	// rowJoin reaches from a person to the login; the tables of other
	// capabilities are read here and never written. A join that a statement does
	// not use costs nothing: it can neither add people nor take them away.
	rowJoin = `
	LEFT JOIN household h ON h.id = p.household_id AND h.practice_id = p.practice_id
	LEFT JOIN account a ON a.id = p.account_id AND a.practice_id = p.practice_id
	LEFT JOIN temporary_password t ON t.account_id = a.id AND t.practice_id = a.practice_id` + invitationJoin

	neverSignedInSQL = `(a.active AND a.onboarded_at IS NULL)`
)

// lockedSQL is true for an account a that is closed to strangers.
func lockedSQL() string { return throttle.ClosedSQL("a.practice_id", "a.id") }

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
	q.conditions = append(q.conditions, q.text(condition, args...))
}

func (q *rowQuery) text(condition string, args ...any) string {
	for _, v := range args {
		q.args = append(q.args, v)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	return condition
}

func (q *rowQuery) all() string { return strings.Join(q.conditions, " AND ") }

// filter narrows to f, whose query was split before.
func (q *rowQuery) filter(f Filter, m match) {
	q.match(m)
	if f.BranchID != "" {
		q.where("h.home_branch_id = ?", f.BranchID)
	}
	if f.Reason != "" {
		q.where(reasonSQL(f.Reason))
	}
	if f.Invitation != "" {
		q.where(invitationSQL()+" = ?", string(f.Invitation))
	}
	q.mailed(f.Mailed, f.few)
	switch f.Show {
	case ShowNotInvited, ShowInvited, ShowActive:
		q.where(statusSQL("$2")+" = ?", string(f.Show))
	case ShowNeverSignedIn:
		q.where(neverSignedInSQL)
	case ShowLocked:
		q.where(lockedSQL())
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
	return q.read(ctx, r, ` FROM pet_parent p`+rowJoin+`
		WHERE `+q.all()+`
		ORDER BY `+order+` LIMIT $`+strconv.Itoa(len(q.args)+1), append(q.args, limit)...)
}

// read reads rows from what is joined as rowJoin does.
func (q *rowQuery) read(ctx context.Context, r db.Reader, from string, args ...any) ([]Row, error) {
	newest := `COALESCE(` + newestSQL("m.state") + `, ''), ` + newestSQL("COALESCE(m.sent_at, m.created_at)")
	if q.noMail {
		newest = `'', CAST(NULL AS BIGINT)`
	}
	return db.All(ctx, r, scanRow, `
		SELECT `+personColumns+`, COALESCE(h.system, ''), COALESCE(h.external_id, ''), COALESCE(h.company, ''),
			COALESCE(h.home_branch_id, ''), COALESCE(a.login_id, ''), a.last_sign_in_at,
			`+statusSQL("$2")+`, `+invitationSQL()+`, `+lockedSQL()+`, `+reasonsSQL()+`, `+newest+from, args...)
}

// listRows finds out who stands on a part of the list before it reads what
// stands there: most of what is joined is needed for those few only.
func (s *Service) listRows(ctx context.Context, r db.Reader, practiceID string, f Filter, after place, limit int) ([]Row, error) {
	m, err := s.matching(ctx, r, practiceID, f.Query)
	if err != nil {
		return nil, err
	}
	if f.Mailed == MailedSent {
		if f.few, err = s.fewSent(ctx, r, practiceID); err != nil {
			return nil, err
		}
	}
	if f.Sort == SortLastSignIn {
		return s.lastSignIns(ctx, r, practiceID, f, m, after, limit)
	}
	q := newRowQuery(practiceID, s.Clock.Now())
	q.filter(f, m)
	if f.Sort == SortNewest {
		if after.id != "" {
			q.where("(p.created_at, p.id) < (?, ?)", after.at(), after.id)
		}
		return q.part(ctx, r, "p", "p.created_at DESC, p.id DESC", limit)
	}
	q.behind(after)
	return q.part(ctx, r, "p", "p.sort_key, p.id", limit)
}

func (q *rowQuery) behind(after place) {
	if after.id != "" {
		q.where("(p.sort_key, p.id) > (?, ?)", after.key, after.id)
	}
}

// part reads the first rows of an order.
func (q *rowQuery) part(ctx context.Context, r db.Reader, first, order string, limit int) ([]Row, error) {
	from := `pet_parent p` + rowJoin
	if first == "a" {
		from = `account a JOIN pet_parent p ON p.account_id = a.id` +
			strings.Replace(rowJoin, `LEFT JOIN account a ON a.id = p.account_id AND a.practice_id = p.practice_id`, ``, 1)
	}
	return q.read(ctx, r, ` FROM pet_parent p`+rowJoin+`
		WHERE p.practice_id = $1 AND p.id IN (SELECT p.id FROM `+from+`
			WHERE `+q.all()+` ORDER BY `+order+` LIMIT $`+strconv.Itoa(len(q.args)+1)+`)
		ORDER BY `+order, append(q.args, limit)...)
}

// lastSignIns goes through those who signed in, the last one first, and then
// through everybody else by name.
func (s *Service) lastSignIns(ctx context.Context, r db.Reader, practiceID string, f Filter, m match, after place, limit int) ([]Row, error) {
	var rows []Row
	if !after.never {
		q := newRowQuery(practiceID, s.Clock.Now())
		q.where("a.practice_id = $1 AND a.kind = 'client' AND a.last_sign_in_at IS NOT NULL")
		q.filter(f, m)
		if after.id != "" {
			q.where("(a.last_sign_in_at, a.id) < (?, ?)", after.at(), after.id)
		}
		var err error
		if rows, err = q.part(ctx, r, "a", "a.last_sign_in_at DESC, a.id DESC", limit); err != nil || len(rows) == limit {
			return rows, err
		}
		after = place{}
	}
	q := newRowQuery(practiceID, s.Clock.Now())
	q.where("a.last_sign_in_at IS NULL")
	q.filter(f, m)
	q.behind(after)
	never, err := q.part(ctx, r, "p", "p.sort_key, p.id", limit-len(rows))
	return append(rows, never...), err
}

func (s *Service) countRows(ctx context.Context, r db.Reader, practiceID string, f Filter) (Counts, error) {
	m, err := s.matching(ctx, r, practiceID, f.Query)
	if err != nil {
		return Counts{}, err
	}
	q := newRowQuery(practiceID, s.Clock.Now())
	q.filter(f, m)
	facts := []string{
		statusSQL("$2") + " AS status", invitationSQL() + " AS invitation", neverSignedInSQL + " AS never", lockedSQL() + " AS locked",
	}
	var unmailable []string
	for _, reason := range Reasons() {
		name := "is_" + string(reason)
		facts = append(facts, reasonSQL(reason)+" AS "+name)
		unmailable = append(unmailable, name)
	}
	counts := Counts{Shows: map[Show]int64{}, Reasons: map[Reason]int64{}, Invitations: map[Invitation]int64{}}
	var columns []string
	var keep []func(n int64)
	count := func(condition string, f func(n int64)) {
		columns, keep = append(columns, "count(*) FILTER (WHERE "+condition+")"), append(keep, f)
	}
	for _, show := range Shows() {
		condition := "status = '" + string(show) + "'"
		switch show {
		case ShowAll:
			condition = "1 = 1"
		case ShowNeverSignedIn:
			condition = "never"
		case ShowLocked:
			condition = "locked"
		case ShowNotMailable:
			condition = strings.Join(unmailable, " OR ")
		case ShowNotInvited, ShowInvited, ShowActive:
		}
		count(condition, func(n int64) { counts.Shows[show] = n })
	}
	for i, reason := range Reasons() {
		count(unmailable[i], func(n int64) { counts.Reasons[reason] = n })
	}
	for _, state := range Invitations() {
		count("invitation = '"+string(state)+"'", func(n int64) { counts.Invitations[state] = n })
	}
	numbers := make([]int64, len(columns))
	scan := func(s db.Scanner) (struct{}, error) {
		dst := make([]any, len(numbers))
		for i := range numbers {
			dst[i] = &numbers[i]
		}
		return struct{}{}, s.Scan(dst...)
	}
	if _, err := db.One(ctx, r, scan, `
		SELECT `+strings.Join(columns, ", ")+` FROM (
			SELECT `+strings.Join(facts, ", ")+` FROM pet_parent p`+rowJoin+`
			WHERE `+q.all()+`) AS s`, q.args...); err != nil {
		return Counts{}, err
	}
	for i, n := range numbers {
		keep[i](n)
	}
	return counts, nil
}

func scanRow(s db.Scanner) (Row, error) {
	var row Row
	var person personScan
	var reasons string
	dst := append(person.into(&row.PetParent), &row.System, &row.ExternalID, &row.Company, &row.HomeBranchID,
		&row.LoginID, &row.LastSignInAt, &row.Status, &row.Invitation, &row.Locked, &reasons, &row.MailState, &row.MailAt)
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
	households := make([]string, len(rows))
	for i, row := range rows {
		households[i] = row.HouseholdID
	}
	args, places := db.In([]any{practiceID}, households)
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
		WHERE o.practice_id = $1 AND o.household_id IN (`+places+`) AND NOT x.deleted
		ORDER BY x.deceased, x.name, x.id`, args...); err != nil {
		return err
	}
	for i := range rows {
		rows[i].Pets = pets[rows[i].HouseholdID]
	}
	return nil
}
