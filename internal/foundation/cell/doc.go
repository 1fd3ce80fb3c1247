// Package cell makes text safe in the cells of CSV files. What people wrote into
// a client list never runs as a formula in somebody's spreadsheet, and a program
// gets it back as it was.
package cell
