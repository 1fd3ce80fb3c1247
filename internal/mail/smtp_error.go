package mail

import (
	"crypto/tls"
	"errors"
	"net/textproto"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"
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

// explainSend puts a failed delivery into words: the server's own, where it
// said any. Refusals that are about our login at the server and not about the
// letter (RFC 4954) are not final.
func explainSend(err error) error {
	u := &Undelivered{Cause: err}
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		u.Words = "The connection to the mail server broke: " + oneLine(err.Error(), maxWords)
		return u
	}
	words := serverWords(failed)
	switch code := failed.ErrorCode(); {
	case code == 530 || code == 534 || code == 535 || code == 538:
		u.Words = "The mail server wants a user name and password before it takes mail: " + words
	case code >= 500:
		u.Words, u.Permanent = "The mail server refused the message: "+words, true
	case code >= 400:
		u.Words = "The mail server asks to try again later: " + words
	default:
		u.Words = "The connection to the mail server broke: " + words
	}
	return u
}

// serverWords takes the answer out of the library's sentence, which surrounds
// it with the step, the recipient and the Message-ID.
func serverWords(failed *gomail.SendError) string {
	words := strings.TrimPrefix(failed.Error(), failed.Reason.String()+":")
	words, _, _ = strings.Cut(words, ", affected recipient(s): ")
	words, _, _ = strings.Cut(words, ", affected message ID: ")
	words = strings.TrimSpace(words)
	// The standard library quotes what the server said: 550 "No such person".
	if code, quoted, ok := strings.Cut(words, " "); ok {
		if said, err := strconv.Unquote(quoted); err == nil {
			words = code + " " + said
		}
	}
	return oneLine(words, maxWords)
}

func answerWords(answer *textproto.Error) string {
	return oneLine(strconv.Itoa(answer.Code)+" "+answer.Msg, maxWords)
}

// wentStale reports whether a connection that had been open turned out to be
// closed before the server took anything of the letter.
func wentStale(err error) bool {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return false
	}
	code := failed.ErrorCode()
	return failed.Reason == gomail.ErrConnCheck ||
		failed.Reason == gomail.ErrSMTPMailFrom && (code == 0 || code == 421)
}
