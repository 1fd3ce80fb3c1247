package db

import (
	"strconv"
	"strings"
)

// In grows the arguments of a statement by a list, and returns them with what
// stands between the parentheses of IN for it: "$3, $4". Nothing is in an empty
// list. Nothing is outside of one either, by the rules of SQL: whoever says NOT
// IN has something to name.
func In[T any](args []any, list []T) (all []any, places string) {
	if len(list) == 0 {
		return args, "NULL"
	}
	var b strings.Builder
	for i, one := range list {
		args = append(args, one)
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(len(args)))
	}
	return args, b.String()
}
