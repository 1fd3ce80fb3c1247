// Package pimsweb is the face of the import: the form for the files, the
// preview, the progress and the report.
package pimsweb
