// Package lang holds the languages that pages and mail are written in: which
// there are, which one a browser asks for, how each writes days and numbers, and
// books of sentences that say in it what was said in English.
//
// English is the language everything is written in first. Nothing here fails
// for want of a translation: what a book does not know stays English.
package lang
