package petparent

import (
	"context"
	"strings"

	"catflap/internal/foundation/db"
)

// match is how a query is looked for.
type match struct {
	terms  []string
	inside bool // also inside of words, which looks at everybody
}

// matching splits a query and decides how it is looked for. Most of the time
// what was typed begins a word of somebody; where it begins nobody's, or while
// the words are still being made, what is inside of words counts too. That
// depends on the query alone, so that list, counts and the next part agree.
func (s *Service) matching(ctx context.Context, r db.Reader, practiceID, query string) (match, error) {
	m := match{terms: terms(query)}
	if len(m.terms) == 0 {
		return m, nil
	}
	q := &rowQuery{conditions: []string{"p.practice_id = $1"}, args: []any{practiceID}}
	q.match(m)
	scan := func(s db.Scanner) (inside bool, err error) { return inside, s.Scan(&inside) }
	var err error
	m.inside, err = db.One(ctx, r, scan, `
		SELECT EXISTS (SELECT 1 FROM pet_parent w WHERE w.practice_id = $1 AND w.words = 0)
			OR NOT EXISTS (SELECT 1 FROM pet_parent p WHERE `+q.all()+`)`, q.args...)
	return m, err
}

// match narrows to the people that are found.
func (q *rowQuery) match(m match) {
	if len(m.terms) == 0 {
		return
	}
	first := longest(m.terms)
	for i, term := range m.terms {
		switch {
		case m.inside:
			q.where("p.search LIKE ? ESCAPE '!'", "%"+escape(term)+"%")
		case i == first:
			q.where(`p.id IN (SELECT w.pet_parent_id FROM pet_parent_word w WHERE ` + q.begins("w", term) + `)`)
		default:
			q.where("p.search LIKE ? ESCAPE '!'", "%\n"+escape(term)+"%")
		}
	}
}

// begins is true for the words that begin so: all up to a byte that is in no
// UTF-8.
func (q *rowQuery) begins(alias, start string) string {
	return q.text(alias+`.practice_id = $1 AND `+alias+`.word >= ? AND `+alias+`.word < ?`, []byte(start), append([]byte(start), 0xff))
}

// escape makes a part of a LIKE pattern of a text, with ! as escape.
func escape(part string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(part)
}
