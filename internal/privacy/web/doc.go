// Package privacyweb exports and erases everything that is stored of one pet
// parent, for who may do so.
package privacyweb
