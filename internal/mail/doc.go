// Package mail turns "tell this person that" into an e-mail in their inbox: the
// templates, built in and written by practices, the outbox (table message),
// delivery and the built-in mailbox. Branding and names come in as values; nothing here knows a practice,
// an account or a pet parent beyond their identifiers.
//
// What always holds:
//
//   - A message is written in the caller's transaction, together with the job
//     that delivers it: both are there or neither is.
//   - Words that a practice writes never change once they are saved: who edits
//     them writes others, and a message leaves with those it was written with.
//     They cannot call, load or become anything: what is not understood is
//     refused when it is saved.
//   - Secrets (temporary passwords, links with a token) are fetched when the
//     message is handed over and exist in memory only. No column, log line or
//     error keeps them; the stored form shows ••••.
//   - The Message-ID never changes over the life of a message. When the process
//     dies after the mail server accepted a message and before that was marked,
//     the message is sent once more with the same Message-ID, so that the
//     recipient's system can tell. That window cannot be closed with SMTP.
//   - Credentials and mail go over verified TLS, except to a mail server on the
//     same machine.
//   - What the mail server refuses for good (5xx) fails with the server's own
//     words; anything else is tried again with growing pauses for about a day
//     and a half.
package mail
