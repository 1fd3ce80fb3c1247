package ui

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"catflap/internal/foundation/lang"
)

type noticeData struct{ Tone, Title, Text string }

// tones are the four ways to say something; each has its icon and colour.
var tones = []string{"good", "careful", "stop", "info"}

func newNotice(tone, text string, title ...string) (noticeData, error) {
	if !slices.Contains(tones, tone) {
		return noticeData{}, fmt.Errorf("notice: there is no tone %q; there are %s", tone, strings.Join(tones, ", "))
	}
	return noticeData{Tone: tone, Text: text, Title: strings.Join(title, " ")}, nil
}

type statusData struct{ Tone, Text string }

func newStatus(tone, text string) (statusData, error) {
	if tone != "off" && !slices.Contains(tones, tone) {
		return statusData{}, fmt.Errorf("status: there is no tone %q; there are off, %s", tone, strings.Join(tones, ", "))
	}
	return statusData{tone, text}, nil
}

// errorsData is the box on top of a form that was refused.
type errorsData struct {
	Title  string
	Words  []string
	Fields []errorLink
}

type errorLink struct{ ID, Message string }

// Any reports whether there is something to show.
func (e errorsData) Any() bool { return len(e.Words)+len(e.Fields) > 0 }

// Several reports whether the box needs a heading above its complaints.
func (e errorsData) Several() bool { return len(e.Words)+len(e.Fields) > 1 }

func newErrors(v View) (errorsData, error) {
	title, err := v.T("ui.errors.title")
	e := errorsData{Title: title}
	for _, c := range v.form.Complaints {
		if c.Name == "" {
			e.Words = append(e.Words, c.Message)
		} else {
			e.Fields = append(e.Fields, errorLink{fieldID(c.Name), c.Message})
		}
	}
	return e, err
}

type stepsData struct {
	Text   string
	Dashes []bool // one per step; true: reached
}

func newSteps(v View, step, of int) (stepsData, error) {
	text, err := v.T("ui.steps", "Step", step, "Of", of)
	s := stepsData{Text: text}
	for i := 1; i <= of; i++ {
		s.Dashes = append(s.Dashes, i <= step)
	}
	return s, err
}

type stage struct {
	Number  int
	Label   string
	State   string // done, current, ahead
	Reading string // what a screen reader adds
}

func newStages(v View, current int, labels ...string) ([]stage, error) {
	var all []stage
	for i, label := range labels {
		s := stage{Number: i + 1, Label: label, State: "ahead"}
		var err error
		switch {
		case s.Number < current:
			s.State = "done"
			s.Reading, err = v.T("ui.stages.done")
		case s.Number == current:
			s.State = "current"
		}
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

type emptyData struct{ Icon, Title, Text, Href, Label string }

func newEmpty(icon, title, text string, way ...string) (emptyData, error) {
	e := emptyData{Icon: icon, Title: title, Text: text}
	switch len(way) {
	case 0:
	case 2:
		e.Href, e.Label = way[0], way[1]
	default:
		return e, fmt.Errorf("empty: a way on needs an address and a label")
	}
	return e, nil
}

type pagerData struct{ Href, Label string }

func newPager(v View, href string) (pagerData, error) {
	label, err := v.T("ui.more")
	return pagerData{href, label}, err
}

type chipData struct {
	Label string
	Hue   int
}

func newChip(label string, hue int) chipData { return chipData{label, hueOf(hue)} }

// hueOf keeps a colour among the eight there are.
func hueOf(n int) int { return ((n % 8) + 8) % 8 }

type tab struct {
	Label, Href string
	Current     bool
}

type tabsData struct {
	Label string
	Tabs  []tab
}

func newTabs(v View, label string, kv ...string) (tabsData, error) {
	t := tabsData{Label: label}
	if len(kv)%2 != 0 {
		return t, fmt.Errorf("tabs: a label without an address")
	}
	current, length := -1, 0
	for i := 0; i < len(kv); i += 2 {
		href := kv[i+1]
		if within(v.Path, href) && len(href) > length {
			current, length = i/2, len(href)
		}
		t.Tabs = append(t.Tabs, tab{Label: kv[i], Href: href})
	}
	if current >= 0 {
		t.Tabs[current].Current = true
	}
	return t, nil
}

type secretData struct {
	Label, Value, Again  string
	Seconds              int
	Copy, Copied, Select string
	Hiding, Hidden, Show string
}

// newSecret is the quiet box for a revealed secret. With JavaScript the value
// is taken off the page after some seconds; the page without it says so.
func newSecret(v View, label, value string, seconds int, again ...string) (secretData, error) {
	s := secretData{Label: label, Value: value, Seconds: seconds, Again: strings.Join(again, "")}
	var err error
	for key, to := range map[string]*string{
		"copy": &s.Copy, "copied": &s.Copied, "select": &s.Select,
		"hiding": &s.Hiding, "hidden": &s.Hidden, "show": &s.Show,
	} {
		if *to, err = v.T("ui.secret." + key); err != nil {
			return s, err
		}
	}
	return s, nil
}

type progressData struct {
	Done, Total int
	Text        string
	Percent     int
}

func newProgress(done, total int, text string) progressData {
	p := progressData{Done: done, Total: max(total, 1), Text: text}
	p.Percent = int(math.Floor(100 * float64(min(done, p.Total)) / float64(p.Total)))
	return p
}

// count writes a number with thin groups, as people read it: 1,234. In a page,
// {{count . .Number}} writes it as the viewer does.
func count(of ...any) (string, error) {
	tag := lang.English
	if v, ok := viewIn(of); ok {
		tag, of = v.Lang, of[1:]
	}
	if len(of) == 1 {
		if n, ok := of[0].(int); ok {
			return lang.Number(tag, n), nil
		}
	}
	return "", fmt.Errorf("count: a number, or a view and a number, not %v", of)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return lang.Number(lang.English, n) + " " + many
}

// groups parts a key or a code for reading aloud: "ABCD EFGH".
func groups(s string, size int) (string, error) {
	if size < 1 {
		return "", fmt.Errorf("groups: a group has at least one letter")
	}
	var parts []string
	for r := []rune(s); len(r) > 0; {
		n := min(size, len(r))
		parts = append(parts, string(r[:n]))
		r = r[n:]
	}
	return strings.Join(parts, " "), nil
}

// complaintOf is what is wrong with a field, for pages that lay out their own.
func complaintOf(v View, name string) string { return v.form.complaint(name) }
