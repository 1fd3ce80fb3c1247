package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
)

// line is a kept connection that asks one thing after the other. It does just
// enough of HTTP/1.1 for our own answers: a full client would use as much of
// the processors as the servers that it measures.
type line struct {
	conn net.Conn
	r    *bufio.Reader
	body []byte
	wait bool // the last answer said when to come again
}

func dial(address string) (*line, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &line{conn: conn, r: bufio.NewReader(conn)}, nil
}

func (l *line) close() { _ = l.conn.Close() } // nothing is under way

// request is the text of a request; with a body it is JSON. Further headers are
// whole lines.
func request(method, path, bearer string, body []byte, headers ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n", method, path)
	if bearer != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", bearer)
	}
	if body != nil {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

var (
	contentLength = []byte("content-length:")
	retryAfter    = []byte("retry-after:")
	transfer      = []byte("transfer-encoding:")
)

// headerValue is the value of a header line if it is the header named.
func headerValue(line, name []byte) (string, bool) {
	if len(line) <= len(name) || !bytes.EqualFold(line[:len(name)], name) {
		return "", false
	}
	return string(bytes.TrimSpace(line[len(name):])), true
}

// ask sends a request and reads its answer. The body is good until the next ask.
func (l *line) ask(request []byte) (status int, body []byte, err error) {
	if _, err := l.conn.Write(request); err != nil {
		return 0, nil, err
	}
	first, err := l.r.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(first) < 12 {
		return 0, nil, fmt.Errorf("not an answer: %q", first)
	}
	if status, err = strconv.Atoi(string(first[9:12])); err != nil {
		return 0, nil, err
	}
	length, chunked := -1, false
	l.wait = false
	for {
		header, err := l.r.ReadSlice('\n')
		if err != nil {
			return 0, nil, err
		}
		if header = bytes.TrimSpace(header); len(header) == 0 {
			break
		}
		if v, ok := headerValue(header, contentLength); ok {
			if length, err = strconv.Atoi(v); err != nil {
				return 0, nil, err
			}
		}
		if _, ok := headerValue(header, retryAfter); ok {
			l.wait = true
		}
		if _, ok := headerValue(header, transfer); ok {
			chunked = true
		}
	}
	if chunked {
		err := l.chunks()
		return status, l.body, err
	}
	if length < 0 && status == 204 {
		length = 0
	}
	if length < 0 {
		return 0, nil, fmt.Errorf("an answer with status %d has no length", status)
	}
	if cap(l.body) < length {
		l.body = make([]byte, length)
	}
	l.body = l.body[:length]
	_, err = io.ReadFull(l.r, l.body)
	return status, l.body, err
}

// chunks reads a body whose length nobody knew beforehand.
func (l *line) chunks() error {
	l.body = l.body[:0]
	for {
		head, err := l.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(string(bytes.TrimSpace(head)), 16, 31)
		if err != nil {
			return err
		}
		at := len(l.body)
		l.body = append(l.body, make([]byte, int(n)+len("\r\n"))...)
		if _, err := io.ReadFull(l.r, l.body[at:]); err != nil {
			return err
		}
		l.body = l.body[:at+int(n)]
		if n == 0 {
			return nil
		}
	}
}
