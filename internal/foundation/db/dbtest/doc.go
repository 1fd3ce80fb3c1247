// Package dbtest gives every test a fresh migrated database of its own, on
// SQLite and on PostgreSQL. With -short SQLite has to do.
//
// PostgreSQL comes from the Debian package: one server for all test programs of
// a run, in a temporary folder, on a free port of 127.0.0.1, with a password
// made for it. It runs beside the tests and stops by itself when no test
// program has been alive for a minute, however the last one ended. Programs
// find each other through lock files, which the kernel releases for those that
// were killed.
package dbtest
