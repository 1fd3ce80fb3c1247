// Package demo plays the whole path once, through the same doors that people
// use: set-up, a practice with two branches, staff of every ready-made role, an
// import of the sample files, logins, a few pet parents who came in. Passwords
// are made at each start and printed, never fixed.
package demo
