// Package staff owns how people come to work in a practice and how they leave
// it: the invitation with its roles and branches, what they may do where, their
// e-mail address, and the end.
//
// What always holds: an invited person has a login ID, grants and one working
// invitation link, or none of them; whoever changes somebody may manage staff
// in every branch where that person works; nobody gives what they lack, nobody
// takes a role from themselves or deactivates themselves, and the last
// administrator stays; who is deactivated is out from the next request on.
package staff
