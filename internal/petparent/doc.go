// Package petparent owns households, the pet parents in them, their pets, and
// what pet parents want corrected. It finds them (search, filters, paging),
// takes over what an import says, merges, moves and erases records, and knows
// who cannot be mailed and why.
//
// What always holds: everything is reached by practice and id together, so
// that the id of another practice's record answers "not found"; an import
// never touches an account; what a person or the staff corrected stays until
// the import itself says something new about that field; a proposal is decided
// once.
package petparent
