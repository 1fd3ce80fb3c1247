package plan

import "catflap/internal/access"

// FeatureName is what people call a feature.
func FeatureName(f access.Feature) string {
	switch f {
	case access.PetApp:
		return "Pet app"
	case access.Import:
		return "Import"
	case access.Marketing:
		return "Marketing"
	}
	return string(f)
}

// FeatureMeans is what a feature does, in a sentence.
func FeatureMeans(f access.Feature) string {
	switch f {
	case access.PetApp:
		return "Logins for pet parents, and the pet app behind them."
	case access.Import:
		return "Client lists from the practice system."
	case access.Marketing:
		return "E-mail to many pet parents at once."
	}
	return ""
}
