package otp

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tool runs a program that others wrote; "make test" installs it.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not here; run: make tools", name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return strings.TrimRight(string(out), "\n")
}

// TestOathtool compares codes with those of an independent client, which is
// given the key as people type it.
func TestOathtool(t *testing.T) {
	for i := range 8 {
		key := NewKey()
		at := time.Unix(int64(1_700_000_000+i*123_456_789), 0).UTC()
		got := tool(t, "oathtool", "--totp", "--base32", strings.Join(key.Groups(), " "), "--now", at.Format("2006-01-02 15:04:05 UTC"), "--window", "2")
		var want []string
		for s := Step(at); s <= Step(at)+2; s++ {
			want = append(want, key.Code(s))
		}
		if got != strings.Join(want, "\n") {
			t.Errorf("at %s oathtool shows %q, we %q", at, got, want)
		}
	}
}

// TestQR has the picture read by an independent reader.
func TestQR(t *testing.T) {
	for _, l := range []Label{
		{"Clinic", "ada@clinic.example"}, {"Cats & Dogs: the clinic?", "a+b@c.example"}, {"🐈 Katzenklappe", "jürgen"},
		{"\u05de\u05e8\u05e4\u05d0\u05d4", "desk"}, {strings.Repeat("Long Name ", 20), strings.Repeat("x", 64) + "@" + strings.Repeat("y", 180) + ".example"},
	} {
		key := NewKey()
		svg, err := key.QR(l)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "qr.png")
		draw(t, svg, path)
		if got := tool(t, "zbarimg", "--quiet", "--raw", path); got != key.URI(l) {
			t.Errorf("read as %q, want %q", got, key.URI(l))
		}
	}
}

var (
	side = regexp.MustCompile(`viewBox="0 0 (\d+) \d+"`)
	runs = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
)

// draw makes a picture of what the SVG says: dark bars on white.
func draw(t *testing.T, svg, path string) {
	t.Helper()
	const scale = 5
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	m := side.FindStringSubmatch(svg)
	if m == nil {
		t.Fatalf("no size in %.200q", svg)
	}
	n := number(m[1])
	picture := image.NewGray(image.Rect(0, 0, n*scale, n*scale))
	for i := range picture.Pix {
		picture.Pix[i] = 0xff
	}
	bars := runs.FindAllStringSubmatch(svg, -1)
	if len(runs.ReplaceAllString(svg[strings.Index(svg, `d="`)+3:strings.Index(svg, `"/></svg>`)], "")) != 0 {
		t.Fatal("the path holds more than bars")
	}
	for _, bar := range bars {
		x, y, width := number(bar[1]), number(bar[2]), number(bar[3])
		if bar[3] != bar[4] {
			t.Fatalf("a bar that does not close: %s", bar[0])
		}
		for py := y * scale; py < (y+1)*scale; py++ {
			for px := x * scale; px < (x+width)*scale; px++ {
				picture.SetGray(px, py, color.Gray{})
			}
		}
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, picture); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
