package apptest

import (
	"bytes"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
)

// File is one file of an upload.
type File struct {
	Field, Name string
	Body        io.Reader
}

// Upload is a multipart body that is streamed: fields as name and value, then
// the files.
func Upload(t testing.TB, fields []string, files ...File) (body io.Reader, contentType string) {
	t.Helper()
	var head bytes.Buffer
	form := multipart.NewWriter(&head)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	var parts []io.Reader
	for _, f := range files {
		if _, err := form.CreateFormFile(f.Field, f.Name); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, bytes.NewReader(bytes.Clone(head.Bytes())), f.Body)
		head.Reset()
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return io.MultiReader(append(parts, &head)...), form.FormDataContentType()
}

// Upload sends files with the form value of the page that is shown.
func (b *Browser) Upload(path string, fields []string, files ...File) Page {
	b.T.Helper()
	if m := formValue.FindStringSubmatch(b.Page.Body); m != nil {
		fields = append([]string{"form", html.UnescapeString(m[1])}, fields...)
	}
	body, contentType := Upload(b.T, fields, files...)
	req, err := http.NewRequest(http.MethodPost, b.App.URL+path, body)
	if err != nil {
		b.T.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Origin", b.App.URL)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(req)
}
