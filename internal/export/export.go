package export

import (
	"archive/zip"
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/apikey"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/practice"
	"catflap/internal/role"
)

const (
	// part is how many records are read at once.
	part = 500
	// atOnce is how many exports one process makes at the same time: each reads
	// whole tables.
	atOnce = 2
)

// ErrBusy answers where enough exports are being made.
var ErrBusy = fault.New(fault.Busy, "export-busy",
	"Other exports are being made at the moment. Try again in a few minutes.")

// Service makes exports.
type Service struct {
	DB         *db.DB
	Clock      clock.Clock
	Audit      *audit.Log
	Practices  *practice.Service
	Roles      *role.Service
	Accounts   *account.Service
	PetParents *petparent.Service
	Onboarding *onboarding.Service
	Keys       *apikey.Service
	Mail       *mail.Service

	running atomic.Int32
}

// Export is one file that is about to be written.
type Export struct {
	Name string // of the file

	service  *Service
	practice practice.Practice
	may      func(access.Permission) bool
	at       time.Time
	release  func()
}

// Begin records that the practice is exported and makes ready for it. What the
// person may not see elsewhere is left out. WriteTo, or the end of ctx, ends
// it. ErrBusy; the faults of practice.Get.
func (s *Service) Begin(ctx context.Context, practiceID string, may func(access.Permission) bool) (*Export, error) {
	if s.running.Add(1) > atOnce {
		s.running.Add(-1)
		return nil, ErrBusy
	}
	release := sync.OnceFunc(func() { s.running.Add(-1) })
	p, err := s.Practices.Get(ctx, s.DB, practiceID)
	if err == nil {
		err = s.record(ctx, p)
	}
	if err != nil {
		release()
		return nil, err
	}
	context.AfterFunc(ctx, release)
	at := s.Clock.Now().UTC()
	return &Export{
		Name: "catflap-" + p.Slug + "-" + at.Format(time.DateOnly) + ".zip", service: s, practice: p, may: may, at: at, release: release,
	}, nil
}

// Everything is for those who may see all of a practice.
func Everything(access.Permission) bool { return true }

// record writes the entry into the practice's record, and into the platform's
// too if somebody of the platform acts.
func (s *Service) record(ctx context.Context, p practice.Practice) error {
	e := audit.Entry{Action: audit.PracticeExported, OnPlatform: true, Target: audit.Target{Kind: "practice", ID: p.ID, Name: p.Name}}
	records := []string{p.ID}
	if access.ViewerFrom(ctx).PracticeID != p.ID {
		records = []string{"", p.ID}
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, e.PracticeID = range records {
			if err := s.Audit.Record(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// WriteTo writes the ZIP file while the data is read. What changes meanwhile
// may stand in it as it was or as it is. With an error the file is broken.
func (e *Export) WriteTo(ctx context.Context, w io.Writer) error {
	defer e.release()
	z := zip.NewWriter(w)
	var included, left []file
	for _, f := range files() {
		if f.permission != "" && !e.may(f.permission) {
			left = append(left, f)
			continue
		}
		out, err := e.entry(z, f.name)
		if err != nil {
			return err
		}
		if err := f.write(ctx, e, out); err != nil {
			return err
		}
		included = append(included, f)
	}
	out, err := e.entry(z, "README.txt")
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, e.readme(included, left)); err != nil {
		return err
	}
	return z.Close()
}

func (e *Export) entry(z *zip.Writer, name string) (io.Writer, error) {
	return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: e.at})
}
