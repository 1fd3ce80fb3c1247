// Package privacy gives a pet parent everything that is stored of them, and
// erases it.
//
// What always holds: both are on record before anything leaves or goes; no
// secret, no hash and no token is in an export, and nothing of anybody else; an
// erasure is one transaction in which either everything personal goes or
// nothing; what was done stays on record without saying to whom.
package privacy
