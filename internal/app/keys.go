package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
)

// StartCheck is the value that proves at each start that ring and database
// belong together.
const StartCheck factor.Value = "start_check"

// ErasedClient is the mark of a client number whose people were erased. It stays
// as long as an import may bring them back.
const ErasedClient factor.Value = "erased_clients"

// Upload is an import's files, or the cells of the rows that it rejected. They are
// not sealed anew: the files are gone within a day, the cells within a month.
const Upload factor.Value = "uploads"

// KeyMissing is the state of a key that values need and the ring does not hold.
const KeyMissing secret.KeyState = "missing"

// formsWork is how long a former key stays at least, for the forms that were
// opened while it was current.
const formsWork = 24 * time.Hour

// resealed is how many values are sealed anew in one transaction.
const resealed = 50

// KeyStatus is a key and what needs it.
type KeyStatus struct {
	secret.KeyInfo
	Uses      []factor.KeyUse
	Removable bool
	From      time.Time // of a former key that nothing needs: when it can be removed
}

// KeyRing lists the keys and what needs them, in the order in which they were
// added; those that the ring lacks come last.
func (a *App) KeyRing(ctx context.Context) ([]KeyStatus, error) {
	uses, err := a.Factors.KeyUses(ctx, a.Ring.KeyIDs())
	if err != nil {
		return nil, err
	}
	check, err := a.startCheck(ctx)
	if err != nil {
		return nil, err
	}
	uses = append(uses, factor.KeyUse{KeyID: secret.SealedUnder(check), Value: StartCheck, Count: 1})
	erased, err := a.PetParents.ErasedUses(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(erased)) {
		uses = append(uses, factor.KeyUse{KeyID: key, Value: ErasedClient, Count: erased[key]})
	}
	uploads, err := a.Imports.KeyUses(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(uploads)) {
		uses = append(uses, factor.KeyUse{KeyID: key, Value: Upload, Count: uploads[key]})
	}
	var all []KeyStatus
	for _, k := range a.Ring.List() {
		all = append(all, KeyStatus{KeyInfo: k})
	}
	for _, u := range uses {
		i := slices.IndexFunc(all, func(k KeyStatus) bool { return k.ID == u.KeyID })
		if i < 0 {
			i = len(all)
			all = append(all, KeyStatus{KeyInfo: secret.KeyInfo{ID: u.KeyID, State: KeyMissing}})
		}
		all[i].Uses = append(all[i].Uses, u)
	}
	for i, k := range all {
		if k.State == secret.KeyFormer && len(k.Uses) == 0 {
			all[i].From = k.Retired.Add(formsWork)
			all[i].Removable = !a.Clock.Now().Before(all[i].From)
		}
	}
	return all, nil
}

// RotateInput is how the key ring is to be rotated.
type RotateInput struct {
	Prepare    bool           // add the new key and stop
	DropUnused bool           // add none, and remove those that nothing needs
	Settle     time.Duration  // that servers are given to learn of a change; 0: secret.Settled
	Tell       func(Rotation) // of each thing done; may be nil
}

// RotationStep is how far a rotation is.
type RotationStep string

// The steps.
const (
	RotationWaits    RotationStep = "waiting"   // for the servers to learn of the key
	RotationPrepared RotationStep = "prepared"  // and stopped there
	RotationCurrent  RotationStep = "current"   // new values are made under the key
	RotationReseals  RotationStep = "resealing" // older ones are sealed anew
	RotationDone     RotationStep = "done"
)

// Rotation is what was done so far.
type Rotation struct {
	Step     RotationStep
	Key      string   // that is or becomes current
	Resealed int      // values that were sealed anew
	Left     int      // values that could be, and still need a former key
	Broken   []string // "table/id" of values that cannot be opened
	Dropped  []string // keys
}

// RotateKeys makes a new key current and seals what there is anew, while servers
// go on. Broken off, it goes on where it was at the next call.
func (a *App) RotateKeys(ctx context.Context, in RotateInput) (done Rotation, err error) {
	if in.Settle == 0 {
		in.Settle = secret.Settled
	}
	if in.Tell == nil {
		in.Tell = func(Rotation) {}
	}
	if !in.DropUnused {
		if err := a.Ring.Add(); err != nil {
			return done, err
		}
		done.Key = a.Ring.Rotating()
		if err := a.promote(ctx, in, &done); err != nil || done.Step == RotationPrepared {
			return done, err
		}
	}
	done.Key = a.Ring.KeyID()
	if err := a.reseal(ctx, in, &done); err != nil {
		return done, err
	}
	if a.Ring.Rotating() == done.Key {
		if err := a.Audit.Write(ctx, audit.Entry{
			Action: audit.KeyRingRotated, OnPlatform: true, Target: audit.Target{Kind: "key", ID: done.Key},
			Detail: map[string]string{"sealed_anew": strconv.Itoa(done.Resealed)},
		}); err != nil {
			return done, err
		}
		if err := a.Ring.Complete(done.Key); err != nil {
			return done, err
		}
	}
	if in.DropUnused {
		if err := a.dropUnused(ctx, &done); err != nil {
			return done, err
		}
	}
	done.Step = RotationDone
	if len(done.Broken) > 0 {
		err = errBroken(done.Broken)
	}
	return done, err
}

// promote makes the key of a rotation current, once every server knows it.
func (a *App) promote(ctx context.Context, in RotateInput, done *Rotation) error {
	if a.Ring.KeyID() == done.Key {
		if in.Prepare {
			return fault.New(fault.Conflict, "rotation-unfinished",
				"The last rotation is not complete. Run first: catflap keys rotate")
		}
		return nil
	}
	if in.Prepare {
		done.Step = RotationPrepared
		in.Tell(*done)
		return nil
	}
	created := time.Time{}
	for _, k := range a.Ring.List() {
		if k.ID == done.Key {
			created = k.Created
		}
	}
	done.Step = RotationWaits
	in.Tell(*done)
	if err := until(ctx, earlier(created.Add(in.Settle), time.Now().Add(in.Settle))); err != nil {
		return err
	}
	if err := a.Ring.Promote(done.Key); err != nil {
		return err
	}
	done.Step = RotationCurrent
	in.Tell(*done)
	return nil
}

// reseal goes through everything twice: a server may have written something
// under the former key just before it learnt of the new one.
func (a *App) reseal(ctx context.Context, in RotateInput, done *Rotation) error {
	began, settled := time.Now(), time.Time{}
	for _, k := range a.Ring.List() {
		if at := k.Retired.Add(in.Settle); at.After(settled) {
			settled = at
		}
	}
	settled = earlier(settled, began.Add(in.Settle))
	done.Step = RotationReseals
	for {
		last := !time.Now().Before(settled)
		if err := a.resealOnce(ctx, in, done); err != nil {
			return err
		}
		if last {
			break
		}
		if err := until(ctx, settled); err != nil {
			return err
		}
	}
	all, err := a.KeyRing(ctx)
	for _, k := range all {
		for _, u := range k.Uses {
			if k.ID != done.Key && u.Value.Sealed() {
				done.Left += u.Count
			}
		}
	}
	done.Left = max(0, done.Left-len(done.Broken))
	return err
}

func (a *App) resealOnce(ctx context.Context, in RotateInput, done *Rotation) error {
	if err := a.resealCheck(ctx); err != nil {
		return err
	}
	before, at := done.Resealed, factor.Resealing{}
	for !at.Over {
		if err := ctx.Err(); err != nil {
			return errStopped.Because(err)
		}
		var err error
		if at, err = a.Factors.Reseal(ctx, at, resealed); err != nil {
			return err
		}
		if n := before + at.Done; n != done.Resealed {
			done.Resealed = n
			in.Tell(*done)
		}
	}
	done.Broken = at.Broken
	return nil
}

func (a *App) startCheck(ctx context.Context) ([]byte, error) {
	return db.One(ctx, a.DB, func(s db.Scanner) (b []byte, err error) { return b, s.Scan(&b) },
		`SELECT sealed FROM key_check WHERE id = $1`, keyCheck)
}

// resealCheck binds the database to the current key.
func (a *App) resealCheck(ctx context.Context) error {
	sealed, err := a.startCheck(ctx)
	if err != nil || secret.SealedUnder(sealed) == a.Ring.KeyID() {
		return err
	}
	plain, err := a.Ring.Open(keyCheckSeal, sealed)
	if err != nil {
		return err
	}
	fresh, err := a.Ring.Seal(keyCheckSeal, plain)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE key_check SET sealed = $3 WHERE id = $1 AND sealed = $2`, keyCheck, sealed, fresh)
		return err
	})
}

// dropUnused removes the keys that nothing needs. What stands under one a moment
// later would be lost: but nothing was written under a key for a day when it can
// be removed.
func (a *App) dropUnused(ctx context.Context, done *Rotation) error {
	all, err := a.KeyRing(ctx)
	if err != nil {
		return err
	}
	for _, k := range all {
		if k.Removable {
			done.Dropped = append(done.Dropped, k.ID)
		}
	}
	if len(done.Dropped) == 0 {
		return nil
	}
	if err := a.Audit.Write(ctx, audit.Entry{
		Action: audit.KeyRingDropped, OnPlatform: true, Detail: map[string]string{"keys": strings.Join(done.Dropped, ", ")},
	}); err != nil {
		return err
	}
	return a.Ring.Drop(done.Dropped...)
}

var errStopped = fault.New(fault.Conflict, "rotation-stopped",
	"The rotation was stopped before its end. Nothing is lost; run catflap keys rotate again, and it goes on where it was.")

func errBroken(places []string) error {
	const most = 20
	named := strings.Join(places[:min(most, len(places))], ", ")
	if len(places) > most {
		named += ", ..."
	}
	return fault.New(fault.Internal, "seals-broken", "Protected values in the database are damaged.").Because(
		fmt.Errorf("everything else is sealed under the current key, but %d values cannot be opened: %s. "+
			"They are damaged, or their key is missing; restore them from a backup, or have their owners issued new ones", len(places), named))
}

// earlier is for times of the ring file that another machine's clock may have
// written.
func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// until waits for a time.
func until(ctx context.Context, at time.Time) error {
	t := time.NewTimer(time.Until(at))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return errStopped.Because(errors.New("stopped while waiting for the servers"))
	}
}
