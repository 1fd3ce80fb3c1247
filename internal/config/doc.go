// Package config owns every setting of Catflap: one struct, filled from
// defaults, then a file, then CATFLAP_* variables, then flags, and checked as
// a whole before anything else starts.
//
// A setting has one name everywhere: CATFLAP_PUBLIC_URL in the environment and
// in the file, --public-url on the command line. The comments on the fields of
// Config are the manual; a test keeps docs/manual/configuration.md equal to
// them. All complaints are reported at once, each with the setting's name,
// where its value came from and what to do. Passwords inside a setting are
// never printed, logged or repeated in a complaint.
//
// Only app and cli import this package; a capability is handed the few values
// it needs.
package config
