package httpd

import (
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"catflap/internal/access"
)

// Static serves the files of fsys below a prefix such as "/static/". Browsers
// keep them for ever, so links to them carry a version of the content. There
// are no listings, and nobody is asked who they are.
func (m *Mux) Static(prefix string, fsys fs.FS) {
	m.mount(&route{
		Route: Route{Pattern: "GET " + prefix + "{file...}", Rule: access.Rule{Audience: access.Public}},
		open:  true, quiet: true,
	}, func(w http.ResponseWriter, r *http.Request) error {
		name := r.PathValue("file")
		if !fs.ValidPath(name) {
			return errNoPage
		}
		f, err := fsys.Open(name)
		if err != nil {
			return errNoPage.Because(err)
		}
		defer f.Close()
		content, ok := f.(io.ReadSeeker)
		if info, err := f.Stat(); err != nil || info.IsDir() || !ok {
			return errNoPage.Because(err)
		}
		if t := assetType(name); t != "" {
			w.Header().Set("Content-Type", t)
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeContent(w, r, path.Base(name), time.Time{}, content)
		return nil
	})
}

// assetType names types that not every machine's table knows.
func assetType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	case ".ico":
		return "image/x-icon"
	}
	return ""
}
