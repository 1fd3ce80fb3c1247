package httpd

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"catflap/internal/access"
)

// TestStream: a file that is made while it is sent arrives whole, or visibly
// broken.
func TestStream(t *testing.T) {
	k := newKit(t, "http://localhost:8080")
	for path, fail := range map[string]error{"/setup/whole": nil, "/setup/broken": errors.New("the table is gone")} {
		k.Handle("GET "+path, access.Rule{Audience: access.Public}, func(_ http.ResponseWriter, r *http.Request) error {
			Stream(r.Context(), "text/csv", "rows.csv", func(w io.Writer) error {
				_, err := io.WriteString(w, strings.Repeat("row\n", 100_000))
				return errors.Join(err, fail)
			})
			return nil
		})
	}
	server := httptest.NewServer(k.Handler())
	defer server.Close()
	get := func(path string) (*http.Response, int, error) {
		res, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res, len(body), err
	}
	res, n, err := get("/setup/whole")
	if err != nil || n != 400_000 || res.Header.Get("Content-Disposition") != `attachment; filename="rows.csv"` {
		t.Errorf("%d bytes, %v, %v", n, err, res.Header)
	}
	if _, _, err := get("/setup/broken"); err == nil {
		t.Error("a part was taken for the whole")
	}
	if !strings.Contains(k.log.String(), "the table is gone") {
		t.Error("nobody was told why")
	}
}
