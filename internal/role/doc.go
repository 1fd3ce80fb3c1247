// Package role owns roles (named permission sets), their grants to staff for
// one branch or for all, and the ready-made roles every practice begins with.
//
// What always holds: in a branch a person has the union of the roles granted
// there and of those granted for all branches.
package role
