package mail

import (
	"bytes"
	"cmp"
	"context"
	"strconv"
	"time"
)

// command is one thing said to the mail server before the letter itself.
type command struct {
	line string
	want int  // the answer, or its first digits
	step step // how far the letter is until the answer came
	data bool // it is DATA
}

// send hands one letter over; it gives up at once when ctx ends. A server that
// takes a letter in one piece (CHUNKING, RFC 3030) and lets itself be told several
// things at once (PIPELINING, RFC 2920) is asked once for all of it; one that does
// only the latter, twice.
func (c *smtpConn) send(ctx context.Context, l Letter) error {
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	defer stop()
	if err := c.raw.SetDeadline(time.Now().Add(smtpTimeout)); err != nil {
		return &failure{step: stepBegin, cause: err}
	}
	l.wire(&c.letter)
	letter := c.letter.Bytes()
	if c.chunking && c.pipelining && time.Since(c.used) < hot {
		return c.handOver(l, letter)
	}
	if err := c.introduce(l); err != nil {
		return err
	}
	l.wait()
	if err := c.write(letter); err != nil {
		return &failure{step: stepLetter, cause: err}
	}
	if err := c.hear(250); err != nil {
		return &failure{step: stepLetter, cause: err}
	}
	return nil
}

// hot is for how long a connection counts as one that the server has not closed:
// what is sent on a closed one in one piece may have been taken, for all we know.
const hot = time.Second

// handOver sends everything at once, and then hears what the server thinks of it.
func (c *smtpConn) handOver(l Letter, letter []byte) error {
	commands := append(c.envelope(l), command{line: "BDAT " + strconv.Itoa(len(letter)) + " LAST", want: 250, step: stepLetter})
	l.wait()
	c.out = c.out[:0]
	for _, say := range commands {
		c.out = append(append(c.out, say.line...), "\r\n"...)
	}
	c.out = append(c.out, letter...)
	if err := c.flush(c.out); err != nil {
		return &failure{step: stepLetter, cause: err}
	}
	var first error
	for _, say := range commands {
		err := c.hear(say.want)
		if err != nil && answerOf(err) == nil {
			return &failure{step: stepLetter, cause: err} // whatever else was said, the letter was under way
		}
		if err != nil && first == nil {
			first = &failure{step: say.step, data: say.data, chunk: say.step == stepLetter, cause: err}
		}
	}
	return first
}

// envelope says from whom a letter comes and to whom it goes.
func (c *smtpConn) envelope(l Letter) []command {
	sender := cmp.Or(c.sender, l.From.Address)
	return []command{
		{line: "MAIL FROM:<" + sender + ">" + c.foreign(sender+l.To.Address), want: 250, step: stepBegin},
		{line: "RCPT TO:<" + l.To.Address + ">", want: 25, step: stepRecipient},
	}
}

// introduce says the envelope, until the server waits for the letter.
func (c *smtpConn) introduce(l Letter) error {
	commands := append(c.envelope(l), command{line: "DATA", want: 354, step: stepRecipient, data: true})
	if !c.pipelining {
		for _, say := range commands {
			err := c.say(say.line)
			if err == nil {
				err = c.hear(say.want)
			}
			if err != nil {
				return &failure{step: say.step, data: say.data, cause: err}
			}
		}
		return nil
	}
	lines := make([]string, len(commands))
	for i, say := range commands {
		lines[i] = say.line
	}
	if err := c.say(lines...); err != nil {
		return &failure{step: stepBegin, cause: err}
	}
	var first error
	for i, say := range commands {
		err := c.hear(say.want)
		if err != nil && first == nil {
			first = &failure{step: say.step, data: say.data, cause: err}
		}
		if err != nil && answerOf(err) == nil {
			return first // the connection broke: there are no more answers
		}
		if i == len(commands)-1 && err == nil && first != nil {
			// It waits for a letter that has nowhere to go. An empty one ends that.
			if err := c.write(nil); err == nil {
				_ = c.hear(250)
			}
		}
	}
	return first
}

// foreign asks for addresses that are not ASCII (RFC 6531) where there are some
// and the server takes them.
func (c *smtpConn) foreign(addresses string) string {
	if ascii(addresses) {
		return ""
	}
	if ok, _ := c.talk.Extension("SMTPUTF8"); !ok {
		return ""
	}
	return " SMTPUTF8"
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// say sends lines at once.
func (c *smtpConn) say(lines ...string) error {
	for _, line := range lines {
		if _, err := c.talk.Text.W.WriteString(line + "\r\n"); err != nil {
			return err
		}
		if c.heard != nil {
			c.heard.note(true, line)
		}
	}
	return c.talk.Text.W.Flush()
}

// write sends a letter and that it has ended. A dot at the beginning of a line
// is doubled (RFC 5321, 4.5.2).
func (c *smtpConn) write(letter []byte) error {
	return c.flush(append(bytes.ReplaceAll(letter, []byte("\r\n."), []byte("\r\n..")), ".\r\n"...))
}

func (c *smtpConn) flush(b []byte) error {
	if _, err := c.talk.Text.W.Write(b); err != nil {
		return err
	}
	return c.talk.Text.W.Flush()
}

// hear reads one answer; another than that wanted is an error that answerOf knows.
func (c *smtpConn) hear(want int) error {
	code, words, err := c.talk.Text.ReadResponse(want)
	if c.heard != nil && code != 0 {
		c.heard.note(false, strconv.Itoa(code)+" "+words)
	}
	return err
}
