// Package practiceweb is the face of practices: what platform support does
// with them, and what a practice decides about itself: its data, its branches
// and their networks, its policy.
package practiceweb
