// Command generate makes the list of common passwords from the two files that
// generated/SOURCE.md names:
//
//	go run ./generate -out generated/list.bin -words passwords.json -all passwords.txt.gz
//
// Of the large file it takes the first 100,000 lines, which are sorted by how
// common they are, and every password that is long enough to be chosen whole.
package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"catflap/internal/factor/passwordlist"
)

const (
	commonest = 100_000 // lines of the large file that are taken whatever they are
	long      = 12      // characters from which on the rest of it is taken too
)

func main() {
	out := flag.String("out", "generated/list.bin", "file to write")
	words := flag.String("words", "", "JSON array of passwords")
	all := flag.String("all", "", "gzipped passwords, one a line, the most common first")
	flag.Parse()
	if err := run(*out, *words, *all); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(out, words, all string) error {
	marks := map[string]bool{}
	take := func(word string) {
		if folded := passwordlist.Fold(strings.TrimSpace(word)); utf8.RuneCountInString(folded) >= passwordlist.Shortest {
			marks[passwordlist.Mark(folded)] = true
		}
	}
	if err := readWords(words, take); err != nil {
		return err
	}
	if err := readAll(all, take); err != nil {
		return err
	}
	sorted := make([]string, 0, len(marks))
	for m := range marks {
		sorted = append(sorted, m)
	}
	slices.Sort(sorted)
	fmt.Println(len(sorted), "passwords")
	return os.WriteFile(out, []byte(strings.Join(sorted, "")), 0o644)
}

func readWords(path string, take func(string)) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var words []string
	if err := json.Unmarshal(content, &words); err != nil {
		return err
	}
	for _, w := range words {
		take(w)
	}
	return nil
}

func readAll(path string, take func(string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	lines := bufio.NewReader(plain)
	for n := 0; ; n++ {
		line, err := lines.ReadString('\n')
		line = strings.TrimRight(line, "\r\n")
		if utf8.ValidString(line) && (n < commonest || utf8.RuneCountInString(line) >= long) {
			take(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
