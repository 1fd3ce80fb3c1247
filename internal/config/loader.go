package config

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"catflap/internal/foundation/fault"
)

// mapperName is what the type tag of each setting says, so that the parser
// hands its text to the Loader.
const mapperName = "setting"

// Loader gives a kong command line the settings of the file and the
// environment. Nothing fails while the command line is parsed, so that
// "catflap version" works with broken settings; Finish reports everything.
//
// A Loader serves one parse.
type Loader struct {
	environ  map[string]string
	file     map[string]entry
	filePath string
	opened   bool
	origins  map[string]string // by environment name
	rejected map[string]string // complaints about values, by environment name
	problems []problem         // complaints about names and the file
}

// NewLoader prepares a parse with the variables of environ ("NAME=value", as
// os.Environ gives them).
func NewLoader(environ []string) *Loader {
	l := &Loader{environ: map[string]string{}, origins: map[string]string{}, rejected: map[string]string{}}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, prefix) && !foreign(name, value) {
			l.environ[name] = value
		}
	}
	return l
}

// foreign reports whether a CATFLAP_ variable is not meant as a setting: it
// belongs to the test suite, or Kubernetes made it because a service is called
// catflap.
func foreign(name, value string) bool {
	rest := strings.TrimPrefix(name, prefix)
	return strings.HasPrefix(rest, "TEST_") || strings.HasPrefix(rest, "SERVICE_") ||
		strings.HasPrefix(rest, "PORT_") || rest == "PORT" && strings.Contains(value, "://")
}

// Options makes a kong parser understand the settings of every command that
// embeds Config: file, then environment, then flags.
func (l *Loader) Options() []kong.Option {
	return []kong.Option{
		kong.Resolvers(l),
		kong.NamedMapper(mapperName, kong.MapperFunc(l.decode)),
		kong.ValueFormatter(func(v *kong.Value) string {
			if v.Tag.Type == mapperName {
				return v.Help + " (" + envName(v.Name) + ")"
			}
			return kong.DefaultHelpValueFormatter(v)
		}),
	}
}

// Validate is part of kong.Resolver; Finish does the work.
func (l *Loader) Validate(*kong.Application) error { return nil }

// Resolve is part of kong.Resolver: the value of a setting that no flag gives.
// The environment goes before the file; an empty value counts as none.
func (l *Loader) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Tag.Type != mapperName {
		return nil, nil
	}
	l.open(ctx)
	name := envName(flag.Name)
	if value := l.environ[name]; value != "" {
		l.origins[name] = "environment"
		return value, nil
	}
	if e := l.file[name]; e.value != "" {
		l.origins[name] = place(l.filePath, e.line)
		return e.value, nil
	}
	return nil, nil
}

// open reads the file of settings once, when a flag or the environment names one.
func (l *Loader) open(ctx *kong.Context) {
	if l.opened {
		return
	}
	l.opened = true
	l.filePath = l.environ[envName("config")]
	for _, flag := range given(ctx) {
		if flag.Name == "config" {
			l.filePath, _ = ctx.FlagValue(flag).(string)
		}
	}
	if l.filePath != "" {
		var problems []problem
		l.file, problems = readFile(l.filePath)
		l.problems = append(l.problems, problems...)
	}
}

// given lists the settings that stand on the command line.
func given(ctx *kong.Context) []*kong.Flag {
	var flags []*kong.Flag
	for _, p := range ctx.Path {
		if p.Flag != nil && !p.Resolved && p.Flag.Tag.Type == mapperName {
			flags = append(flags, p.Flag)
		}
	}
	return flags
}

// decode turns the text of a setting into its field. What is wrong is kept for
// Finish.
func (l *Loader) decode(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue(mapperName)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(fmt.Sprint(token.Value))
	if text == "" {
		text = ctx.Value.Default
	}
	if err := parse(target, text); err != nil {
		l.rejected[envName(ctx.Value.Name)] = err.Error()
	}
	return nil
}

func parse(target reflect.Value, text string) error {
	switch field := target.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		return field.UnmarshalText([]byte(text))
	case *string:
		*field = text
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number. Give one, or leave the setting out", text)
		}
		*field = n
	default:
		return fmt.Errorf("a setting cannot be of type %s", target.Type())
	}
	return nil
}

// Finish derives what was not set and checks the whole. c is the Config that
// the parsed command embeds. The error is a fault of kind Invalid, code
// "invalid-configuration", with one field per setting that must be corrected.
func (l *Loader) Finish(ctx *kong.Context, c *Config) error {
	l.open(ctx)
	for _, flag := range given(ctx) {
		l.origins[envName(flag.Name)] = "--" + flag.Name
	}
	for _, name := range slices.Sorted(maps.Keys(l.environ)) {
		if !known(name) {
			l.problems = append(l.problems, problem{name, "environment: " + unknown(name)})
		}
	}
	c.origins = l.origins
	problems := append(l.problems, c.complete(l.rejected)...)
	if len(problems) == 0 {
		return nil
	}
	e := fault.New(fault.Invalid, "invalid-configuration",
		"Catflap cannot start with these settings. What to do is written beside each of them.")
	for _, p := range problems {
		e.Fields = append(e.Fields, fault.Field{Name: p.name, Message: p.message})
	}
	return e
}

// Load reads the settings of one command line that consists of flags only, for
// whoever needs a Config without the commands of Catflap.
func Load(args, environ []string) (*Config, error) {
	var c Config
	l := NewLoader(environ)
	parser, err := kong.New(&c, append(l.Options(), kong.Name("catflap"), kong.NoDefaultHelp())...)
	if err != nil {
		return nil, err
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return nil, fault.New(fault.Invalid, "invalid-flag", err.Error())
	}
	if err := l.Finish(ctx, &c); err != nil {
		return nil, err
	}
	return &c, nil
}
