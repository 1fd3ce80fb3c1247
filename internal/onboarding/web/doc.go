// Package onboardingweb is the face of onboarding: the set-up of a new server,
// the links that invite people, and the logins of all pet parents at once.
package onboardingweb
