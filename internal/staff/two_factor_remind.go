package staff

import (
	"context"
	"strconv"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/job"
	"catflap/internal/mail"
	"catflap/internal/practice"
)

// ReminderJob is the kind of the jobs that RunReminder does.
const ReminderJob = "staff.remind_two_factor"

// reminderPause is how long nobody of a practice is reminded again.
const reminderPause = 24 * time.Hour

// reminderBatch is how many people are written to in one transaction.
const reminderBatch = 100

// The refusals of a reminder.
var (
	// ErrReminded answers who wants to remind again too early.
	ErrReminded = fault.New(fault.TooMany, "reminded-already",
		"Everybody without two-factor authentication was reminded less than a day ago. Wait until a day has passed, or talk to them.")
	// ErrNobodyToRemind answers where everybody has one.
	ErrNobodyToRemind = fault.New(fault.Conflict, "nobody-to-remind",
		"Nobody has to be reminded: everybody whom you see here and who may have a second factor has one.")
)

// Reminder is what a reminder would come to.
type Reminder struct {
	People int       // who are written to
	Last   time.Time // when people were reminded the last time; zero if nobody remembers
	Again  time.Time // when they can be reminded again; zero: now
}

type reminderPayload struct {
	PracticeID string    `json:"practice_id"`
	Branches   []string  `json:"branches,omitempty"` // whose people are meant; none: all
	AskedAt    time.Time `json:"asked_at"`
}

// ReminderPreview tells what Remind would come to.
func (s *Service) ReminderPreview(ctx context.Context) (Reminder, error) {
	practiceID := access.ViewerFrom(ctx).PracticeID
	own, err := s.within(ctx, practiceID, access.SecurityManage)
	if err != nil {
		return Reminder{}, err
	}
	return s.reminder(ctx, s.DB, practiceID, own)
}

func (s *Service) reminder(ctx context.Context, r db.Reader, practiceID string, own []string) (m Reminder, err error) {
	if m.Last, err = s.Audit.Last(ctx, r, practiceID, audit.FactorReminded); err != nil {
		return m, err
	}
	if next := m.Last.Add(reminderPause); !m.Last.IsZero() && next.After(s.Clock.Now()) {
		m.Again = next
	}
	m.People, err = reminded(practiceID, own).countReminded(ctx, r)
	return m, err
}

// reminded begins a question about those who are written to: who is active, has
// accepted the invitation, has no second factor and may have one.
func reminded(practiceID string, own []string) *query {
	q := newTwoFactorQuery(practiceID, own)
	q.where("a.recovery_email <> ''")
	q.where(hasNone)
	q.where(offered)
	return q
}

// Remind has everybody written to whom the viewer sees as a Security Manager and
// who has no second factor; RunReminder does it. It tells how many they are.
// ErrReminded, ErrNobodyToRemind.
func (s *Service) Remind(ctx context.Context) (people int, err error) {
	practiceID := access.ViewerFrom(ctx).PracticeID
	own, err := s.within(ctx, practiceID, access.SecurityManage)
	if err != nil {
		return 0, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Practices.Hold(ctx, tx, practiceID); err != nil { // of several at once one reminds
			return err
		}
		m, err := s.reminder(ctx, tx, practiceID, own)
		switch {
		case err != nil:
			return err
		case !m.Again.IsZero():
			return ErrReminded.After(m.Again.Sub(s.Clock.Now()))
		case m.People == 0:
			return ErrNobodyToRemind
		}
		people = m.People
		if _, err := s.Jobs.Enqueue(ctx, tx, ReminderJob, reminderPayload{practiceID, own, s.Clock.Now()}); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.FactorReminded, PracticeID: practiceID, Detail: map[string]string{"people": strconv.Itoa(people)},
		})
	})
	return people, err
}

// RunReminder writes to everybody of a reminder who still has no second factor.
// Whoever was written to for it already is not written to again, so a run that
// was killed starts over.
func (s *Service) RunReminder(ctx context.Context, j job.Job) error {
	var p reminderPayload
	if err := j.Into(&p); err != nil {
		return err
	}
	full, err := s.Practices.Get(ctx, s.DB, p.PracticeID)
	if err != nil {
		return err
	}
	ctx = access.WithViewer(access.WithPractice(ctx, full.Access()), access.System("reminder"))
	for last := (place{}); ; {
		var rows []Row
		if err := s.DB.Write(ctx, func(tx *db.Tx) error {
			rows, err = s.remindBatch(ctx, tx, full, p, last)
			return err
		}); err != nil || len(rows) < reminderBatch {
			return err
		}
		last = place{rows[len(rows)-1].nameKey, rows[len(rows)-1].ID}
	}
}

// remindBatch writes to the next of those who were not written to yet.
func (s *Service) remindBatch(ctx context.Context, tx *db.Tx, full practice.Practice, p reminderPayload, last place) ([]Row, error) {
	q := reminded(p.PracticeID, p.Branches)
	q.where("(a.name_key, a.id) > (?, ?)", last.nameKey, last.id)
	q.where(`NOT EXISTS (
		SELECT 1 FROM message m WHERE m.practice_id = a.practice_id AND m.account_id = a.id AND m.template = ? AND m.created_at >= ?)`,
		mail.TwoFactorReminder, p.AskedAt)
	rows, err := q.run(ctx, tx, reminderBatch)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if err := s.remindOne(ctx, tx, full, row.Account); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (s *Service) remindOne(ctx context.Context, tx *db.Tx, full practice.Practice, a account.Account) error {
	second, err := s.Factors.SecondOf(ctx, tx, a.PracticeID, a.ID)
	if err != nil {
		return err
	}
	demand, err := s.Factors.DemandOf(ctx, tx, a)
	if err != nil {
		return err
	}
	data := map[string]string{"name": a.Name, "practice": full.Name, "login_url": s.LoginURL(full.Slug)}
	now := s.Clock.Now()
	switch deadline := second.Deadline(demand, now); {
	case second.Lacks(demand, now):
		data["due"] = "yes"
	case !demand.Required():
	case second.GraceFrom.IsZero():
		data["valid_for"] = demand.Days()
	default:
		data["deadline"] = deadline.In(access.Viewer{Practice: full.Access()}.Zone()).Format("2 January 2006")
	}
	_, err = s.Mail.Enqueue(ctx, tx, mail.Draft{
		PracticeID: a.PracticeID, AccountID: a.ID, To: a.RecoveryEmail, ToName: a.Name, Template: mail.TwoFactorReminder, Lang: a.Lang,
		Data: data, Bulk: true,
	})
	if fault.Is(err, fault.Invalid) { // an address that nothing can be sent to
		return nil
	}
	return err
}

func (q *query) countReminded(ctx context.Context, r db.Reader) (int, error) {
	return db.One(ctx, r, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) },
		`SELECT count(*)`+q.tables+` WHERE `+strings.Join(q.conditions, " AND "), q.args...)
}
