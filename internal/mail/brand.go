package mail

import (
	"context"
	"maps"
	"regexp"
	"strconv"

	"catflap/internal/foundation/db"
)

// Pine is the colour of mail where a practice has chosen none.
const Pine = "#0F6B5C"

// House is what mail has to know of a practice.
type House struct {
	Lang  string // in which its mail is where nobody said otherwise
	Brand Brand
	// Unsubscribe is the address at which a pet parent opts out of bulk mail; nil
	// where there is none.
	Unsubscribe func(petParentID string) string
}

// Brand is how mail of a practice looks.
type Brand struct {
	Colour        string // "#RRGGBB"; Pine where it is anything else
	Logo          string // absolute address of a picture that we serve; "" for none
	Width, Height int    // of the picture as it is shown, in pixels

	unsubscribe string // where who gets the message says that they want no more; "" for none
}

var hexColour = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// brandTokens are filled in by the layout and the look, never by texts.
func brandTokens() []Token {
	return []Token{{Name: "brand_colour"}, {Name: "brand_logo"}, {Name: "brand_width"}, {Name: "brand_height"}, {Name: "brand_unsubscribe"}}
}

// with adds the look to the values of a message.
func (b Brand) with(tokens map[string]string) map[string]string {
	all := maps.Clone(tokens)
	if all == nil {
		all = map[string]string{}
	}
	for _, t := range brandTokens() {
		delete(all, t.Name)
	}
	all["brand_colour"] = Pine
	if hexColour.MatchString(b.Colour) {
		all["brand_colour"] = b.Colour
	}
	if webLink(b.Logo) && b.Width > 0 && b.Height > 0 {
		all["brand_logo"], all["brand_width"], all["brand_height"] = b.Logo, strconv.Itoa(b.Width), strconv.Itoa(b.Height)
	}
	if b.unsubscribe != "" {
		all["brand_unsubscribe"] = b.unsubscribe
	}
	return all
}

// houseOf asks for the practice's house; the platform has none.
func (s *Service) houseOf(ctx context.Context, r db.Reader, practiceID string) (House, error) {
	if s.house == nil || practiceID == "" {
		return House{}, nil
	}
	return s.house(ctx, r, practiceID)
}
