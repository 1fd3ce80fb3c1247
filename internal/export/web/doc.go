// Package exportweb is the face of exports: a practice takes its own data
// along, and the platform hands it over.
package exportweb
