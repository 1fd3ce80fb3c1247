package secret

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"catflap/internal/foundation/fault"
)

const (
	ringVersion  = 1
	maxRingBytes = 1 << 20
)

// ringFile is the key ring as it is written: JSON, mode 0600, UTF-8.
type ringFile struct {
	Version int           `json:"version"`
	Current string        `json:"current"`
	Next    string        `json:"next,omitempty"` // what a rotation leads to, until it is complete
	Keys    []ringFileKey `json:"keys"`
}

type ringFileKey struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Retired time.Time `json:"retired,omitzero"` // when another one became current
	Key     []byte    `json:"key"`              // base64 of 32 bytes
}

// LoadRing reads a key ring. The file must be readable by its owner only. Every
// error names the file and what to do; a missing file also matches
// fs.ErrNotExist.
func LoadRing(path string) (*Ring, error) {
	_, k, err := readRing(path)
	if err != nil {
		return nil, err
	}
	r := &Ring{path: path, started: time.Now()}
	r.keys.Store(k)
	return r, nil
}

func readRing(path string) (file ringFile, k *keys, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return file, nil, fault.New(fault.Invalid, "key-ring-missing", fmt.Sprintf(
			"There is no key ring at %s. Put back the key ring that belongs to this database; without it nothing sealed in the database can be read.", path)).Because(err)
	}
	if err != nil {
		return file, nil, fault.New(fault.Invalid, "key-ring-unreadable", fmt.Sprintf(
			"The key ring %s cannot be opened. Make it readable for the user that runs Catflap.", path)).Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return file, nil, damaged(path, err)
	}
	if !info.Mode().IsRegular() {
		return file, nil, damaged(path, errors.New("it is not a regular file"))
	}
	if info.Mode().Perm()&0o077 != 0 {
		return file, nil, fault.New(fault.Invalid, "key-ring-exposed", fmt.Sprintf(
			"The key ring %s can be read or changed by other users (mode %04o). Run: chmod 600 %s. If others use this computer, treat its keys as known to them.",
			path, info.Mode().Perm(), path))
	}
	text, err := io.ReadAll(io.LimitReader(f, maxRingBytes+1))
	if err != nil {
		return file, nil, damaged(path, err)
	}
	if file, err = parseRing(path, text); err != nil {
		return file, nil, err
	}
	k, err = file.derive(path)
	if err == nil {
		k.stamp = stamp{info}
	}
	return file, k, err
}

func parseRing(path string, text []byte) (file ringFile, err error) {
	if len(text) > maxRingBytes {
		return file, damaged(path, errors.New("it is too long to be a key ring"))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return file, damaged(path, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return file, damaged(path, errors.New("something follows the key ring"))
	}
	if file.Version != ringVersion {
		return file, fault.New(fault.Invalid, "key-ring-version", fmt.Sprintf(
			"The key ring %s has format %d; this version of Catflap reads format %d. Use the version of Catflap that wrote it, or a newer one.",
			path, file.Version, ringVersion))
	}
	return file, nil
}

// derive checks the keys and makes what is used of them.
func (file ringFile) derive(path string) (*keys, error) {
	ring := &keys{current: file.Current, next: file.Next, byID: make(map[string]*ringKey, len(file.Keys))}
	id := regexp.MustCompile(keyIDPattern)
	for i, k := range file.Keys {
		switch {
		case !id.MatchString(k.ID):
			return nil, damaged(path, fmt.Errorf("the id of key %d is not 8 letters a-z and digits 2-7", i+1))
		case ring.byID[k.ID] != nil:
			return nil, damaged(path, fmt.Errorf("key %s is there twice", k.ID))
		case len(k.Key) != keyBytes:
			return nil, damaged(path, fmt.Errorf("key %s has %d bytes, not %d", k.ID, len(k.Key), keyBytes))
		}
		derived, err := newRingKey(k.Key)
		if err != nil {
			return nil, damaged(path, err)
		}
		derived.created, derived.retired = k.Created, k.Retired
		ring.byID[k.ID] = derived
		ring.order = append(ring.order, k.ID)
	}
	if ring.byID[file.Current] == nil {
		return nil, damaged(path, fmt.Errorf("the current key %q is not among its keys", file.Current))
	}
	if file.Next != "" && ring.byID[file.Next] == nil {
		return nil, damaged(path, fmt.Errorf("the next key %q is not among its keys", file.Next))
	}
	return ring, nil
}

// damaged must not repeat the file's content: json errors name offsets and
// field names only.
func damaged(path string, cause error) error {
	return fault.New(fault.Invalid, "key-ring-damaged", fmt.Sprintf(
		"The key ring %s is damaged. Put back a copy from your backup; a new one cannot open what is already stored.", path)).Because(cause)
}

// CreateRing writes a new key ring with one fresh key, mode 0600, and returns
// it. The file appears complete or not at all, and an existing one is never
// replaced: that error matches fs.ErrExist, and the caller that lost a race can
// load the winner's. The folder must exist.
func CreateRing(path string) (*Ring, error) {
	id, key := newKey()
	text, err := ringFile{
		Version: ringVersion,
		Current: id,
		Keys:    []ringFileKey{{ID: id, Created: thisMoment(), Key: key}},
	}.text()
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, text); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fault.New(fault.Conflict, "key-ring-exists", fmt.Sprintf(
				"There is already a key ring at %s. Keep it: without it nothing sealed in its database can be read.", path)).Because(err)
		}
		return nil, fault.New(fault.Invalid, "key-ring-unwritable", fmt.Sprintf(
			"The key ring %s cannot be written. Make its folder exist, with free space, and writable for the user that runs Catflap.", path)).Because(err)
	}
	return LoadRing(path)
}

func (file ringFile) text() ([]byte, error) {
	text, err := json.MarshalIndent(file, "", "  ")
	return append(text, '\n'), err
}

func thisMoment() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// keyIDPattern is what newKey makes. Ids are random, so that the rings of two
// installations are never mistaken for each other. Eight such characters are
// also valid base64 of six bytes, which PHC strings demand of a keyid.
const (
	keyIDPattern = `^[a-z2-7]{8}$`
	keyIDLength  = 8
)

func newKey() (id string, key []byte) {
	var random [5]byte
	_, _ = rand.Read(random[:]) // never fails
	key = make([]byte, keyBytes)
	_, _ = rand.Read(key)
	alphabet := base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	return alphabet.EncodeToString(random[:]), key
}

// writeNew makes a file that must not exist yet. It is written under another
// name and linked to its own only when it is complete and on the disk, so that
// neither a crash nor a second process ever sees half a file.
func writeNew(path string, text []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".new-*") // O_EXCL, mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if err == nil {
		err = tmp.Chmod(0o600)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new name in a folder survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
