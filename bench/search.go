package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"catflap/internal/foundation/db"
)

const (
	// typists type at once.
	typists = 16
	// searchTime is how long they do in each round, of which there are searchRounds.
	searchTime   = 3 * time.Second
	searchRounds = 3
	// pageRows is how many people are read for a page of the list: one more than
	// stand on it tells whether there is another page.
	pageRows = 51
)

// question asks for the same of Catflap and of what it is compared with.
type question struct{ own, base []byte }

// reportSearch fills the database with a million pet parents of 200 practices
// and has 16 people search. The bare server asks the database for the range of
// the index that holds the answer, and writes down the names that it finds.
func reportSearch(ctx context.Context, p *place) (err error) {
	begun := time.Now()
	offices, err := p.settle(ctx)
	if err != nil {
		return err
	}
	row(fmt.Sprintf("%d pet parents of %d practices", practices*clientsEach, practices), fmt.Sprintf("%.0f s", time.Since(begun).Seconds()), "reported", "to load them")
	server, err := p.serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	bare, err := p.startBareSearch(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.stop()) }()
	first := func(o office) question { return o.page([2]string{}) }
	for _, part := range []struct {
		what, goal string
		base       *process
		ask        func(office) question
	}{
		{"search while typing ÷ bare range", "≤ 5, 20 ms", bare, typed},
		{"last page of the list ÷ first page", "1", server, func(o office) question { return question{o.page(o.deep).own, first(o).own} }},
		{"first page of the list ÷ bare range", "reported", bare, first},
		{"first page of who begins with ... ÷ bare", "reported", bare, searched},
	} {
		if err := compare(ctx, server, part.base, offices, part.what, part.goal, part.ask); err != nil {
			return err
		}
	}
	return nil
}

// compare takes turns: base, Catflap, base, Catflap, ...
func compare(ctx context.Context, server, base *process, offices []office, what, goal string, ask func(office) question) error {
	var own, against []time.Duration
	for round := range searchRounds + 1 {
		for _, one := range []struct {
			at *process
			to *[]time.Duration
			of func(question) []byte
		}{
			{base, &against, func(q question) []byte { return q.base }},
			{server, &own, func(q question) []byte { return q.own }},
		} {
			took, err := askFor(ctx, one.at, offices, func(o office) []byte { return one.of(ask(o)) })
			if err != nil {
				return err
			}
			if round > 0 { // the first one fills the memory of the database
				*one.to = append(*one.to, took...)
			}
		}
	}
	slices.Sort(own)
	slices.Sort(against)
	at := func(took []time.Duration, percent int) float64 { return float64(took[len(took)*percent/100]) }
	row(what, fmt.Sprintf("%.2f", at(own, 99)/at(against, 99)), goal,
		fmt.Sprintf("by the p99; p50, p99: %s, %d asked; base: %s, %d; by p50 %.2f", spread(own), len(own), spread(against), len(against), at(own, 50)/at(against, 50)))
	return nil
}

// askFor is how long each of 16 waited for each answer.
func askFor(ctx context.Context, at *process, offices []office, ask func(office) []byte) ([]time.Duration, error) {
	all, err := at.lines(typists)
	if err != nil {
		return nil, err
	}
	defer all.close()
	took := make([][]time.Duration, typists)
	begun := time.Now()
	err = each(typists, func(i int) error {
		for time.Since(begun) < searchTime && ctx.Err() == nil {
			request := ask(offices[rand.IntN(len(offices))])
			from := time.Now()
			status, body, err := all[i].ask(request)
			if err != nil || status != 200 {
				return errors.Join(fmt.Errorf("a search was answered with %d: %.200s", status, body), err)
			}
			took[i] = append(took[i], time.Since(from))
		}
		return nil
	})
	return slices.Concat(took...), err
}

// typed is what somebody typed so far: the beginning of a name, of a pet's name
// or of a phone number, sometimes of two names.
func typed(o office) question {
	text, longest := words()
	return question{o.get("/pet-parents/search?" + url.Values{"q": {text}}.Encode()), bareWords(o, longest)}
}

// searched is the same for the list.
func searched(o office) question {
	text, longest := words()
	return question{o.get("/pet-parents/pet-app?" + url.Values{"q": {text}}.Encode()), bareWords(o, longest)}
}

// words are what is typed, and the longest word of it.
func words() (text, longest string) {
	first, last, pets := syllables()
	some := func(list []string) string {
		word := list[rand.IntN(len(list))]
		return word[:1+rand.IntN(len(word))]
	}
	switch rand.IntN(10) {
	case 0:
		return "206" + fmt.Sprint(2+rand.IntN(7)), "206"
	case 1, 2:
		one, two := some(first), some(last)
		if longest = one; len(two) > len(one) {
			longest = two
		}
		return one + " " + two, longest
	case 3, 4:
		text = some(pets)
	case 5, 6, 7:
		text = some(last)
	default:
		text = some(first)
	}
	return text, text
}

func (o office) get(path string) []byte {
	return request("GET", "/"+o.slug+path, "", nil, "Cookie: catflap="+o.token)
}

func bareWords(o office, word string) []byte {
	return request("GET", "/words?"+url.Values{"practice": {o.id}, "word": {word}}.Encode(), "", nil)
}

// page is one part of the list by name.
func (o office) page(after [2]string) question {
	own := "/pet-parents/pet-app?"
	if after[1] != "" {
		cursor, _ := json.Marshal(after) // strings always marshal
		own += "cursor=" + base64.RawURLEncoding.EncodeToString(cursor)
	}
	return question{o.get(own), request("GET", "/people?"+url.Values{"practice": {o.id}, "key": {after[0]}, "id": {after[1]}}.Encode(), "", nil)}
}

// bareSearchCommand makes this program the bare server of a search; an address
// follows, and the database in the environment.
const (
	bareSearchCommand = "bare-search"
	bareDatabase      = "BENCH_DATABASE"
)

func (p *place) startBareSearch(ctx context.Context) (*process, error) {
	c, address, err := self(ctx, bareSearchCommand)
	if err != nil {
		return nil, err
	}
	c.Env = append(os.Environ(), bareDatabase+"="+p.database)
	return start(ctx, c, address, "/readyz")
}

// ranges answers with names that stand in a range of an index.
type ranges struct{ *db.DB }

func (d ranges) words(w http.ResponseWriter, r *http.Request) {
	word := r.URL.Query().Get("word")
	d.answer(w, r, `
		SELECT p.id, p.first_name, p.last_name FROM pet_parent_word w JOIN pet_parent p ON p.id = w.pet_parent_id
		WHERE w.practice_id = $1 AND w.word >= $2 AND w.word < $3
		ORDER BY w.word, w.sort_key, w.pet_parent_id LIMIT 9`, r.URL.Query().Get("practice"), []byte(word), []byte(word+"\xff"))
}

func (d ranges) people(w http.ResponseWriter, r *http.Request) {
	d.answer(w, r, `
		SELECT id, first_name, last_name FROM pet_parent WHERE practice_id = $1 AND (sort_key, id) > ($2, $3)
		ORDER BY sort_key, id LIMIT $4`, r.URL.Query().Get("practice"), r.URL.Query().Get("key"), r.URL.Query().Get("id"), pageRows)
}

func (d ranges) answer(w http.ResponseWriter, r *http.Request, text string, args ...any) {
	found, err := db.All(r.Context(), d, func(s db.Scanner) (one [3]string, err error) {
		return one, s.Scan(&one[0], &one[1], &one[2])
	}, text, args...)
	body, _ := json.Marshal(found) // strings always marshal
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		body = []byte(strings.TrimSpace(err.Error()))
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body) // whoever does not read it has gone
}
