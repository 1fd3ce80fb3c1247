package petparent

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"catflap/internal/foundation/db"
)

// Suggestion is one line of what the search box offers while somebody types.
type Suggestion struct {
	ID    string
	Name  string
	Email string
	Phone string    // the first number of who has no e-mail
	Pets  []PetLine // not the deleted ones; living ones first
}

// wordsRead is how many words are read at once: one person may have several that
// begin so, an e-mail address beside a name for instance.
const wordsRead = 16

// insideFrom is how many letters it takes to be looked for inside of words, too.
const insideFrom = 3

// Suggest finds at most limit people while somebody types, those first of whom
// a whole word was typed, then by word and name. more says that there are
// others. It reads a range of one index, so that it costs the same however many
// people there are; where a term begins nobody's words, it looks inside of
// them as List does.
func (s *Service) Suggest(ctx context.Context, practiceID, query string, limit int) (list []Suggestion, more bool, err error) {
	m := match{terms: terms(query)}
	if len(m.terms) == 0 {
		return nil, false, nil
	}
	ids, more, filled, err := suggested(ctx, s.DB, practiceID, m, limit)
	if err != nil {
		return nil, false, err
	}
	if len(ids) == 0 && filled {
		inside, err := onlyInside(ctx, s.DB, practiceID, m)
		if err != nil || !inside {
			return nil, false, err
		}
	}
	if len(ids) == 0 || !filled {
		return s.suggestFromList(ctx, practiceID, query, limit)
	}
	list, err = suggestions(ctx, s.DB, practiceID, ids)
	return list, more, err
}

// onlyInside reports whether nobody has a word that begins as one of the terms
// does, so that only words with it inside can be meant. Two words of which each
// begins somebody's are not looked for in everybody: somebody types them letter
// by letter, and most of the ways there match nobody.
func onlyInside(ctx context.Context, r db.Reader, practiceID string, m match) (bool, error) {
	q := &rowQuery{args: []any{practiceID}}
	for _, term := range m.terms {
		if utf8.RuneCountInString(term) >= insideFrom {
			q.where(`NOT EXISTS (SELECT 1 FROM pet_parent_word w WHERE ` + q.begins("w", term) + `)`)
		}
	}
	if len(q.conditions) == 0 {
		return false, nil
	}
	scan := func(s db.Scanner) (inside bool, err error) { return inside, s.Scan(&inside) }
	return db.One(ctx, r, scan, `SELECT `+strings.Join(q.conditions, ` OR `), q.args...)
}

// suggestFromList stands in where words that begin so do not help: there are none,
// or they are still being made.
func (s *Service) suggestFromList(ctx context.Context, practiceID, query string, limit int) ([]Suggestion, bool, error) {
	page, err := s.List(ctx, practiceID, Filter{Query: query}, "", limit)
	if err != nil || len(page.Rows) == 0 {
		return nil, false, err
	}
	var ids []string
	for _, row := range page.Rows {
		ids = append(ids, row.ID)
	}
	list, err := suggestions(ctx, s.DB, practiceID, ids)
	return list, page.Next != "", err
}

// suggested walks the words that begin as the longest term does until enough
// people are found. filled is false while the practice's words are being made.
func suggested(ctx context.Context, r db.Reader, practiceID string, m match, limit int) (ids []string, more, filled bool, err error) {
	type line struct {
		word        []byte
		sortKey, id string
	}
	filled = true
	scan := func(s db.Scanner) (l line, err error) { return l, s.Scan(&l.word, &l.sortKey, &l.id, &filled) }
	var last line
	for {
		q := &rowQuery{args: []any{practiceID}}
		first := longest(m.terms)
		q.where(q.begins("w", m.terms[first]))
		if last.id != "" {
			q.where("(w.word, w.sort_key, w.pet_parent_id) > (?, ?, ?)", last.word, last.sortKey, last.id)
		}
		from := `pet_parent_word w`
		if len(m.terms) > 1 {
			from += ` JOIN pet_parent p ON p.id = w.pet_parent_id AND p.practice_id = w.practice_id`
			for i, term := range m.terms {
				if i != first {
					q.where("p.search LIKE ? ESCAPE '!'", "%\n"+escape(term)+"%")
				}
			}
		}
		lines, err := db.All(ctx, r, scan, `
			SELECT w.word, w.sort_key, w.pet_parent_id,
				NOT EXISTS (SELECT 1 FROM pet_parent u WHERE u.practice_id = $1 AND u.words = 0)
			FROM `+from+` WHERE `+q.all()+`
			ORDER BY w.word, w.sort_key, w.pet_parent_id LIMIT `+strconv.Itoa(wordsRead), q.args...)
		if err != nil {
			return nil, false, false, err
		}
		for _, l := range lines {
			if slices.Contains(ids, l.id) {
				continue
			}
			if len(ids) == limit {
				return ids, true, filled, nil
			}
			ids = append(ids, l.id)
		}
		if len(lines) < wordsRead {
			if len(ids) == 0 {
				filled, err = wordsFilled(ctx, r, practiceID)
			}
			return ids, false, filled, err
		}
		last = lines[len(lines)-1]
	}
}

// wordsFilled reports whether everybody of the practice has words.
func wordsFilled(ctx context.Context, r db.Reader, practiceID string) (bool, error) {
	scan := func(s db.Scanner) (filled bool, err error) { return filled, s.Scan(&filled) }
	return db.One(ctx, r, scan, `
		SELECT NOT EXISTS (SELECT 1 FROM pet_parent WHERE practice_id = $1 AND words = 0)`, practiceID)
}

// suggestions reads what the menu says of each person, in the order of ids.
func suggestions(ctx context.Context, r db.Reader, practiceID string, ids []string) ([]Suggestion, error) {
	args, places := db.In([]any{practiceID}, ids)
	// One row for each pet, or one for who has none.
	type line struct {
		Suggestion
		petID string
		pet   PetLine
	}
	scan := func(s db.Scanner) (l line, err error) {
		var person Row
		var phones string
		if err := s.Scan(&l.ID, &person.FirstName, &person.LastName, &l.Email, &phones, &person.Company,
			&l.petID, &l.pet.Name, &l.pet.Species, &l.pet.Deceased); err != nil {
			return l, err
		}
		if err := json.Unmarshal([]byte(phones), &person.Phones); err != nil {
			return l, err
		}
		if l.Name = person.Name(); l.Email == "" && len(person.Phones) > 0 {
			l.Phone = person.Phones[0].String()
		}
		return l, nil
	}
	lines, err := db.All(ctx, r, scan, `
		SELECT p.id, p.first_name, p.last_name, p.email, p.phones, h.company,
			COALESCE(x.id, ''), COALESCE(x.name, ''), COALESCE(x.species, ''), COALESCE(x.deceased, FALSE)
		FROM pet_parent p JOIN household h ON h.id = p.household_id AND h.practice_id = p.practice_id
		LEFT JOIN pet_owner o ON o.practice_id = p.practice_id AND o.household_id = p.household_id
		LEFT JOIN pet x ON x.practice_id = o.practice_id AND x.id = o.pet_id AND NOT x.deleted
		WHERE p.practice_id = $1 AND p.id IN (`+places+`)
		ORDER BY x.deceased, x.name, x.id`, args...)
	if err != nil {
		return nil, err
	}
	list := make([]Suggestion, 0, len(ids))
	for _, one := range ids {
		at := -1 // who is gone since has no line
		for _, l := range lines {
			if l.ID != one {
				continue
			}
			if at < 0 {
				at, list = len(list), append(list, l.Suggestion)
			}
			if l.petID != "" {
				list[at].Pets = append(list[at].Pets, l.pet)
			}
		}
	}
	return list, nil
}
