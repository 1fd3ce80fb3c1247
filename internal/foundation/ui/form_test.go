package ui

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/foundation/fault"
)

func TestForm(t *testing.T) {
	r := httptest.NewRequest("POST", "/x?login=from-the-query", strings.NewReader("login=ken&shared=yes"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f := FormFrom(r)
	if f.Get("login") != "ken" || f.Get("nothing") != "" {
		t.Errorf("values %v", f.Values)
	}
	var c fault.Complaints
	c.Add("login", "one")
	c.Add("login", "two")
	both := f.With(c.Err()).With(fault.New(fault.Refused, "x", "refused")).With(nil)
	if both.complaint("login") != "one" || len(both.Complaints) != 3 || both.Complaints[2].Message != "refused" {
		t.Errorf("complaints %v", both.Complaints)
	}
	if len(f.Complaints) != 0 {
		t.Error("With changed the form it was called on")
	}
	if hidden := f.With(errors.New("dial tcp 10.0.0.1")); strings.Contains(hidden.Complaints[0].Message, "10.0.0.1") {
		t.Error("a hidden cause is shown")
	}
	type page struct{ Form }
	for name, data := range map[string]any{"value": page{both}, "pointer": &page{both}, "named": struct{ Form Form }{both}} {
		if len(formIn(data).Complaints) != 3 {
			t.Errorf("%s: the form was not found", name)
		}
	}
	for _, data := range []any{nil, (*page)(nil), 7, struct{ Form string }{"x"}} {
		if len(formIn(data).Complaints) != 0 {
			t.Errorf("%v has no form", data)
		}
	}
}

// TestTyped: what was sent wins over what is stored, also when it was emptied
// or unticked.
func TestTyped(t *testing.T) {
	v := newUI(t).view(httptest.NewRequest("GET", "/", nil), nil)
	name := func() string { f, _ := newField(v, "name", "Name", "value", "stored"); return f.Value }
	ticked := func(value string) bool {
		b, _ := newCheckbox(v, "days", "Day", "value", value, "checked", true)
		return b.Checked
	}
	if name() != "stored" || !ticked("mon") {
		t.Error("what is stored is not shown")
	}
	v.form = Form{Values: url.Values{"name": {""}, "days": {"tue"}}}
	if name() != "" || ticked("mon") || !ticked("tue") {
		t.Error("what was typed is not kept")
	}
	one, _ := newCheckbox(v, "days", "Day", "value", "mon")
	two, _ := newCheckbox(v, "days", "Day", "value", "tue")
	if one.ID == two.ID {
		t.Error("two checkboxes of one name share an id")
	}
}

func TestAgo(t *testing.T) {
	v := newUI(t).view(httptest.NewRequest("GET", "/", nil), nil)
	const day = 24 * time.Hour
	for _, c := range []struct {
		back time.Duration
		want string
	}{
		{0, "just now"}, {44 * time.Second, "just now"}, {46 * time.Second, "1 minute ago"},
		{3 * time.Minute, "3 minutes ago"}, {59 * time.Minute, "59 minutes ago"}, {60 * time.Minute, "1 hour ago"},
		{23 * time.Hour, "23 hours ago"}, {day, "yesterday"}, {6 * day, "6 days ago"}, {7 * day, "15 November 2026"},
		{-10 * time.Second, "in a moment"}, {-90 * time.Minute, "in 2 hours"}, {-72 * time.Hour, "in 3 days"}, {-30 * day, "22 December 2026"},
	} {
		got, err := newAgo(v, noon.Add(-c.back))
		if err != nil || got.Text != c.want {
			t.Errorf("%v back: %q, want %q (%v)", c.back, got.Text, c.want, err)
		}
	}
	got, _ := newAgo(v, noon.In(time.FixedZone("x", 3600)))
	if got.Exact != "22 November 2026, 12:00 UTC" || got.Machine != "2026-11-22T12:00:00Z" {
		t.Errorf("exact %q, machine %q", got.Exact, got.Machine)
	}
	if never, _ := newAgo(v, time.Time{}); never.Text != "never" || never.Machine != "" {
		t.Errorf("the zero time is %+v", never)
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got, _ := count(n); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
	if got, _ := groups("ABCDEFGHé", 4); got != "ABCD EFGH é" {
		t.Errorf("groups: %q", got)
	}
	if p := newProgress(7, 0, ""); p.Percent != 100 || p.Total != 1 {
		t.Errorf("progress of nothing: %+v", p)
	}
	if plural(1, "pet", "pets")+plural(2000, "pet", "pets") != "1 pet2,000 pets" {
		t.Error("plural")
	}
}
