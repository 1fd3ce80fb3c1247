package httpd

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"catflap/internal/access"
)

func TestFormValue(t *testing.T) {
	k := newKit(t, "https://flap.example")
	post := func(token, body string, header ...string) ask {
		a := ask{method: "POST", target: "/north/note", cookie: token, body: body, header: map[string]string{}}
		for i := 0; i < len(header); i += 2 {
			a.header[header[i]] = header[i+1]
		}
		return a
	}
	own := k.formValue(k.people.viewers["cfs_staff"])
	for _, row := range []struct {
		name   string
		ask    ask
		status int
	}{
		{"own form", post("cfs_staff", k.form("cfs_staff", "text", "hello")), 200},
		{"own value in the header", post("cfs_staff", "text=hello", FormHeader, own), 200},
		{"no value", post("cfs_staff", "text=hello"), 403},
		{"no body at all", post("cfs_staff", ""), 403},
		{"the former user's form", post("cfs_staff", k.form("cfs_admin")), 403},
		{"the form of the sign-in before", post("cfs_staff", k.form("cfp_pending")), 403},
		{"value in the query", ask{method: "POST", target: "/north/note?form=" + own, cookie: "cfs_staff", body: "x=1"}, 403},
		{"bearer needs none", post("", "text=hello", "Authorization", "Bearer cfs_staff"), 200},
		{"pending", ask{method: "POST", target: "/north/sign-in/code", cookie: "cfp_pending", body: k.form("cfp_pending")}, 200},
		{"pending without", ask{method: "POST", target: "/north/sign-in/code", cookie: "cfp_pending", body: "code=1"}, 403},
		{"public needs none", ask{method: "POST", target: "/north/login", cookie: "cfs_staff", body: "login=x"}, 200},
		{"broken escape", post("cfs_staff", "form=%zz"), 422},
		{"other site by Fetch metadata", post("cfs_staff", k.form("cfs_staff"), "Sec-Fetch-Site", "cross-site"), 403},
		{"sister site", post("cfs_staff", k.form("cfs_staff"), "Sec-Fetch-Site", "same-site"), 403},
		{"own site", post("cfs_staff", k.form("cfs_staff"), "Sec-Fetch-Site", "same-origin", "Origin", "https://flap.example"), 200},
		{"other site by Origin", post("cfs_staff", k.form("cfs_staff"), "Origin", "https://evil.example"), 403},
		{"Origin null", post("cfs_staff", k.form("cfs_staff"), "Origin", "null"), 403},
		{"own site behind a proxy that hides Host", post("cfs_staff", k.form("cfs_staff"), "Origin", "https://flap.example", "Host", "app:8080"), 200},
		{"login from another site", ask{method: "POST", target: "/north/login", body: "login=x", header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, 403},
		{"a link from another site", ask{target: "/north/staff", cookie: "cfs_staff", header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			k.reached, k.refused = 0, nil
			w := k.do(row.ask)
			if w.Code != row.status || (k.reached == 1) != (row.status == 200) {
				t.Errorf("got %d, handler ran %d times: %s", w.Code, k.reached, w.Body)
			}
			if len(k.refused) > 0 {
				t.Errorf("an old form is told as a refusal: %v", k.refused)
			}
		})
	}
}

func TestHostIsNotBelieved(t *testing.T) {
	k := newKit(t, "https://flap.example")
	w := k.do(ask{target: "/north/staff", header: map[string]string{
		"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Forwarded-Proto": "http",
	}})
	if got := w.Header().Get("Location"); !strings.HasPrefix(got, "/north/login") {
		t.Errorf("led to %q", got)
	}
}

func TestUploadForm(t *testing.T) {
	k := newKit(t, "https://flap.example")
	var got string
	k.Handle("POST /{practice}/import", access.Rule{Audience: access.Staff, Upload: 1 << 20}, func(_ http.ResponseWriter, r *http.Request) error {
		f, _, err := r.FormFile("file")
		if err != nil {
			return err
		}
		b, err := io.ReadAll(f)
		got = string(b)
		return err
	})
	content := strings.Repeat("name;phone\n", 20_000)
	send := func(fields ...string) *httptest.ResponseRecorder {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for i := 0; i < len(fields); i += 2 {
			if fields[i] == "file" {
				part, _ := m.CreateFormFile("file", "clients.csv")
				_, _ = io.WriteString(part, fields[i+1])
				continue
			}
			_ = m.WriteField(fields[i], fields[i+1])
		}
		_ = m.Close()
		return k.do(ask{method: "POST", target: "/north/import", cookie: "cfs_staff", body: b.String(), header: map[string]string{
			"Content-Type": m.FormDataContentType(),
		}})
	}
	own := k.formValue(k.people.viewers["cfs_staff"])
	if w := send(FormField, own, "file", content); w.Code != 200 || got != content {
		t.Errorf("own form first: %d, %d bytes of %d", w.Code, len(got), len(content))
	}
	if w := send(FormField, own, "file", ""); w.Code != 200 || got != "" {
		t.Errorf("empty file: %d", w.Code)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"no value":        send("file", content),
		"value too late":  send("file", content, FormField, own),
		"somebody else's": send(FormField, k.formValue(k.people.viewers["cfs_admin"]), "file", content),
	} {
		if w.Code != 403 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := send(FormField, own, "file", strings.Repeat("x", 2<<20)); w.Code != 413 || !strings.Contains(w.Body.String(), "1 MB") {
		t.Errorf("too large: %d %s", w.Code, w.Body)
	}
}

// TestFormOfAnotherBranch: a form counts in the branch that it was opened in,
// unless what it does has nothing to do with branches.
func TestFormOfAnotherBranch(t *testing.T) {
	k := newKit(t, "https://flap.example")
	k.Handle("POST /{practice}/leave", access.Rule{Audience: access.Staff, AnyBranch: true}, func(http.ResponseWriter, *http.Request) error { return nil })
	in := func(session, branch string) access.Viewer {
		v := k.people.viewers["cfs_staff"]
		v.SessionID, v.Branch = session, access.Branch{ID: branch}
		return v
	}
	k.people.viewers["cfs_staff"] = in("s-staff", "b-south")
	own, other, stranger := k.formValue(in("s-staff", "b-south")), k.formValue(in("s-staff", "b-north")), k.formValue(in("s-other", "b-north"))
	for _, row := range []struct {
		name, path, form string
		status           int
		words            string
	}{
		{"own", "/north/note", own, 200, ""},
		{"of the other branch", "/north/note", other, 409, "opened in another branch"},
		{"of the other branch, where none matters", "/north/leave", other, 200, ""},
		{"of another session, where none matters", "/north/leave", stranger, 403, "earlier sign-in"},
		{"of another session", "/north/note", stranger, 403, "earlier sign-in"},
		{"put together", "/north/note", "b-south" + strings.TrimPrefix(other, "b-north"), 403, "earlier sign-in"},
		{"of a session without a branch", "/north/note", k.formValue(in("s-staff", "")), 403, "earlier sign-in"},
		{"nothing but a dot", "/north/leave", ".", 403, "earlier sign-in"},
	} {
		w := k.do(ask{method: "POST", target: row.path, cookie: "cfs_staff", body: url.Values{FormField: {row.form}}.Encode()})
		if w.Code != row.status || !strings.Contains(w.Body.String(), row.words) {
			t.Errorf("%s: %d %s", row.name, w.Code, w.Body)
		}
	}
	if len(k.refused) > 0 {
		t.Errorf("told as refusals: %v", k.refused)
	}
}
