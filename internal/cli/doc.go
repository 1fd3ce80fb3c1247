// Package cli is the command line: each command is thin over the cores. Exit
// codes are 0 done, 1 refused or failed, 2 wrong use.
package cli
