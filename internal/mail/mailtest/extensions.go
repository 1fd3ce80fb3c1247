package mailtest

import (
	"bytes"
	"net"
)

// altering changes what a connection without TLS says, so that the server looks
// like others.
type altering struct {
	net.Listener
	o Options
}

func (l altering) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return altered{Conn: conn, o: l.o}, nil
}

type altered struct {
	net.Conn
	o Options
}

// Write leaves extensions out of the greeting.
func (c altered) Write(b []byte) (int, error) {
	said := b
	for _, name := range c.o.Without {
		said = bytes.ReplaceAll(said, []byte(name+"\r\n"), []byte("XOTHER\r\n"))
	}
	if _, err := c.Conn.Write(said); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Read makes BDAT a command that the server has never heard of.
func (c altered) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.o.UnknownBDAT {
		copy(b, bytes.ReplaceAll(b[:n], []byte("BDAT "), []byte("XDAT ")))
	}
	return n, err
}
