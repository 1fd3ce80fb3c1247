// Package access knows who is asking (Viewer), from where (Origin), in which
// practice and branch, and what a route demands (Rule). It owns no tables and
// reaches no other capability; it is what the HTTP kit and every core share.
package access
