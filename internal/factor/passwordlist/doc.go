// Package passwordlist knows more than 100,000 passwords that people often
// choose, and so guessers try first.
//
// What always holds: the list is compiled in and costs nothing at start; it
// keeps the first 48 bits of each password's SHA-256, so no words stand in the
// binary, and one in 2.6 billion other words is taken for one of the list.
// generated/SOURCE.md says where the words come from.
package passwordlist
