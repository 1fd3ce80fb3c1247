// Package onboardingweb is the face of onboarding: the set-up of a new server
// and the links that invite people.
package onboardingweb
