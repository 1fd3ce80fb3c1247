package pims

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"catflap/internal/foundation/fault"
)

// Limits of archives and workbooks, by what they say about themselves: the
// reader fails when an entry turns out longer than it says.
const (
	maxEntries  = 200          // of an archive, tables or not
	maxTables   = 20           // of one export
	maxUnpacked = 4 * MaxFile  // bytes of all entries together
	zipMark     = "PK\x03\x04" // begins archives and workbooks
)

// unpack replaces archives by the tables in them and workbooks by their first
// sheet.
func unpack(files []File) ([]File, error) {
	var all []File
	for _, f := range files {
		some, err := unpackOne(f, true)
		if err != nil {
			return nil, err
		}
		if all = append(all, some...); len(all) > maxTables {
			return nil, unreadable("import-too-many-files", fmt.Sprintf(
				"These are more than %d files, and no system writes so many for one export. Choose those of one export.", maxTables))
		}
	}
	return all, nil
}

// unpackOne leaves a file alone that is neither. inside says that archives may be
// opened: those in archives are not.
func unpackOne(f File, inside bool) ([]File, error) {
	name := baseName(f.Name)
	mark := make([]byte, len(zipMark))
	n, err := io.ReadFull(f.Body, mark)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("pims: reading %s: %w", name, err)
	}
	whole := io.MultiReader(bytes.NewReader(mark[:n]), f.Body)
	if string(mark[:n]) != zipMark {
		f.Body = whole
		return []File{f}, nil
	}
	at, size, err := inPlace(f.Body, whole)
	if errors.Is(err, errTooLarge) {
		return nil, tooLarge(name)
	} else if err != nil {
		return nil, fmt.Errorf("pims: reading %s: %w", name, err)
	}
	z, err := zip.NewReader(at, size)
	if err != nil { // openTable says what to do about it
		f.Body = io.NewSectionReader(at, 0, size)
		return []File{f}, nil
	}
	if err := bounded(name, z); err != nil {
		return nil, err
	}
	if entry(z, workbookPart) != nil {
		sheet, err := openWorkbook(z)
		if err != nil {
			return nil, unreadable("import-broken-workbook", name+
				": this Excel workbook cannot be read. Open it, save the client list as \"CSV UTF-8\" and import that file.")
		}
		return []File{{Name: f.Name, Body: sheet, utf8: true}}, nil
	}
	if !inside {
		return nil, unreadable("import-nested-archive", name+
			": this is an archive within an archive. Unpack it and choose the files in it.")
	}
	return tablesIn(name, z)
}

// inPlace reads from anywhere in a file, from memory if it cannot be otherwise.
func inPlace(body, whole io.Reader) (io.ReaderAt, int64, error) {
	if f, ok := body.(interface {
		io.ReaderAt
		io.Seeker
	}); ok {
		size, err := f.Seek(0, io.SeekEnd)
		if err == nil && size > MaxFile {
			err = errTooLarge
		}
		return f, size, err
	}
	b, err := io.ReadAll(&capped{in: whole})
	return bytes.NewReader(b), int64(len(b)), err
}

// bounded refuses archives that would unpack to more than any export.
func bounded(name string, z *zip.Reader) error {
	var sum uint64
	for _, e := range z.File {
		if sum += e.UncompressedSize64; sum > maxUnpacked || e.UncompressedSize64 > maxUnpacked {
			return tooLarge(name)
		}
		if e.Flags&1 != 0 {
			return unreadable("import-locked-archive", name+
				": this archive is protected with a password. Unpack it and choose the files in it.")
		}
	}
	if len(z.File) > maxEntries {
		return unreadable("import-too-many-files", fmt.Sprintf(
			"%s holds more than %d files. Choose those of one export.", name, maxEntries))
	}
	return nil
}

// tablesIn are the entries that may be tables. Paths, readme files and what
// computers add by themselves do not matter.
func tablesIn(name string, z *zip.Reader) ([]File, error) {
	var all []File
	for _, e := range z.File {
		base := path.Base(strings.ReplaceAll(e.Name, `\`, "/"))
		kind := strings.ToLower(path.Ext(base))
		if e.FileInfo().IsDir() || strings.HasPrefix(base, ".") || strings.Contains(e.Name, "__MACOSX") ||
			!slices.Contains([]string{".csv", ".txt", ".tsv", ".tab", ".xlsx", ".zip"}, kind) {
			continue
		}
		in, err := e.Open()
		if err != nil {
			return nil, brokenArchive(name)
		}
		some, err := unpackOne(File{Name: base, Body: &entryReader{in, name}}, false)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil, unreadable("import-empty-archive", name+
			": there is no table in this archive. Choose the CSV, text or Excel files of the export.")
	}
	return all, nil
}

// entryReader says what to do about an entry that is damaged.
type entryReader struct {
	in   io.Reader
	name string // of the archive
}

func (r *entryReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = brokenArchive(r.name)
	}
	return n, err
}

func brokenArchive(name string) error {
	return unreadable("import-broken-archive", name+": this archive is damaged. Make it again, or choose the files in it.")
}

func tooLarge(name string) error {
	return fault.New(fault.TooLarge, "import-file-too-large", fmt.Sprintf(
		"%s is larger than %d MB. Export the clients in parts, for example by last name, and import them one after the other.",
		name, MaxFile>>20))
}

// entry is the part of a workbook with a name, nil without.
func entry(z *zip.Reader, name string) *zip.File {
	i := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return z.File[i]
}
