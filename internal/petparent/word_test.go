package petparent_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/job"
	"catflap/internal/petparent"
)

// stored are the words of one person as the search box finds them.
func (w *world) stored(petParentID string) []string {
	w.t.Helper()
	words, err := db.All(w.ctx, w.DB, func(s db.Scanner) (string, error) {
		var word []byte
		err := s.Scan(&word)
		return string(word), err
	}, `SELECT word FROM pet_parent_word WHERE pet_parent_id = $1 ORDER BY word`, petParentID)
	if err != nil {
		w.t.Fatal(err)
	}
	return words
}

// agree fails unless the words of everybody are those of their search text, in
// the order of their sort key.
func (w *world) agree() {
	w.t.Helper()
	type person struct{ id, search, sortKey string }
	people, err := db.All(w.ctx, w.DB, func(s db.Scanner) (p person, err error) { return p, s.Scan(&p.id, &p.search, &p.sortKey) },
		`SELECT id, search, sort_key FROM pet_parent WHERE words > 0`)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range people {
		want := strings.Fields(p.search)
		slices.Sort(want)
		if diff := cmp.Diff(want, w.stored(p.id)); diff != "" {
			w.t.Errorf("words of %s: %s", p.sortKey, diff)
		}
		var strange int
		if err := w.DB.QueryRow(w.ctx, `SELECT count(*) FROM pet_parent_word WHERE pet_parent_id = $1 AND sort_key <> $2`,
			p.id, p.sortKey).Scan(&strange); err != nil || strange != 0 {
			w.t.Errorf("%d words of %s are out of order: %v", strange, p.sortKey, err)
		}
	}
}

func (w *world) suggested(practiceID, query string) string {
	w.t.Helper()
	list, more, err := w.Suggest(w.ctx, practiceID, query, 3)
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, one := range list {
		names = append(names, one.Name)
	}
	if more {
		names = append(names, "...")
	}
	return strings.Join(names, "|")
}

func TestWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		w.put(w.other, keeffe())
		mine := w.only(w.practice, "okeeffe")
		want := []string{
			"0018", "0127", "0152", "02079460018", "12065550152", "2065550152", "442079460018", "5550127", "5550152", "9460018",
			"c0077", "keeffe", "maelle", "maelle+vet@example.org", "nugget", "o", "o'keeffe", "okeeffe", "second",
			"second@example.org", "vet", "zoe",
		}
		if diff := cmp.Diff(want, w.stored(mine.ID)); diff != "" {
			t.Errorf("words: %s", diff)
		}
		w.agree()

		// Whatever changes, the words follow.
		w.login(mine.ID, "Süße.Katze")
		if got := w.suggested(w.practice, "katz"); got != "Maëlle O'Keeffe" {
			t.Errorf("by login ID: %q", got)
		}
		w.agree()
		in := mine.Contact()
		in.LastName, in.Email = "Abel", "abel@example.org"
		if err := w.UpdateContact(w.ctx, w.practice, mine.ID, in); err != nil {
			t.Fatal(err)
		}
		w.agree()
		if _, err := w.correct(mine.ID, true, func(d *petparent.Details) { d.Pets[0].Name = "Hazel" }); err != nil {
			t.Fatal(err)
		}
		w.agree()
		again := keeffe()
		again.Company, again.Pets = "Paws Ltd", again.Pets[1:]
		w.put(w.practice, again)
		w.agree()
		for query, want := range map[string]string{
			"keef": "", "abel": "Maëlle Abel", "hazel": "Maëlle Abel", "katze": "Maëlle Abel", "paws": "Maëlle Abel",
		} {
			if got := w.suggested(w.practice, query); got != want {
				t.Errorf("%q suggests %q, want %q", query, got, want)
			}
		}
		if got := w.suggested(w.other, "keef"); got != "Maëlle O'Keeffe" {
			t.Errorf("of the other practice: %q", got)
		}

		w.write(func(tx *db.Tx) error { return w.Forget(w.ctx, tx, w.practice, mine.ID) })
		if left := w.stored(mine.ID); len(left) != 0 || w.suggested(w.practice, "abel") != "" {
			t.Errorf("forgotten, and still found by %q", left)
		}
	})
}

func TestSuggest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i, name := range []string{"Ann Zander", "Anna Young", "Anne Xu", "Annabel White", "Joe Ann", "Bo Ānnika"} {
			first, last, _ := strings.Cut(name, " ")
			w.put(w.practice, single(number(i), first, last, strings.ToLower(first)+"@example.org"))
		}
		w.put(w.other, single("C1", "Ann", "Other", ""))
		for _, c := range []struct{ query, want string }{
			{"", ""},
			{" ", ""},
			{"ann", "Joe Ann|Ann Zander|Anna Young|..."}, // the whole word first
			{"ANNA", "Anna Young|Annabel White"},
			{"annik", "Bo Ānnika"},
			{"ann zand", "Ann Zander"},
			{"zan ann", "Ann Zander"},
			{"ann nobody", ""},
			{"nn", ""},                          // too short to look inside of words
			{"nna", "Annabel White|Anna Young"}, // where nobody's begin so
			{"oung nna", "Anna Young"},
			{"ann ander", "Ann Zander"}, // or one of the words does not
			{"joe zander", ""},
			{"anna@example", "Anna Young"},
			{"%", ""},
			{"_nn", ""},
			{strings.Repeat("a", 5000), ""},
			{strings.Repeat("ann ", 100), "Joe Ann|Ann Zander|Anna Young|..."},
			{"\xff\xfe", ""},
			{"ann \xff", ""},
		} {
			if got := w.suggested(w.practice, c.query); got != c.want {
				t.Errorf("%.40q suggests %q, want %q", c.query, got, c.want)
			}
		}
		// One person with many words that begin alike does not hide the others.
		crowd := single("Crowd", "Quentin", "Quick", "")
		for i := range 120 {
			crowd.Pets = append(crowd.Pets, petparent.PetInput{ExternalID: number(i), Name: "Qa" + number(i)})
		}
		w.put(w.practice, crowd)
		w.put(w.practice, single("After", "Quzz", "Last", ""))
		if got := w.suggested(w.practice, "q"); got != "Quentin Quick|Quzz Last" {
			t.Errorf("beside a crowd of pets: %q", got)
		}
		w.agree()
		page, err := w.List(w.ctx, w.practice, petparent.Filter{Query: "nnabe"}, "", 0)
		if err != nil || len(page.Rows) != 1 {
			t.Errorf("inside of a word: %d rows, %v", len(page.Rows), err)
		}
		// Where words begin so, the inside of others does not count.
		page, err = w.List(w.ctx, w.practice, petparent.Filter{Query: "an"}, "", 0)
		if err != nil || len(page.Rows) != 6 {
			t.Errorf("beginnings: %d rows, %v", len(page.Rows), err)
		}
	})
}

// TestFillWords: who was there before there were words is found all the same,
// and the job makes the words once.
func TestFillWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		for i := range 130 {
			w.put(w.practice, single(number(i), "Ann", "Number"+number(i), ""))
		}
		mine := w.only(w.practice, "okeeffe")
		before := w.stored(mine.ID)
		w.write(func(tx *db.Tx) error {
			if _, err := tx.Exec(w.ctx, `DELETE FROM pet_parent_word`); err != nil {
				return err
			}
			_, err := tx.Exec(w.ctx, `UPDATE pet_parent SET words = 0, search = 'maelle' WHERE id = $1`, mine.ID)
			if err == nil {
				_, err = tx.Exec(w.ctx, `UPDATE pet_parent SET words = 0 WHERE id <> $1`, mine.ID)
			}
			return err
		})
		if got := w.suggested(w.practice, "ae"); got != "Maëlle O'Keeffe" {
			t.Errorf("without words: %q", got)
		}
		for range 2 {
			if err := w.FillWords(w.ctx, job.Job{}); err != nil {
				t.Fatal(err)
			}
			w.agree()
		}
		if diff := cmp.Diff(before, w.stored(mine.ID)); diff != "" {
			t.Errorf("made again: %s", diff)
		}
		if got := w.suggested(w.practice, "ae"); got != "" {
			t.Errorf("with words: %q", got)
		}
		var left int
		if err := d.QueryRow(w.ctx, `SELECT count(*) FROM pet_parent WHERE words = 0`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d have no words: %v", left, err)
		}
	})
}

// TestWordsRace: of several changes at once the last one is found, and nothing
// of the others.
func TestWordsRace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		mine := w.only(w.practice, "okeeffe")
		names := make(chan string, 16)
		for i := range cap(names) {
			names <- "Name" + string(rune('a'+i))
		}
		for _, err := range atOnce(cap(names), func() error {
			name := <-names
			if strings.HasSuffix(name, "a") || strings.HasSuffix(name, "b") {
				in := keeffe()
				in.Pets[0].Name = name
				return d.Write(w.ctx, func(tx *db.Tx) error {
					_, err := w.Upsert(w.ctx, tx, w.practice, in)
					return err
				})
			}
			in := mine.Contact()
			in.FirstName = name
			return w.UpdateContact(w.ctx, w.practice, mine.ID, in)
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		w.agree()
		if p := w.profile(mine.ID); w.suggested(w.practice, p.FirstName) != p.Name() {
			t.Errorf("%s is not found", p.Name())
		}
	})
}

// TestLongNames: what is longer than a word may be is found by its beginning.
func TestLongNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		long := strings.Repeat("Ж", 200)
		in := single("Long", long, strings.Repeat("🐈", 200), strings.Repeat("x", 60)+"@example.org")
		in.Company = strings.Repeat("Y", 200)
		w.put(w.practice, in)
		w.put(w.practice, single("Short", "é", "", ""))
		w.put(w.practice, single("Right", "שלום", "=cmd|' /C calc'!A0", ""))
		w.agree()
		for query, want := range map[string]int{long: 1, long[:20]: 1, "🐈": 1, "e": 1, "שלום": 1, "=cmd": 1, "cmd": 1, "yyyy": 1} {
			page, err := w.List(w.ctx, w.practice, petparent.Filter{Query: query}, "", 0)
			list, _, suggestErr := w.Suggest(w.ctx, w.practice, query, 5)
			if err != nil || suggestErr != nil || len(page.Rows) != want || len(list) != want {
				t.Errorf("%.20q: %d on the list, %d in the menu, %v, %v", query, len(page.Rows), len(list), err, suggestErr)
			}
		}
	})
}
