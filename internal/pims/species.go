package pims

import "strings"

// readSpecies gives our word for a species as practices write it, "" for those
// who say that they do not know. A species without a word of ours is "other",
// known false.
func readSpecies(text string) (species string, known bool) {
	switch fold(text) {
	case "canine", "dog", "k9", "k-9", "can", "dog (canine)":
		return "dog", true
	case "feline", "cat", "fel", "dsh cat", "cat - dlh", "cat (feline)":
		return "cat", true
	case "rabbit", "lagomorph", "bunny", "rab":
		return "rabbit", true
	case "avian", "bird", "parrot":
		return "bird", true
	case "equine", "horse", "eq":
		return "horse", true
	case "guinea pig", "cavy", "g. pig":
		return "guinea_pig", true
	case "ferret":
		return "ferret", true
	case "hamster":
		return "hamster", true
	case "reptile", "rept":
		return "reptile", true
	case "goat", "caprine":
		return "goat", true
	case "exotic", "pocket pet", "other":
		return "other", true
	case "", "unknown", "unk", "?":
		return "", true
	}
	return "other", false
}

// readSex reads the words for sex. "Male" alone says nothing about neutering, so
// neutered is nil there; only MI and FI say that it is false.
func readSex(text string) (sex string, neutered *bool, known bool) {
	yes := true
	switch strings.ReplaceAll(fold(text), "/", "") {
	case "m", "male":
		return "male", nil, true
	case "f", "female":
		return "female", nil, true
	case "mi":
		return "male", new(bool), true
	case "fi":
		return "female", new(bool), true
	case "mn", "ms", "male neutered", "neutered male":
		return "male", &yes, true
	case "fs", "fn", "female spayed", "spayed female", "female neutered":
		return "female", &yes, true
	case "", "u", "unk", "unknown", "unspecified", "?":
		return "", nil, true
	}
	return "", nil, false
}

// readYesNo reads the words for yes and no; known is false for any other.
func readYesNo(text string) (yes, known bool) {
	switch fold(text) {
	case "y", "yes", "true", "t", "1":
		return true, true
	case "n", "no", "false", "f", "0":
		return false, true
	}
	return false, false
}
