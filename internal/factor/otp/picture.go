package otp

import (
	"strconv"
	"strings"

	"rsc.io/qr"
)

// Picture is a QR code as a drawing: black squares on white, sharp at every
// size.
type Picture struct {
	Side  int    // squares along an edge, the white margin that readers expect included
	Black string // the outlines of what is black, as the path of an SVG
}

// quiet is the white around a QR code, in squares.
const quiet = 4

// Picture is the URI as a QR code.
func (k Key) Picture(l Label) (Picture, error) {
	code, err := qr.Encode(k.URI(l), qr.M)
	if err != nil {
		return Picture{}, err
	}
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			if !code.Black(x, y) {
				continue
			}
			run := 1
			for code.Black(x+run, y) {
				run++
			}
			b.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h" + strconv.Itoa(run) + "v1h-" + strconv.Itoa(run) + "z")
			x += run
		}
	}
	return Picture{Side: code.Size + 2*quiet, Black: b.String()}, nil
}

// SVG is the picture as an image of its own.
func (p Picture) SVG() string {
	side := strconv.Itoa(p.Side)
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + side + ` ` + side + `" shape-rendering="crispEdges" role="img">` +
		`<rect width="` + side + `" height="` + side + `" fill="#fff"/><path fill="#000" d="` + p.Black + `"/></svg>`
}

// QR is the URI as an SVG image.
func (k Key) QR(l Label) (string, error) {
	p, err := k.Picture(l)
	if err != nil {
		return "", err
	}
	return p.SVG(), nil
}
