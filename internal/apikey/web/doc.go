// Package apikeyweb is the face of API keys: the list, the form, and the one
// page that ever shows a key.
package apikeyweb
