package db

import "slices"

// Everything is the topic of a transaction after which nothing that was read
// before it counts any more.
const Everything = "*"

// Announce tells everybody who remembers something about the topics that it is
// out of date: this process before Write returns, other processes on the same
// database within a second, see [DB.Unchanged]. A topic names a row that many
// remember, for instance "account/<id>"; it has no line breaks.
func (t *Tx) Announce(topics ...string) {
	for _, topic := range topics {
		if !slices.Contains(t.topics, topic) {
			t.topics = append(t.topics, topic)
		}
	}
}

// Overhear has f called with the statements by which each committed transaction
// changed something, and with what it announced. It is for tests that look for
// transactions which forget to announce; call it before anything is written.
func (d *DB) Overhear(f func(statements, topics []string)) { d.overhear = f }
