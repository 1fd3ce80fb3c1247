// Package staff owns how people come to work in a practice: the invitation
// with its roles and branches.
//
// What always holds: an invited person has a login ID, grants and one working
// invitation link, or none of them.
package staff
