// Package arch holds the rules of docs/ARCHITECTURE.md as a test: who may
// import whom, where drivers and HTTP may appear, names that say nothing, and
// how long a file may grow. It contains no code of the product.
//
// A new package needs a line in the table of ranks (ranks_test.go) before its
// first import.
package arch
