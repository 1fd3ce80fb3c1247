package petparent

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
)

// ErrMayNotChange answers to who may manage logins and not change records.
var ErrMayNotChange = fault.New(fault.Forbidden, "permission-missing",
	"Your role may not change records of pet parents. Ask a colleague whose role may.")

// MayChange insists that the viewer may change records of pet parents.
func MayChange(ctx context.Context) error {
	if may(ctx, access.PetParentWrite) {
		return nil
	}
	return ErrMayNotChange
}

// may reports whether the viewer holds a permission; the program itself does.
func may(ctx context.Context, p access.Permission) bool {
	v := access.ViewerFrom(ctx)
	return v.Kind == access.KindSystem || v.May(p)
}
