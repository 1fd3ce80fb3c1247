package apptest

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

// Unzip is the content of the files of an archive, by name; a broken one fails
// the test.
func Unzip(t testing.TB, body string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	if err != nil {
		t.Fatalf("%v: %.200s", err, body)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}
