package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// Messages survive the end of the server, the gentle one and the other: both
// come while mail is being delivered to a server that does not answer.
func TestNothingIsLost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		working := w.smtp
		silent, calls := silentServer(t)
		w.smtp = "smtp://" + silent
		w.serve()
		pat := newcomer("Pat Host", "pat@host.example")
		w.setUp(pat)
		token := w.platformToken(pat)
		invited := w.invite(token, 1, 3)
		<-calls // a delivery is under way

		started := time.Now()
		if code := w.server.end(syscall.SIGTERM); code != 0 {
			t.Errorf("exit code %d after SIGTERM, want 0:\n%s", code, w.server.log)
		}
		// Ten seconds are the promise; two more are for a machine with other work.
		if took := time.Since(started); took > 12*time.Second {
			t.Errorf("the server ended %s after SIGTERM", took)
		}

		w.serve()
		invited = append(invited, w.invite(token, 4, 6)...) // the session outlives the process
		<-calls
		w.server.end(syscall.SIGKILL)

		w.smtp = working
		w.serve()
		// What was under way belongs to the dead process for another minute.
		within(t, 100*time.Second, "every invitation arrives", func() error {
			for _, address := range invited {
				if len(w.mail.To(address)) == 0 {
					return fmt.Errorf("nothing for %s", address)
				}
			}
			return nil
		})
		seen := map[string]bool{}
		for _, m := range w.mail.Messages() {
			id := m.Header.Get("Message-Id")
			if seen[id] {
				t.Errorf("%s came twice to %v, though nobody took it the first time", id, m.To)
			}
			seen[id] = true
		}
		if status, _ := w.get("/api/v1/session", token); status != http.StatusOK {
			t.Errorf("GET /session after the restarts: %d", status)
		}
	})
}

// silentServer takes connections and says nothing. Each connection is reported.
func silentServer(t *testing.T) (address string, calls <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	reported, ended := make(chan struct{}, 100), make(chan struct{})
	go func() {
		defer close(ended)
		var open []net.Conn
		for {
			c, err := l.Accept()
			if err != nil {
				for _, c := range open {
					_ = c.Close()
				}
				return
			}
			open = append(open, c)
			reported <- struct{}{}
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
	})
	return l.Addr().String(), reported
}

// platformToken signs the administrator in without a browser, and sets their
// authenticator app up if they have none.
func (w *world) platformToken(p person) string {
	w.t.Helper()
	var in struct {
		Next    string
		SignIn  string `json:"sign_in"`
		Session struct{ Token string }
	}
	say := func(path, bearer string, body any) {
		w.t.Helper()
		w.into(&in, w.send(http.MethodPost, path, bearer, body))
	}
	say("/api/v1/platform/sign-in", "", map[string]string{"login": p.email, "password": p.password})
	switch token := in.SignIn; in.Next {
	case "set_up_second_factor":
		var begun struct{ Setup, Secret string }
		w.into(&begun, w.send(http.MethodPost, "/api/v1/sign-in/two-factor", token, nil))
		app := newAuthenticator(w.t, begun.Secret)
		w.phones[p.email] = app
		say("/api/v1/sign-in/two-factor/verify", token, map[string]string{"setup": begun.Setup, "code": app.next()})
	case "second_factor":
		say("/api/v1/sign-in/second-factor", token, map[string]string{"method": "totp", "code": w.phones[p.email].next()})
	}
	if in.Next != "done" || in.Session.Token == "" {
		w.t.Fatalf("platform sign-in: %+v", in)
	}
	return in.Session.Token
}

// invite creates practices, whose administrators get mail, and returns their
// addresses.
func (w *world) invite(token string, first, last int) []string {
	w.t.Helper()
	var addresses []string
	for i := first; i <= last; i++ {
		address := fmt.Sprintf("admin%d@practice.example", i)
		status, answer := w.post("/api/v1/platform/practices", token, asJSON(w.t, map[string]any{
			"name": fmt.Sprintf("Practice %d", i), "slug": fmt.Sprintf("practice-%d", i), "kind": "sitting", "plan": "complete",
			"branches": []string{"Main"}, "administrator": map[string]string{"name": "Ada Admin", "email": address},
		}))
		if status != http.StatusCreated {
			w.t.Fatalf("create a practice: %d %s", status, answer)
		}
		addresses = append(addresses, address)
	}
	return addresses
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
