package config

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// entry is one value of the file and the line it stands on.
type entry struct {
	value string
	line  int
}

// problem is one complaint about a setting, in words for a person.
type problem struct{ name, message string }

// readFile reads a file of NAME=value lines. What it cannot use is returned as
// problems, with the line.
func readFile(path string) (map[string]entry, []problem) {
	f, err := os.Open(path)
	if err != nil {
		return nil, []problem{{envName("config"), fmt.Sprintf(
			"The file of settings cannot be read (%v). Check the path and who may read it, or leave the setting out.", err)}}
	}
	defer f.Close()

	values := map[string]entry{}
	var problems []problem
	complain := func(line int, name, message string) {
		problems = append(problems, problem{name, place(path, line) + ": " + message})
	}
	lines := bufio.NewScanner(f)
	for line := 1; lines.Scan(); line++ {
		text := strings.TrimSpace(lines.Text())
		if line == 1 {
			text = strings.TrimPrefix(text, "\uFEFF") // the byte order mark of some editors
		}
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		name, value, found := strings.Cut(text, "=")
		name, value = strings.TrimSpace(name), unquote(strings.TrimSpace(value))
		switch {
		case !found:
			// The line is not repeated: it may be half of a password.
			complain(line, envName("config"), "This is not a setting. Write NAME=value, or begin the line with # for a remark.")
		case !known(name):
			complain(line, name, unknown(name))
		case name == envName("config"):
			complain(line, name, "A file cannot name another file. Take the line out.")
		case values[name].line > 0:
			complain(line, name, fmt.Sprintf("The setting stands on line %d already. Keep one of the two.", values[name].line))
		default:
			values[name] = entry{value, line}
		}
	}
	if err := lines.Err(); err != nil {
		problems = append(problems, problem{envName("config"), fmt.Sprintf(
			"%s cannot be read to its end (%v). Check that it is a text file of NAME=value lines.", filepath.Base(path), err)})
	}
	return values, problems
}

func place(path string, line int) string {
	return fmt.Sprintf("%s, line %d", filepath.Base(path), line)
}

// unquote takes one pair of quotes off, as systemd does with its files.
func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
