package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"catflap/internal/app"
	"catflap/internal/config"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/secret"
)

type keysListCommand struct {
	config.Config `embed:""`
	JSON          bool `help:"Print JSON."`
}

// Run prints the keys and what needs them.
func (c *keysListCommand) Run(w *world) error {
	return withApp(w, &c.Config, func(ctx context.Context, a *app.App) error {
		keys, err := a.KeyRing(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(w.out, keysBody(keys))
		}
		return printKeys(w.out, keys, a.Clock.Now())
	})
}

type keysRotateCommand struct {
	config.Config `embed:""`
	Prepare       bool          `xor:"what" help:"Add the new key and stop, so that it can be copied to servers that do not share the file. Run again without this flag to go on."`
	DropUnused    bool          `xor:"what" help:"Make no new key, but remove those that nothing has needed for a day. Backups of the database from before need them."`
	Wait          time.Duration `default:"10s" placeholder:"DURATION" help:"How long servers get to learn of the new key before it is used."`
	JSON          bool          `help:"Print JSON, once at the end."`
}

// shortestWait is more than a server needs to learn of a key.
const shortestWait = 3 * time.Second

// Run rotates the key ring.
func (c *keysRotateCommand) Run(w *world) error {
	return withApp(w, &c.Config, func(ctx context.Context, a *app.App) error {
		a.Ring.OnRead(nil) // it is this command that changes it
		in := app.RotateInput{Prepare: c.Prepare, DropUnused: c.DropUnused, Settle: max(c.Wait, shortestWait)}
		if !c.JSON {
			in.Tell = (&progress{out: w.out, wait: in.Settle, path: a.Ring.Path()}).tell
		}
		done, err := a.RotateKeys(ctx, in)
		if done.Step == "" {
			return err
		}
		if c.JSON {
			return errors.Join(printJSON(w.out, rotationBody(done)), err)
		}
		if done.Step == app.RotationDone {
			err = errors.Join(printRotation(w.out, done), err)
		}
		return err
	})
}

func printJSON(out io.Writer, body any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(body)
}

type keyBody struct {
	ID            string               `json:"id"`
	State         secret.KeyState      `json:"state"`
	Created       *time.Time           `json:"created"`
	Retired       *time.Time           `json:"retired"`
	Removable     bool                 `json:"removable"`
	RemovableFrom *time.Time           `json:"removable_from"`
	Values        map[factor.Value]int `json:"values"`
}

func keysBody(keys []app.KeyStatus) map[string][]keyBody {
	list := []keyBody{}
	for _, k := range keys {
		values := map[factor.Value]int{}
		for _, u := range k.Uses {
			values[u.Value] += u.Count
		}
		list = append(list, keyBody{
			ID: k.ID, State: k.State, Created: clock.OrNil(k.Created), Retired: clock.OrNil(k.Retired), Removable: k.Removable,
			RemovableFrom: clock.OrNil(k.From), Values: values,
		})
	}
	return map[string][]keyBody{"keys": list}
}

func printKeys(out io.Writer, keys []app.KeyStatus, now time.Time) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "KEY\tCREATED\tSTATE\tWHAT NEEDS IT")
	for _, k := range keys {
		created := "unknown"
		if !k.Created.IsZero() {
			created = k.Created.UTC().Format("2006-01-02 15:04 MST")
		}
		name := k.ID
		if name == "" {
			name = "(others)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", name, created, k.State, needs(k, now))
	}
	return t.Flush()
}

// needs says in words what stands under a key and what becomes of it.
func needs(k app.KeyStatus, now time.Time) string {
	var parts []string
	again := false
	for _, u := range k.Uses {
		word := valueWords()[u.Value]
		text := fmt.Sprintf("%d %s", u.Count, word.many)
		if u.Count == 1 {
			text = "1 " + word.one
		}
		if k.State == secret.KeyFormer && word.until != "" {
			text += " (" + word.until + ")"
		}
		again = again || u.Value.Sealed()
		parts = append(parts, text)
	}
	switch {
	case k.State == app.KeyMissing:
		return strings.Join(parts, ", ") + ": the ring lacks this key, so they cannot be read"
	case k.State == secret.KeyNext:
		return "nothing yet: run \"catflap keys rotate\" to make it current"
	case k.Removable:
		return "nothing: \"catflap keys rotate --drop-unused\" removes it"
	case len(parts) == 0 && k.State == secret.KeyFormer:
		return "nothing; it can be removed from " + k.From.UTC().Format("2006-01-02 15:04 MST") + ", for forms that were opened before"
	case again && k.State == secret.KeyFormer:
		return strings.Join(parts, ", ") + "; run \"catflap keys rotate --drop-unused\" to seal them anew"
	}
	return strings.Join(parts, ", ")
}

type valueWord struct{ one, many, until string }

func valueWords() map[factor.Value]valueWord {
	return map[factor.Value]valueWord{
		factor.SealedKey:       {"authenticator key", "authenticator keys", ""},
		factor.SealedSetup:     {"set-up under way", "set-ups under way", ""},
		factor.SealedCode:      {"backup code", "backup codes", ""},
		factor.SealedTemporary: {"temporary password", "temporary passwords", ""},
		factor.HashedCode:      {"backup code kept as a hash", "backup codes kept as hashes", "until used or replaced"},
		factor.HashedTemporary: {"temporary password kept as a hash", "temporary passwords kept as hashes", "until used, replaced or expired"},
		factor.HashedPassword:  {"password", "passwords", "until their owner signs in again"},
		factor.OpenLink:        {"open link", "open links", "7 days at most"},
		factor.OpenEmailCode:   {"open code by e-mail", "open codes by e-mail", "10 minutes at most"},
		app.ErasedClient:       {"mark of an erased client", "marks of erased clients", "for good"},
		app.Upload:             {"upload or report of an import", "uploads and reports of imports", "30 days at most"},
		app.StartCheck:         {"check at each start", "checks at each start", ""},
	}
}

// progress prints what a rotation does.
type progress struct {
	out     io.Writer
	wait    time.Duration
	path    string
	printed time.Time
}

func (p *progress) tell(r app.Rotation) {
	switch r.Step {
	case app.RotationPrepared:
		fmt.Fprintf(p.out, "Key %s is in the key ring and used for nothing yet.\nCopy %s to every server that does not share the file, then run: catflap keys rotate\n", r.Key, p.path)
	case app.RotationWaits:
		fmt.Fprintf(p.out, "Key %s is in the key ring. Servers get %s to learn of it.\n", r.Key, p.wait)
	case app.RotationCurrent:
		fmt.Fprintf(p.out, "Key %s is current: everything new is protected by it.\n", r.Key)
	case app.RotationReseals:
		if time.Since(p.printed) >= time.Second {
			p.printed = time.Now()
			fmt.Fprintf(p.out, "Sealed anew: %d\n", r.Resealed)
		}
	}
}

func printRotation(out io.Writer, r app.Rotation) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Done. Sealed anew under key %s: %d.\n", r.Key, r.Resealed)
	if r.Left > 0 {
		fmt.Fprintf(&b, "%d values still need a former key: a server goes on writing under it. Give every server the new key ring, then run: catflap keys rotate --drop-unused\n", r.Left)
	}
	if len(r.Dropped) > 0 {
		fmt.Fprintf(&b, "Removed: %s. A backup of the database from before the rotation needs them: keep the former key ring as long as such a backup.\n", strings.Join(r.Dropped, ", "))
	}
	b.WriteString("Copy the key ring to where you keep its copy, apart from the backups of the database. \"catflap keys list\" says what needs which key.\n")
	_, err := io.WriteString(out, b.String())
	return err
}

func rotationBody(r app.Rotation) any {
	return struct {
		Step     app.RotationStep `json:"step"`
		Key      string           `json:"key"`
		Resealed int              `json:"sealed_anew"`
		Left     int              `json:"left"`
		Broken   []string         `json:"broken"`
		Dropped  []string         `json:"dropped"`
	}{r.Step, r.Key, r.Resealed, r.Left, append([]string{}, r.Broken...), append([]string{}, r.Dropped...)}
}
