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
// whose data were changed, and by their login.
func (f *Face) linesAbout(ctx context.Context, p petparent.Profile, before string) (lines []audit.Line, more bool, err error) {
	for _, id := range []string{p.ID, p.AccountID} {
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
