// Package app builds Catflap once, from bottom to top: the cores (app.go), the
// faces (routes.go), the workers (jobs.go). It decides nothing itself.
package app
