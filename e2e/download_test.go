package e2e

import (
	"archive/zip"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	browserproto "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Download clicks what gives a file instead of a page, and returns the path at
// which the file lies.
func (b *browser) Download(name string, beside ...string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 2*patience)
	defer cancel()
	folder, tell := b.t.TempDir(), true
	progress := chromedp.Events(ctx, browserproto.DownloadProgress)
	call(b, browserproto.SetDownloadBehavior, browserproto.SetDownloadBehaviorParams{
		Behavior: browserproto.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: folder, EventsEnabled: &tell,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	p := wait[struct{ X, Y float64 }](b, "place(pressable(%s, %s))", name, strings.Join(beside, ""))
	b.do(chromedp.MouseClickXY(p.X, p.Y))
	for p, err := range progress {
		if err != nil {
			b.t.Fatalf("%s: no file came from %q: %v\n%s", b.who, name, err, b.situation())
		}
		if p.State == browserproto.DownloadProgressStateCompleted {
			return filepath.Join(folder, p.GUID)
		}
	}
	return ""
}

// file is one of an archive.
type file struct{ name, content string }

func unzip(t *testing.T, path string) []file {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var all []file
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		_ = r.Close()
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		all = append(all, file{f.Name, string(content)})
	}
	return all
}
