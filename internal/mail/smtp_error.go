package mail

import (
	"crypto/tls"
	"errors"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxWords bounds what is kept of a mail server's answer, in code points.
const maxWords = 500

// explainDial puts a failed connection into words. Nothing about it is the
// letter's fault, so it is never final.
func (t *SMTP) explainDial(err error) error {
	address := t.settings.address()
	u := &Undelivered{Cause: err, Unreachable: true}
	var certificate *tls.CertificateVerificationError
	var answer *textproto.Error
	switch {
	case errors.As(err, &certificate):
		u.Words = "The certificate of the mail server " + address + " could not be verified, so nothing was sent: " +
			oneLine(certificate.Err.Error(), maxWords)
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		u.Words = "The mail server " + address + " offers no encryption (STARTTLS), so nothing was sent. Use smtps:// if it expects TLS from the start."
	case errors.As(err, &answer) && strings.Contains(err.Error(), "SMTP AUTH failed"):
		u.Words = "The mail server " + address + " did not accept the user name and password: " + answerWords(answer)
	case errors.As(err, &answer):
		u.Words = "The mail server " + address + " does not take mail at the moment: " + answerWords(answer)
	default:
		u.Words = "The mail server " + address + " could not be reached or understood: " + oneLine(err.Error(), maxWords)
	}
	return u
}

// step is how far a letter came.
type step int

const (
	stepBegin     step = iota // the server took nothing of it
	stepRecipient             // it was told to whom it goes
	stepLetter                // the letter itself was under way
)

// failure is why a letter was not handed over.
type failure struct {
	step  step
	data  bool // the server answered to DATA, and had taken the recipient
	chunk bool // the server answered to a letter in one piece
	cause error
}

func (f *failure) Error() string { return f.cause.Error() }
func (f *failure) Unwrap() error { return f.cause }

// answerOf is what the server said, nil where the connection broke.
func answerOf(err error) *textproto.Error {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return answer
	}
	return nil
}

// explainSend puts a failed delivery into words: the server's own, where it
// said any. Refusals that are about our login at the server and not about the
// letter (RFC 4954) are not final.
func explainSend(err error) error {
	u := &Undelivered{Cause: err}
	answer := answerOf(err)
	if answer == nil {
		u.Words = "The connection to the mail server broke: " + oneLine(err.Error(), maxWords)
		return u
	}
	words := answerWords(answer)
	switch code := answer.Code; {
	case code == 530 || code == 534 || code == 535 || code == 538:
		u.Words = "The mail server wants a user name and password before it takes mail: " + words
	case code >= 500:
		u.Words, u.Permanent, u.Nowhere = "The mail server refused the message: "+words, true, nowhere(err, answer)
	case code >= 400:
		u.Words = "The mail server asks to try again later: " + words
	default:
		u.Words = "The connection to the mail server broke: " + words
	}
	return u
}

// nowhere reports whether a refusal is about the mailbox and not about the letter
// or its sender: enhanced codes say so (RFC 3463: X.1.1 to X.1.3 and X.2.1;
// RFC 7505: X.1.10); without one, what RFC 5321 has for mailboxes.
func nowhere(err error, answer *textproto.Error) bool {
	var f *failure
	if !errors.As(err, &f) || f.step != stepRecipient || f.data {
		return false
	}
	if code := enhanced.FindString(answer.Msg); code != "" {
		return slices.Contains([]string{"5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1"}, code)
	}
	return answer.Code == 550 || answer.Code == 551 || answer.Code == 553
}

var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

func answerWords(answer *textproto.Error) string {
	return oneLine(strconv.Itoa(answer.Code)+" "+answer.Msg, maxWords)
}

// wentStale reports whether a connection that had been open turned out to be
// closed before the server took anything of the letter.
func wentStale(err error) bool {
	var f *failure
	answer := answerOf(err)
	return errors.As(err, &f) && f.step == stepBegin && (answer == nil || answer.Code == 421)
}

// unknownChunk reports that the server, which said that it takes letters in one
// piece, does not understand one. It has taken the letter for commands, so the
// connection is of no use any more.
func unknownChunk(err error) bool {
	var f *failure
	answer := answerOf(err)
	return errors.As(err, &f) && f.chunk && answer != nil && answer.Code >= 500 && answer.Code <= 504
}
