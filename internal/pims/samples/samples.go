// Package samples holds synthetic exports of practice systems. README.md says
// how they were made and TRUTH.md how each truth.json is to be read; the tests of
// package pims hold reading to them.
package samples

import (
	"embed"
	"time"
)

// Files are the exports that the demonstration imports, by system:
// "cornerstone/client_patient_report.csv" and "generic/clients.csv". Each has a
// later, partial export of the same practice under "delta/".
//
//go:embed cornerstone/*.csv cornerstone/delta/*.csv generic/*.csv generic/delta/*.csv
var Files embed.FS

// AsOf is the day of the full exports, so that reading them gives the same
// whatever the date.
func AsOf() time.Time { return time.Date(2026, time.June, 30, 0, 0, 0, 0, time.UTC) }
