package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"strings"
)

//go:embed static
var embedded embed.FS

// Static is the tree of static files to be served below /static/. Its only
// folder is named by a hash of everything in it ("3f9c.../app.css"), so that
// answers may be kept for ever: another content has another address.
func Static() fs.FS {
	files, err := fs.Sub(embedded, "static")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return hashedFS{files: files, version: version(files)}
}

type hashedFS struct {
	files   fs.FS
	version string
}

// Open finds "<version>/<file>"; every other name does not exist.
func (h hashedFS) Open(name string) (fs.File, error) {
	rest, ok := strings.CutPrefix(name, h.version+"/")
	if !ok || !fs.ValidPath(rest) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return h.files.Open(rest)
}

// asset is the address of a static file; it fails for one that does not exist.
func (h hashedFS) asset(name string) (string, error) {
	if _, err := fs.Stat(h.files, name); err != nil {
		return "", err
	}
	return "/static/" + h.version + "/" + name, nil
}

// version is a short hash over names and contents of all files.
func version(files fs.FS) string {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		one := sha256.Sum256(content)
		sum.Write([]byte(path + "\x00"))
		sum.Write(one[:])
		return nil
	})
	if err != nil {
		panic(err) // the files are compiled in
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}
