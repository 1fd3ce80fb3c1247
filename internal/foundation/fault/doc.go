// Package fault is how Catflap says that something went wrong: a kind that
// decides how the caller is answered, a stable code, words that are safe to
// show and say what to do next, complaints per field, and a hidden cause.
//
// HTTP statuses are not known here; foundation/httpd turns kinds into answers.
package fault
