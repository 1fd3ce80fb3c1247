// Package signin is the order of steps between the login page and a session:
// one stored State, one pure function Next, and the operations that the steps
// consist of. Pages, the JSON API and whatever else lets people in go through
// it. Beside it stand what proves a person again inside a session (step-up,
// lock), the switch of the branch, the report of sign-ins, and why somebody
// cannot sign in.
//
// What always holds: every refusal has the same words and the same cost; a
// try is reserved before a proof is looked at; the session begins in the
// transaction that completes the last step.
package signin
