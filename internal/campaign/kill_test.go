package campaign_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/campaign"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
	"catflap/internal/mail/mailtest"
)

// What a process of a test needs that works until it is killed.
const (
	nodeDatabase = "TEST_NODE_DATABASE"
	nodeRing     = "TEST_NODE_RING"
	nodePort     = "TEST_NODE_PORT"
	nodeEpoch    = "TEST_NODE_EPOCH"
)

func TestMain(m *testing.M) {
	if os.Getenv(nodeDatabase) == "" {
		os.Exit(m.Run())
	}
	if err := node(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// hasty is a clock that runs twenty times as fast, the same for all nodes: the
// lease of a node that was killed is over in three seconds.
type hasty struct{ epoch time.Time }

func (h hasty) Now() time.Time {
	return apptestNow().Add(20 * time.Since(h.epoch)).Truncate(time.Microsecond)
}

// apptestNow is where the clock of apptest stands.
func apptestNow() time.Time { return time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC) }

// node writes and delivers for a minute at most.
func node() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	log := slog.New(slog.DiscardHandler)
	d, err := db.Open(ctx, os.Getenv(nodeDatabase), log)
	if err != nil {
		return err
	}
	ring, err := secret.LoadRing(os.Getenv(nodeRing))
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(os.Getenv(nodePort))
	if err != nil {
		return err
	}
	epoch, err := strconv.ParseInt(os.Getenv(nodeEpoch), 10, 64)
	if err != nil {
		return err
	}
	a, err := app.New(app.Options{
		DB: d, Clock: hasty{time.UnixMicro(epoch)}, Log: log, Ring: ring, Country: "US",
		PublicURL: &url.URL{Scheme: "https", Host: "cats.example"}, MailLimits: mail.Limits{PerPractice: 1200}, // 400 in a second of ours
		Transport: mail.NewSMTP(mail.SMTPSettings{Host: "127.0.0.1", Port: port, Plaintext: true}, "cats.example"),
	})
	if err != nil {
		return err
	}
	a.Campaigns.Step(20)
	return a.Work(ctx)
}

// Two servers write and deliver a campaign; each is killed again and again at any
// moment, and somebody pauses and resumes it. Everybody gets it, and twice at most
// what was on its way on one of a killed server's connections, which is recognisably
// the same.
func TestKilled(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) {
			if testing.Short() {
				t.Skip("takes its time")
			}
			killed(t, dialect)
		})
	}
}

func killed(t *testing.T, dialect db.Dialect) {
	const people, connections = 1500, 24
	database, path := dbtest.URL(t, dialect), filepath.Join(t.TempDir(), "keyring.json")
	ring, err := secret.CreateRing(path)
	if err != nil {
		t.Fatal(err)
	}
	a := apptest.On(t, dbtest.Open(t, database), func(o *app.Options) { o.Ring = ring })
	c := a.Clinic("paws")
	ctx := access.WithPractice(access.WithViewer(context.Background(),
		access.Viewer{Kind: access.KindStaff, AccountID: c.Administrator.ID, PracticeID: c.ID}.WithPermissions(access.Permissions())), c.Access())
	enrol(ctx, t, a, c.ID, people)
	made := draft(ctx, t, a)
	if _, err := a.Campaigns.Start(ctx, made.ID, made.Mark); err != nil {
		t.Fatal(err)
	}
	server := mailtest.Start(t, mailtest.Options{})
	at, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	epoch := strconv.FormatInt(time.Now().UnixMicro(), 10)
	start := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), nodeDatabase+"="+database, nodeRing+"="+path, nodePort+"="+at.Port(), nodeEpoch+"="+epoch)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	kill := func(cmd *exec.Cmd) {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}
	left := func() int {
		return people - apptest.Number(a, `SELECT count(*) FROM message WHERE campaign_id = $1 AND state = 'sent'`, made.ID)
	}
	nodes, kills, rests := []*exec.Cmd{start(), start()}, 0, 0
	for deadline := time.Now().Add(2 * time.Minute); left() > 0 && time.Now().Before(deadline); {
		time.Sleep(300*time.Millisecond + rand.N(700*time.Millisecond))
		one := rand.IntN(2)
		kill(nodes[one])
		kills++
		nodes[one] = start()
		if rests < 3 && left() > 0 {
			if _, err := a.Campaigns.Steer(ctx, made.ID, campaign.Pause); err == nil {
				rests++
				time.Sleep(rand.N(time.Second))
				if _, err := a.Campaigns.Steer(ctx, made.ID, campaign.Resume); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, cmd := range nodes {
		kill(cmd)
	}
	byID, byAddress, twice := map[string]bool{}, map[string]bool{}, 0
	for _, m := range server.Messages() {
		id := m.Header.Get("Message-Id")
		if byID[id] {
			twice++
		}
		byID[id], byAddress[m.Header.Get("To")] = true, true
	}
	if len(byID) != people || len(byAddress) != people || left() != 0 {
		t.Errorf("%d messages to %d of %d people, %d are left", len(byID), len(byAddress), people, left())
	}
	if kills < 3 || rests == 0 || twice > kills*connections {
		t.Errorf("%d kills, %d rests, %d messages that arrived once more", kills, rests, twice)
	}
	t.Logf("%d kills, %d rests, %d messages arrived once more", kills, rests, twice)
}

// enrol puts people into a practice.
func enrol(ctx context.Context, t *testing.T, a *apptest.App, practiceID string, people int) {
	t.Helper()
	now := a.Clock.Now()
	households, persons := make([][]any, people), make([][]any, people)
	for i := range people {
		n := fmt.Sprintf("%06d", i)
		households[i] = []any{"h" + n, practiceID, "generic", n, "", "", true, false, false, "", now, now}
		persons[i] = []any{"p" + n, practiceID, "h" + n, 1, "First", "L" + n, n + "@example.com", n + "@example.com", "[]", "", "[]", n, n, now, now}
	}
	if err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Insert(ctx, `INSERT INTO household (id, practice_id, system, external_id, home_branch_id, company, active, deleted,
			opt_out, imported, created_at, updated_at)`, households, ``); err != nil {
			return err
		}
		_, err := tx.Insert(ctx, `INSERT INTO pet_parent (id, practice_id, household_id, position, first_name, last_name, email, email_key,
			emails, email_problem, phones, search, sort_key, created_at, updated_at)`, persons, ``)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// draft is a campaign to everybody, with a template of its own.
func draft(ctx context.Context, t *testing.T, a *apptest.App) campaign.Campaign {
	t.Helper()
	text, err := a.Mail.SaveText(ctx, mail.TextInput{Name: "News", Lang: "en", Source: mail.Source{Subject: "Hi {{last_name}}", HTML: "<p>Hello {{name}}</p>"}})
	if err != nil {
		t.Fatal(err)
	}
	made, err := a.Campaigns.Create(ctx, campaign.DraftInput{Name: "News", Template: text.Template})
	if err != nil {
		t.Fatal(err)
	}
	return made
}
