// Package practice owns practices, their branches and their policy.
//
// What always holds: a slug names one practice for ever and never one of the
// reserved first segments; a branch's name is unique in its practice.
package practice
