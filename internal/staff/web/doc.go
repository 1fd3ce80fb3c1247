// Package staffweb is the face of staff administration: the list of people, a
// person's page, invitations, the end of their work, and the roles; as pages
// and in the JSON API.
package staffweb
