package pims

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
)

// ErrGone answers whoever wants files read again that are not here any more.
var ErrGone = fault.New(fault.Conflict, "import-files-gone",
	"The files of this import are not here any more. Upload them again.")

// outcome is what reading the files came to.
type outcome struct {
	export *Export // nil where the columns are not known
	looks  []Look
	open   []Question
}

// files are what was found out about each file.
func (o outcome) files() []FileInfo {
	var all []FileInfo
	if o.export != nil {
		all = o.export.Files
	} else {
		for _, l := range o.looks {
			all = append(all, l.Info)
		}
	}
	return all
}

// options are how the files of an import are read.
func (s *Service) options(im Import, c Choices) Options {
	return Options{
		System: c.System, Encoding: c.Encoding, Separator: c.Separator, DateOrder: c.DateOrder, Codes: c.Codes, Columns: c.Columns,
		Country: s.Country, AsOf: im.AsOf,
	}
}

// looks looks at the beginnings of the files.
func (s *Service) looks(ctx context.Context, box *secret.Box, im Import, c Choices) ([]Look, error) {
	o := s.options(im, c)
	if err := o.check(); err != nil {
		return nil, err
	}
	files, err := s.held(ctx, box, im)
	if err == nil {
		files, err = unpack(files)
	}
	if err != nil {
		return nil, err
	}
	looks := make([]Look, len(files))
	for i, f := range files {
		if looks[i], err = lookAt(f, o); err != nil {
			return nil, err
		}
	}
	return looks, nil
}

// readHeld reads the files that wait. It changes nothing.
func (s *Service) readHeld(ctx context.Context, box *secret.Box, im Import, c Choices) (outcome, error) {
	files, err := s.held(ctx, box, im)
	if err != nil {
		return outcome{}, err
	}
	var out outcome
	out.export, err = Read(ctx, s.options(im, c), files...)
	if isAskable(err) {
		words := fault.From(err).Message
		if out.looks, err = s.looks(ctx, box, im, c); err != nil {
			return outcome{}, err
		}
		for _, l := range out.looks {
			if !l.Known {
				out.open = append(out.open, Question{Kind: AsksColumns, File: l.Info.Name, Words: words})
				words = "Say what the columns of " + l.Info.Name + " are."
			}
		}
		return out, nil
	}
	if err != nil {
		return outcome{}, err
	}
	for _, f := range out.export.Files {
		out.open = append(out.open, f.Open...)
	}
	if asked := slices.DeleteFunc(slices.Clone(out.export.Codes), func(l Letter) bool { return l.Meaning != "" }); len(asked) > 0 {
		out.open = append(out.open, Question{Kind: AsksCodes, File: out.export.Files[0].Name, Letters: asked,
			Words: "Say what the letters mean that your practice puts beside clients and pets. Nobody else can know."})
	}
	return out, nil
}

// Looks shows how the files of an import that waits are read, with samples.
// ErrGone, ErrNotFound.
func (s *Service) Looks(ctx context.Context, practiceID, importID string) ([]Look, error) {
	im, box, err := s.waiting(ctx, practiceID, importID)
	if err != nil {
		return nil, err
	}
	return s.looks(ctx, box, im, im.Choices)
}

// LooksWith is Looks for choices that were not saved.
func (s *Service) LooksWith(ctx context.Context, practiceID, importID string, c Choices) ([]Look, error) {
	im, box, err := s.waiting(ctx, practiceID, importID)
	if err != nil {
		return nil, err
	}
	return s.looks(ctx, box, im, c)
}

// waiting is an import whose files can be read again.
func (s *Service) waiting(ctx context.Context, practiceID, importID string) (Import, *secret.Box, error) {
	im, err := s.Get(ctx, practiceID, importID)
	if err != nil {
		return im, nil, err
	}
	if im.State == StateRunning || im.State.Over() {
		return im, nil, ErrStarted
	}
	box, err := s.box(ctx, practiceID, importID, keyOfFiles)
	if errors.Is(err, db.ErrNone) {
		err = ErrGone
	}
	return im, box, err
}

// Choose has the files of an import that waits read in another way, and remembers
// the choices for files with the same columns. A file that cannot be read so
// changes nothing: the faults are those of Read. ErrStarted, ErrGone.
func (s *Service) Choose(ctx context.Context, practiceID, importID string, c Choices) (Import, error) {
	return s.choose(ctx, practiceID, importID, c, func(ctx context.Context, tx *db.Tx, im Import) error {
		if c.None() {
			return forgetChoices(ctx, tx, im)
		}
		return s.remember(ctx, tx, im, c)
	})
}

// ForgetChoices forgets what was remembered for files with these columns, and
// reads them as if they came for the first time.
func (s *Service) ForgetChoices(ctx context.Context, practiceID, importID string) (Import, error) {
	return s.choose(ctx, practiceID, importID, Choices{}, forgetChoices)
}

func (s *Service) choose(ctx context.Context, practiceID, importID string, c Choices, also func(context.Context, *db.Tx, Import) error) (Import, error) {
	im, box, err := s.waiting(ctx, practiceID, importID)
	if err != nil {
		return im, err
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	out, err := s.readHeld(ctx, box, im, c)
	if err != nil {
		return im, err
	}
	im.Choices, im.Remembered = c, false
	if err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.claim(ctx, tx, &im, out); err != nil {
			return err
		}
		if err := also(ctx, tx, im); err != nil {
			return err
		}
		return s.record(ctx, tx, im, audit.ImportChosen, chosen(c))
	}); err != nil {
		return im, err
	}
	return im, s.settle(ctx, &im, out)
}

// chosen tells the audit what was chosen.
func chosen(c Choices) map[string]string {
	d := map[string]string{}
	for name, v := range map[string]string{
		"chosen_system": c.System, "encoding": string(c.Encoding), "separator": c.Separator, "date_order": string(c.DateOrder),
	} {
		if v != "" {
			d[name] = v
		}
	}
	if len(c.Columns) > 0 {
		d["columns"] = jsonText(c.Columns)
	}
	if !c.Codes.None() {
		d["codes"] = jsonText(c.Codes)
	}
	return d
}

// claim makes this the reading that counts: whoever stores another one meanwhile
// gives up.
func (s *Service) claim(ctx context.Context, tx *db.Tx, im *Import, out outcome) error {
	im.State, im.Files, im.Total, im.System = StateUploaded, out.files(), 0, ""
	if out.export != nil {
		im.System, im.Total = out.export.System, len(out.export.Clients)
	}
	var err error
	im.reading, err = db.One(ctx, tx, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) }, `
		UPDATE import SET state = 'uploaded', reading = reading + 1, choices = $3, remembered = $4, source = $5, system = $6,
			files = $7, total = $8, preview = '', counts = '{}'
		WHERE practice_id = $1 AND id = $2 AND state IN ('uploaded', 'asks', 'previewed') RETURNING reading`,
		im.PracticeID, im.ID, jsonText(im.Choices), im.Remembered, im.Source, im.System, jsonText(im.Files), im.Total)
	if errors.Is(err, db.ErrNone) {
		return ErrStarted
	}
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`DELETE FROM import_batch WHERE practice_id = $1 AND import_id = $2`,
		`DELETE FROM import_reject WHERE practice_id = $1 AND import_id = $2`,
	} {
		if _, err := tx.Exec(ctx, statement, im.PracticeID, im.ID); err != nil {
			return err
		}
	}
	return nil
}

// mine reports with ErrStarted when another reading counts by now, or the import
// was cancelled. Until the end of the transaction nobody else can change that.
func (s *Service) mine(ctx context.Context, tx *db.Tx, im Import) error {
	n, err := tx.Exec(ctx, `UPDATE import SET done = done WHERE practice_id = $1 AND id = $2 AND state = 'uploaded' AND reading = $3`,
		im.PracticeID, im.ID, im.reading)
	if err == nil && n == 0 {
		err = ErrStarted
	}
	return err
}

// settle stores what reading came to: the questions, or what the run needs.
func (s *Service) settle(ctx context.Context, im *Import, out outcome) error {
	if len(out.open) == 0 {
		return s.stage(ctx, im, out.export)
	}
	im.State, im.Counts, im.Preview = StateAsks, Counts{}, Preview{Open: out.open}
	if out.export != nil {
		im.Counts.Clients, im.Counts.Pets, im.Counts.Rejected = len(out.export.Clients), len(out.export.Pets), len(out.export.Rejected)
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.mine(ctx, tx, *im); err != nil {
			return err
		}
		return storePreview(ctx, tx, *im)
	})
}

func (s *Service) remember(ctx context.Context, tx *db.Tx, im Import, c Choices) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO import_choice (practice_id, source, choices, chosen_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (practice_id, source) DO UPDATE SET choices = excluded.choices, chosen_at = excluded.chosen_at`,
		im.PracticeID, im.Source, jsonText(c), s.Clock.Now())
	return err
}

func forgetChoices(ctx context.Context, tx *db.Tx, im Import) error {
	_, err := tx.Exec(ctx, `DELETE FROM import_choice WHERE practice_id = $1 AND source = $2`, im.PracticeID, im.Source)
	return err
}

// remembered are the choices for files with the columns of this import.
func (s *Service) remembered(ctx context.Context, im Import) (c Choices, err error) {
	text, err := db.One(ctx, s.DB, func(sc db.Scanner) (t string, err error) { return t, sc.Scan(&t) },
		`SELECT choices FROM import_choice WHERE practice_id = $1 AND source = $2`, im.PracticeID, im.Source)
	if errors.Is(err, db.ErrNone) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(text), &c)
}
