// Package role owns roles (named permission sets), their grants to staff for
// one branch or for all, the ready-made roles every practice begins with, and
// the menu that follows from them.
//
// What always holds: in a branch a person has the union of the roles granted
// there and of those granted for all branches; nobody gives or takes what they
// do not hold themselves; a practice that has an administrator keeps one.
package role
