package apptest

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Browser is one person's browser: it keeps cookies, follows redirects and
// sends the form value of the page it looks at.
type Browser struct {
	T      testing.TB
	App    *App
	Client *http.Client
	Page   Page
	Speaks string // Accept-Language; "" sends none
}

// Page is the answer that a browser shows.
type Page struct {
	Status int
	Path   string // after redirects, with query
	Body   string
	Header http.Header
}

// Browser opens a fresh browser.
func (a *App) Browser() *Browser {
	jar, _ := cookiejar.New(nil)
	return &Browser{T: a.T, App: a, Client: &http.Client{Jar: jar}}
}

// Get opens a path.
func (b *Browser) Get(path string) Page {
	b.T.Helper()
	req, err := http.NewRequest(http.MethodGet, b.App.URL+path, nil)
	if err != nil {
		b.T.Fatal(err)
	}
	return b.do(req)
}

var formValue = regexp.MustCompile(`name="form" value="([^"]*)"`)

// Post sends a form with the form value of the page that is shown, unless the
// form names one itself.
func (b *Browser) Post(path string, form url.Values) Page {
	b.T.Helper()
	if form == nil {
		form = url.Values{}
	}
	if m := formValue.FindStringSubmatch(b.Page.Body); m != nil && !form.Has("form") {
		form.Set("form", html.UnescapeString(m[1]))
	}
	req, err := http.NewRequest(http.MethodPost, b.App.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.T.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", b.App.URL)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if b.Page.Path != "" {
		req.Header.Set("Referer", b.App.URL+b.Page.Path)
	}
	return b.do(req)
}

func (b *Browser) do(req *http.Request) Page {
	b.T.Helper()
	req.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
	req.Header.Set("Accept", "text/html,application/xhtml+xml")
	if b.Speaks != "" {
		req.Header.Set("Accept-Language", b.Speaks)
	}
	res, err := b.Client.Do(req)
	if err != nil {
		b.T.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.T.Fatal(err)
	}
	b.Page = Page{Status: res.StatusCode, Path: res.Request.URL.RequestURI(), Body: string(body), Header: res.Header}
	return b.Page
}

// Want fails the test unless the page has the status and all the words.
func (p Page) Want(t testing.TB, status int, words ...string) Page {
	t.Helper()
	if p.Status != status {
		t.Fatalf("%s: status %d, want %d\n%s", p.Path, p.Status, status, brief(p.Body))
	}
	text := html.UnescapeString(p.Body)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Fatalf("%s: %q is missing\n%s", p.Path, w, brief(p.Body))
		}
	}
	return p
}

// Without fails the test if one of the words is on the page.
func (p Page) Without(t testing.TB, words ...string) {
	t.Helper()
	text := html.UnescapeString(p.Body)
	for _, w := range words {
		if strings.Contains(text, w) {
			t.Fatalf("%s: %q must not be here", p.Path, w)
		}
	}
}

var tags = regexp.MustCompile(`(?s)<(svg|style|script|head).*?</(svg|style|script|head)>|<[^>]*>`)

func brief(body string) string {
	text := strings.Join(strings.Fields(tags.ReplaceAllString(body, " ")), " ")
	return text[:min(len(text), 1500)]
}
