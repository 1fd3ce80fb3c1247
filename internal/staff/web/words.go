package staffweb

import "catflap/internal/staff"

// mark is a state in a tone and a word.
type mark struct{ Tone, Text string }

func stateMark(s staff.State) mark {
	switch s {
	case staff.Invited:
		return mark{"info", stateLabel(s)}
	case staff.Leaving:
		return mark{"careful", stateLabel(s)}
	case staff.Deactivated:
		return mark{"off", stateLabel(s)}
	case staff.Active:
	}
	return mark{"good", stateLabel(s)}
}

func stateLabel(s staff.State) string {
	switch s {
	case staff.Active:
		return "Active"
	case staff.Invited:
		return "Invited"
	case staff.Leaving:
		return "Leaving"
	case staff.Deactivated:
		return "Deactivated"
	}
	return "All"
}
