package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/crypto/argon2"
)

const signInPath = "/api/v1/practices/" + slug + "/sign-in"

// behindProxy lets Catflap believe where a request says that it comes from:
// wrong tries are limited by address.
const behindProxy = "CATFLAP_TRUSTED_PROXIES=127.0.0.1/32"

// reportSignIns compares sign-ins with raw hashes, with few and with many
// callers at once.
func reportSignIns(ctx context.Context, p *place) error {
	server, err := p.serve(ctx)
	if err != nil {
		return err
	}
	for _, callers := range []int{8, 64} {
		c, err := p.signIns(ctx, server, callers)
		if err != nil {
			return errors.Join(err, server.stop())
		}
		row(fmt.Sprintf("sign-ins ÷ raw hashes, %d at once", callers), c.ratio.String(), "≥ 0.75",
			fmt.Sprintf("%.1f sign-ins/s%s", c.rate.mean(), c.costs()))
	}
	most, err := server.memory("VmHWM")
	if err == nil {
		row("most memory in these", mebibytes(most), "≤ 200 MiB", "")
	}
	return server.stop()
}

func (p *place) signIns(ctx context.Context, server *process, callers int) (contest, error) {
	callers = min(callers, len(p.people))
	lines, err := server.lines(callers)
	if err != nil {
		return contest{}, err
	}
	defer lines.close()
	signIn := func() (pace, error) {
		return clocked(ctx, callers, roundTime, server.used, func(i int) error {
			status, session, err := p.people[i].signIn(lines[i], p.people[i].password, i)
			if err == nil && status != 200 {
				err = fmt.Errorf("a right password was answered with %d", status)
			}
			p.people[i].session = session
			return err
		})
	}
	c, err := against(func() (pace, error) { return rawHashes(ctx) }, signIn)
	if err != nil {
		return c, err
	}
	for i := range callers {
		if err := p.people[i].check(lines[i]); err != nil {
			return c, err
		}
	}
	return c, nil
}

// rawHashes is how many Argon2id hashes the machine makes per second, with the
// parameters of Catflap and nothing else to do.
func rawHashes(ctx context.Context) (pace, error) {
	password, salt := make([]byte, 32), make([]byte, 16)
	return clocked(ctx, runtime.NumCPU(), roundTime, ownProcessor, func(int) error {
		argon2.IDKey(password, salt, 2, 19456, 1, 32)
		return nil
	})
}

// post sends a password from the address with a number of its own.
func (p *person) post(l *line, password string, from int) (status int, answer []byte, err error) {
	body, err := json.Marshal(map[string]string{"login": p.login, "password": password})
	if err != nil {
		return 0, nil, err
	}
	return l.ask(request("POST", signInPath, "", body, fmt.Sprintf("X-Forwarded-For: 10.%d.%d.1", from/250, from%250)))
}

// signIn sends a password. session is the token of a sign-in that is done.
func (p *person) signIn(l *line, password string, from int) (status int, session string, err error) {
	status, answer, err := p.post(l, password, from)
	if err != nil || status != 200 {
		return status, "", err
	}
	var told struct {
		Next    string
		Session struct{ Token string }
	}
	if err := json.Unmarshal(answer, &told); err != nil {
		return status, "", err
	}
	if told.Next != "done" || told.Session.Token == "" {
		return status, "", fmt.Errorf("a sign-in was answered with %s", answer)
	}
	return status, told.Session.Token, nil
}

// check insists that the person's session is the person's.
func (p *person) check(l *line) error {
	status, answer, err := l.ask(request("GET", sessionPath, p.session, nil))
	if err != nil {
		return err
	}
	var told struct{ Account struct{ Login string } }
	if err := json.Unmarshal(answer, &told); err != nil {
		return err
	}
	if status != 200 || told.Account.Login != p.login {
		return fmt.Errorf("the session of %s answers %d and is of %q", p.login, status, told.Account.Login)
	}
	return nil
}

// lines are the connections of several callers.
type lines []*line

func (p *process) lines(n int) (all lines, err error) {
	for range n {
		l, err := dial(p.address)
		if err != nil {
			all.close()
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

func (all lines) close() {
	for _, l := range all {
		l.close()
	}
}
