// Package practiceweb is the face of practices: what platform support does
// with them, and the branches that a practice sees of itself.
package practiceweb
