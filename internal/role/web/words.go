package roleweb

import (
	"fmt"
	"strings"

	"catflap/internal/access"
	"catflap/internal/plan"
	"catflap/internal/role"
)

// mostNames is how many people are named.
const mostNames = 5

// reasonWords is one cause as a person reads it.
type reasonWords struct {
	Title string // which of the three it is
	Why   string
	Who   string // who can change it
}

func inWords(e role.MenuEntry, r role.Reason, v access.Viewer) reasonWords {
	switch r.Cause {
	case role.NotInPlan:
		return reasonWords{
			Title: "Plan",
			Why:   fmt.Sprintf("The plan of %s does not include it: %s.", v.Practice.Name, plan.FeatureName(e.Feature)),
			Who:   "Whoever provides Catflap to your practice can change the plan. Your administrator knows how to reach them.",
		}
	case role.OffInBranch:
		w := reasonWords{
			Title: "Branch", Why: fmt.Sprintf("It is switched off in %s: %s.", v.Branch.Name, plan.FeatureName(e.Feature)),
			Who: who(r, "can switch it on"),
		}
		if r.Yourself {
			w.Who = "You can switch it on under Settings, Branches."
		}
		return w
	}
	if v.Kind == access.KindProgram {
		return reasonWords{Title: "Role", Why: "This API key does not have the permission.", Who: "An administrator can create a key that has it."}
	}
	return reasonWords{Title: "Role", Why: roleWords(e, r, v), Who: who(r, "can give you a role that has it")}
}

func roleWords(e role.MenuEntry, r role.Reason, v access.Viewer) string {
	switch {
	case e.AllBranches && len(r.Elsewhere) > 0:
		return fmt.Sprintf("It concerns all branches, and your role allows it in %s only.", and(r.Elsewhere))
	case len(r.Elsewhere) > 0:
		return fmt.Sprintf("Your role in %s does not allow it. In %s it does: switch the branch to use it there.", v.Branch.Name, and(r.Elsewhere))
	case e.AllBranches:
		return "It concerns all branches, and your role does not allow it."
	}
	return fmt.Sprintf("Your role in %s does not allow it.", v.Branch.Name)
}

// who says who can change it: by name where the viewer may know the names, else
// by role.
func who(r role.Reason, can string) string {
	switch {
	case len(r.Names) > mostNames:
		return fmt.Sprintf("%s and %d more %s.", strings.Join(r.Names[:mostNames], ", "), len(r.Names)-mostNames, can)
	case len(r.Names) > 0:
		return and(r.Names) + " " + can + "."
	case len(r.Roles) > 0:
		return "Somebody with the role " + or(r.Roles) + " " + can + "."
	}
	return "At the moment nobody in your practice " + can + ". Ask whoever provides Catflap to your practice."
}

func and(words []string) string { return joined(words, "and") }

func or(words []string) string { return joined(words, "or") }

// joined lists words as people do: "a, b and c".
func joined(words []string, last string) string {
	n := len(words) - 1
	if n <= 0 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}
