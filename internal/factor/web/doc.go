// Package factorweb is the face of second factors for people who are signed in:
// the wizard that sets an authenticator app up, the page that shows what is set
// up and changes it, and the same in the JSON API.
//
// Whoever is still signing in meets the same steps in the face of the sign-in,
// which borrows the blocks of _wizard.html. A key or a backup code is shown in
// answer to a POST or to the session that began the set-up, never by an address
// alone.
package factorweb
