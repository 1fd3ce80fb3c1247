package main

import "fmt"

// row prints one figure: what it is, the figure, its goal, and more about it.
func row(what, figure, goal, more string) {
	fmt.Printf("  %-42s %16s   %-11s %s\n", what, figure, goal, more)
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
