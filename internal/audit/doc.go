// Package audit is the append-only record of who did what. Every entry is
// written in the transaction of the change it tells of, so that neither exists
// without the other. Personal details stand in columns of their own (as they
// were, and folded for searching) that can be erased without breaking what is
// proven by digest.
//
// What always holds: nothing here updates or deletes an entry, except that
// repetitions of one refused thing are counted on the first entry.
package audit
