// Package mailweb is the face of mail: the texts that a practice writes, and the
// built-in mailbox for trying Catflap out on one's own machine.
package mailweb
