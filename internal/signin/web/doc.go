// Package signinweb is the face of signin: one page for each step, step-up,
// signing out, and the same conversation as JSON. Steps never link to steps;
// each leads to whatever comes next.
package signinweb
