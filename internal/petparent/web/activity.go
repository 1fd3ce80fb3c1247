package petparentweb

import (
	"cmp"
	"context"
	"slices"

	"catflap/internal/audit"
	"catflap/internal/petparent"
)

// linesAbout reads the newest lines of the record about a person, older than
// the line with id before. The record knows a person by two ids: as the one
// whose data were changed, and by their login; and by those of the records that
// were merged into theirs.
func (f *Face) linesAbout(ctx context.Context, p petparent.Profile, before string) (lines []audit.Line, more bool, err error) {
	former, err := f.PetParents.Former(ctx, f.PetParents.DB, p.PracticeID, p.ID)
	if err != nil {
		return nil, false, err
	}
	for _, id := range append([]string{p.ID, p.AccountID}, former...) {
		if id == "" {
			continue
		}
		some, err := f.Audit.List(ctx, p.PracticeID, audit.Filter{PersonID: id}, before, pageSize+1)
		if err != nil {
			return nil, false, err
		}
		lines = append(lines, some...)
	}
	slices.SortFunc(lines, func(a, b audit.Line) int { return cmp.Compare(b.ID, a.ID) })
	lines = slices.CompactFunc(lines, func(a, b audit.Line) bool { return a.ID == b.ID })
	more = len(lines) > pageSize
	return lines[:min(len(lines), pageSize)], more, nil
}
