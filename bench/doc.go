// Bench measures Catflap as it is shipped: the stripped binary in a process of
// its own, spoken to over HTTP on the loopback interface, with its default
// settings and commits that reach the disk.
//
// Machines differ and are busy with other things, so that rates say little. A
// figure is therefore a ratio to the least that the same work could cost,
// measured in the same run, in rounds that take turns:
//
//   - a sign-in with password to one Argon2id hash of the same parameters, on
//     as many goroutines as there are processors;
//   - GET /api/v1/session with 100,000 live sessions, asked for in random order,
//     to a bare net/http handler, also in a process of its own, that hashes the
//     token with SHA-256, looks it up in a map and writes the same JSON;
//   - the same while 64 others sign in, to that handler in a server that hashes
//     in a pool of the same size;
//   - a search while 16 type, among a million pet parents of 200 practices, and
//     the first and the last page of their list, to a bare server that asks the
//     same database for the range of the index that holds the answer;
//   - logins for 100,000 pet parents, made by the run of "Logins for all" inside
//     this process, to the insert of the very same rows again, with as many rows
//     in a statement and in a transaction, and nothing to find out or to seal;
//   - an e-mail alert to 100,000 pet parents, prepared inside this process, to the
//     insert of as many of its messages again.
//
// Everything is measured, or what is named: "go run ./bench postgresql sessions".
//
// The answers are checked: every sign-in is the right person's, every wrong
// password is refused, every session that was ended is refused from then on. A
// wrong answer ends the run with exit code 1; a slow one does not.
package main
