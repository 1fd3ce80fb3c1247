// Package otp is the arithmetic of authenticator apps: codes by time and by
// counter, the key as people and apps are given it, and how far a clock is off.
//
// It follows RFC 4226 (HOTP) and RFC 6238 (TOTP) with the parameters that every
// app knows: SHA-1, 6 digits, 30 seconds, a key of 160 bits. It stores nothing.
package otp
