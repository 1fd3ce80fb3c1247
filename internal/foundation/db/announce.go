package db

import "slices"

// Announce tells everybody who hears that what they know about the topics is
// out of date, once the transaction is durable. A topic names a row that many
// remember, for instance "account/<id>".
func (t *Tx) Announce(topics ...string) {
	for _, topic := range topics {
		if !slices.Contains(t.topics, topic) {
			t.topics = append(t.topics, topic)
		}
	}
}

// Hear has f called with every topic that is announced. It is called before
// the writer goes on, so f must be quick. Register before anything is written.
func (d *DB) Hear(f func(topic string)) { d.hearers = append(d.hearers, f) }

func (d *DB) tell(topics []string) {
	for _, topic := range topics {
		for _, f := range d.hearers {
			f(topic)
		}
	}
}
