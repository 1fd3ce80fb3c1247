package pims

import (
	"slices"
	"strings"
)

// ours are the columns that a report of rejected rows has before those of the
// file. No practice system has columns of these names, so that the report is
// recognised when it comes back.
func ours() []string {
	return []string{"Catflap: file", "Catflap: line", "Catflap: reason", "Catflap: what to do"}
}

// isCorrected recognises a report of rejected rows by the names of its columns.
func isCorrected(names []string) bool {
	return len(names) > 0 && isOurs(names[0])
}

func isOurs(name string) bool {
	return slices.ContainsFunc(ours(), func(o string) bool { return fold(o) == fold(name) })
}

// kept are the cells of a rejected row that may be kept, in the order of
// FileInfo.Names. Where a row is ragged, nobody can tell what stands under the
// columns that are never stored, so nothing of it is kept.
func (r *row) kept() []string {
	if len(r.cells) == 0 || len(r.table.info.Never) > 0 && len(r.cells) != len(r.table.never) {
		return nil
	}
	var cells []string
	for i, c := range r.cells {
		if i >= len(r.table.never) || !r.table.never[i] {
			cells = append(cells, strings.ReplaceAll(strings.ToValidUTF8(string(c), "\ufffd"), "\x00", ""))
		}
	}
	return cells
}
