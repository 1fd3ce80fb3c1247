package config

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"text/tabwriter"
)

// Value is one setting as it is in force.
type Value struct {
	Name  string `json:"name"`  // as in the environment
	Value string `json:"value"` // passwords masked; empty when there is none
	From  string `json:"from"`  // "default", "environment", "--flag" or a line of the file
}

// Values lists every setting as it is in force, passwords masked.
func (c *Config) Values() []Value {
	fields := reflect.ValueOf(c).Elem()
	var values []Value
	for _, s := range settings() {
		from := c.origins[s.env]
		if from == "" {
			from = "default"
		}
		values = append(values, Value{s.env, fmt.Sprint(fields.Field(s.index).Interface()), from})
	}
	return values
}

// Print writes every setting as it is in force, one a line with where its
// value comes from. Passwords are masked.
func (c *Config) Print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range c.Values() {
		value := v.Value
		if value == "" {
			value = "-"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", v.Name, value, v.From)
	}
	return table.Flush()
}

// PrintJSON writes the same as one JSON object: {"settings": [...]}.
func (c *Config) PrintJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(map[string][]Value{"settings": c.Values()})
}
