package pims

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"sort"
	"strings"

	"golang.org/x/text/transform"

	"catflap/internal/foundation/fault"
)

// Look is the beginning of one file: its columns with some of what stands in
// them, and what they are taken for. It has people's data in it and is never
// stored.
type Look struct {
	Info        FileInfo
	System      string // whose columns can be chosen
	SystemLabel string
	Known       bool // the columns are those of the system
	Columns     []Column
	Targets     []Target
}

// Column is one column of a file.
type Column struct {
	Name    string
	Use     string // the column of ours it is read as, "" for none
	Never   bool   // it is never stored, and has no samples
	Samples []string
}

// Target is a column of ours that a column of a file can be read as.
type Target struct {
	Name   string
	Needed bool
}

// Limits of what a look shows.
const (
	lookedRows   = 200
	shownSamples = 5
	sampleLength = 60
)

// lookAt looks at the beginning of a file. The faults are those of a file that is
// no table at all.
func lookAt(f File, o Options) (Look, error) {
	in := bufio.NewReaderSize(f.Body, sampleBytes)
	sample, err := in.Peek(sampleBytes)
	whole := errors.Is(err, io.EOF)
	t := &table{asOf: o.AsOf, size: &capped{}, phones: map[phoneKey]Phone{}}
	t.info.Name = baseName(f.Name)
	if err != nil && !whole {
		return Look{}, t.failed(err)
	}
	enc := o.Encoding
	if f.utf8 {
		enc = UTF8
	}
	if enc == "" {
		enc = recogniseEncoding(sample, whole)
	}
	if words := notATable(sample, enc); words != "" {
		return Look{}, t.unreadable("import-not-a-table", 0, words)
	}
	t.decoder = newDecoder(enc)
	text, _, err := transform.Bytes(t.decoder, sample)
	if err != nil {
		return Look{}, t.failed(err)
	}
	if isBlank(text) {
		return Look{}, t.unreadable("import-empty-file", 0, "the file is empty. Export the client list again and check that it names clients.")
	}
	best, _ := readings(text, o)
	known := best.hits > 1 && len(best.missing) == 0 && (o.System == "" || o.System == best.system.name)
	if !known {
		var named bool
		if best, named = guessed(text, o, best); !named {
			return Look{}, t.unreadable("import-no-header", 1, noNames)
		}
	}
	t.use(best)
	t.info.Encoding = t.decoder.encoding()
	t.chooseOrder(text, o)
	l := Look{Info: t.info, System: t.system.name, SystemLabel: t.system.label, Known: known}
	l.columns(t, best, text)
	for _, c := range t.layout.columns {
		if c.use == required || c.use == optional || c.use == dates {
			l.Targets = append(l.Targets, Target{c.name, c.use == required})
		}
	}
	return l, nil
}

const noNames = "no column names were found. The first row must name the columns, for example client_id, first_name, last_name, email. Add them or export again, and import the file again."

// guessed takes the first of the fullest rows for the names of the columns. It
// reports false when there are none.
func guessed(text []byte, o Options, best candidate) (candidate, bool) {
	system := best.system
	if best.hits < 2 || o.System != "" && o.System != system.name {
		for _, s := range systems() {
			if s.name == first(o.System, "generic") {
				system = s
			}
		}
	}
	guess := candidate{system: system, layout: system.files[0], separator: ','}
	if best.hits >= 2 && best.system.name == system.name {
		return best, true
	}
	for _, separator := range []byte(first(o.Separator, separators)) {
		rows := newRowReader(bytes.NewReader(text), separator)
		for range headerRows {
			r, err := rows.next()
			if err != nil {
				break
			}
			if len(r.cells) > len(guess.names) && !slices.ContainsFunc(r.cells, isBlank) {
				guess.separator, guess.line, guess.names = separator, r.line, nil
				for _, c := range r.cells {
					guess.names = append(guess.names, clean(c))
				}
			}
		}
	}
	guess.match(guess.names, o.Columns[guess.layout.kind])
	return guess, len(guess.names) >= 2
}

// columns lists the columns with samples.
func (l *Look) columns(t *table, c candidate, text []byte) {
	uses := map[int]string{}
	for _, c := range t.layout.columns {
		if i, ok := t.columns[c.name]; ok && (c.use == required || c.use == optional || c.use == dates) {
			uses[i] = c.name
		}
	}
	for i, n := range t.names {
		if !isOurs(n) {
			l.Columns = append(l.Columns, Column{Name: n, Use: uses[i], Never: neverRead(c, i)})
		} else {
			l.Columns = append(l.Columns, Column{Name: n})
		}
	}
	rows := newRowReader(bytes.NewReader(text), t.info.Separator[0])
	for range lookedRows {
		r, err := rows.next()
		if err != nil {
			break
		}
		if r.line <= t.info.HeaderLine || len(r.cells) != len(t.names) {
			continue // a ragged row may have anything under any name
		}
		for i, c := range r.cells {
			one := &l.Columns[i]
			if one.Never || len(one.Samples) == shownSamples {
				continue
			}
			s := strings.ReplaceAll(strings.ToValidUTF8(clean(c), "\ufffd"), "\x00", "")
			if cut := []rune(s); len(cut) > sampleLength {
				s = string(cut[:sampleLength]) + "…"
			}
			if s != "" && !slices.Contains(one.Samples, s) {
				one.Samples = append(one.Samples, s)
			}
		}
	}
	l.Columns = slices.DeleteFunc(l.Columns, func(c Column) bool { return isOurs(c.Name) })
}

// sourceOf names where files come from: by the names of their columns, however
// these are ordered. What is never stored, and what our own report adds, does not
// count, so that corrected rows come from where the file came from.
func sourceOf(looks []Look) string {
	var files []string
	for _, l := range looks {
		names := []string{}
		for _, n := range l.Info.Names {
			names = append(names, fold(n))
		}
		sort.Strings(names)
		files = append(files, strings.Join(names, "\n"))
	}
	sort.Strings(files)
	sum := sha256.Sum256([]byte(strings.Join(files, "\n\n")))
	return hex.EncodeToString(sum[:])
}

// isAskable reports a fault of columns that a person can put right by saying what
// they are.
func isAskable(err error) bool {
	if err == nil {
		return false
	}
	code := fault.From(err).Code
	return code == "import-no-header" || code == "import-missing-column"
}
