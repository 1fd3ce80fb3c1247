// Package roleweb is the web face of the menu: the page that explains what is
// missing in it, and the same for programs.
package roleweb
