package config

import (
	"reflect"
	"strings"

	"catflap/internal/foundation/typo"
)

const prefix = "CATFLAP_"

// setting describes one field of Config.
type setting struct {
	env       string // CATFLAP_PUBLIC_URL
	flag      string // public-url
	help      string // the first sentence of the field's comment
	standard  string // value when nothing is set
	otherwise string // how the value is derived when nothing is set
	field     string // name of the Go field
	index     int    // position of the Go field
}

// settings lists every setting in the order of the fields, which is the order
// in which people read them.
func settings() []setting {
	t := reflect.TypeFor[Config]()
	var all []setting
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("type") != mapperName {
			continue
		}
		all = append(all, setting{
			env:       envName(f.Tag.Get("name")),
			flag:      f.Tag.Get("name"),
			help:      f.Tag.Get("help"),
			standard:  f.Tag.Get("default"),
			otherwise: f.Tag.Get("otherwise"),
			field:     f.Name,
			index:     i,
		})
	}
	return all
}

func envName(flag string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// known reports whether name is the environment name of a setting.
func known(name string) bool {
	for _, s := range settings() {
		if s.env == name {
			return true
		}
	}
	return false
}

// unknown is the complaint about a name that is no setting.
func unknown(name string) string {
	const list = "Run \"catflap config --help\" for the list of settings."
	if near := nearest(name); near != "" {
		return "There is no setting of this name. Did you mean " + near + "? " + list
	}
	return "There is no setting of this name. Take it out or correct it. " + list
}

// nearest is the setting that name was probably meant to be; empty when none
// is close enough to be worth suggesting.
func nearest(name string) string {
	best, least := "", 1+len(strings.TrimPrefix(name, prefix))/2
	for _, s := range settings() {
		if d := typo.Distance(strings.ToUpper(name), s.env, least); d < least {
			best, least = s.env, d
		}
	}
	return best
}
