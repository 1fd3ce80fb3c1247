// Package ui is how Catflap looks: the frames around every page, the components
// that pages are made of, the text catalogue and the static files.
//
// What always holds: every page, component and text is parsed and checked when
// the program starts; a page is rendered into a buffer first, so that nobody
// ever sees half of one; what a person typed is escaped by html/template; and
// no page carries inline style or script, because the content security policy
// forbids both. JavaScript adds comfort and is never needed.
package ui
