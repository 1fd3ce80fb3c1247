// Package e2e tells the stories of Catflap from outside: the real binary,
// started as a process on SQLite and on PostgreSQL, people at a real browser,
// and their mail from a real SMTP server. Nothing of the product is imported
// and nothing in it knows that it is being watched.
//
// A story reads like what somebody does: Open, Click and Fill go by the words
// on the page, See waits for words. Every page that a story visits is looked at
// by axe-core, in light and in dark, and may not complain in the browser's
// console. When a story fails, picture, text and server log of that moment are
// kept in a folder that the test names.
//
// The stories need Chromium and PostgreSQL and are skipped with -short. With
// -screenshots DIR, TestScreenshots writes the pictures of docs/screenshots.
package e2e
