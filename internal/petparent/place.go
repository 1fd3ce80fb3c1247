package petparent

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"catflap/internal/foundation/fault"
)

// place is where a part of a list ends. The next one begins behind it, whatever
// came or went meanwhile.
type place struct {
	sort Sort
	key  string // by which the list is ordered; times in microseconds
	id   string // decides between equal keys
	// never says that those who signed in are behind us, in the order of the
	// last sign-in.
	never bool
}

func placeOf(last Row, sort Sort) place {
	p := place{sort: sort, key: last.stored.sortKey, id: last.ID}
	switch {
	case sort == SortNewest:
		p.key = strconv.FormatInt(last.CreatedAt.UnixMicro(), 10)
	case sort == SortLastSignIn && !last.LastSignInAt.IsZero():
		p.key, p.id = strconv.FormatInt(last.LastSignInAt.UnixMicro(), 10), last.AccountID
	case sort == SortLastSignIn:
		p.never = true
	}
	return p
}

// at is the key of an order by time.
func (p place) at() time.Time {
	n, _ := strconv.ParseInt(p.key, 10, 64) // readCursor looked at it
	return time.UnixMicro(n)
}

func (p place) cursor() string {
	parts := []string{p.key, p.id}
	if p.sort != SortName {
		parts = append(parts, string(p.sort))
	}
	if p.never {
		parts = append(parts, "never")
	}
	b, _ := json.Marshal(parts) // strings always marshal
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(cursor string, sort Sort) (place, error) {
	if cursor == "" {
		return place{sort: sort}, nil
	}
	var parts [4]string
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, &parts)
	}
	p := place{key: parts[0], id: parts[1], sort: Sort(parts[2]), never: parts[3] == "never"}
	if err == nil && sort != SortName && !p.never {
		_, err = strconv.ParseInt(p.key, 10, 64)
	}
	if err != nil || p.id == "" || p.sort != sort {
		return place{}, fault.Complain("cursor", "Leave the cursor out to begin at the top, or send the one of the last answer as it was.")
	}
	return p, nil
}
