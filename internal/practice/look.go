package practice

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // a format that logos may have
	_ "image/jpeg" // another one
	_ "image/png"  // and another one
	"math"
	"strconv"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Bounds of a logo.
const (
	MaxLogo     = 200 << 10 // bytes
	maxLogoSide = 1200      // pixels
	leastOnLogo = 4.5       // contrast of white on the colour (WCAG 2.2, 1.4.3)
)

// Look is how mail of a practice looks.
type Look struct {
	Colour        string // "#rrggbb"; "" for ours
	Logo          string // digest of the picture; "" for none
	Width, Height int    // of the picture, in pixels
}

// Shown is the size in which the logo stands in a message: at most 240 by 80.
func (l Look) Shown() (width, height int) {
	if l.Width <= 0 || l.Height <= 0 {
		return 0, 0
	}
	shrink := min(1, 240/float64(l.Width), 80/float64(l.Height))
	return max(1, int(math.Round(float64(l.Width)*shrink))), max(1, int(math.Round(float64(l.Height)*shrink)))
}

// LookInput is what somebody changes about it.
type LookInput struct {
	Colour string // "" for ours
	Logo   []byte // a picture; nil leaves the one that is there
	NoLogo bool   // takes the logo away
}

// Logo is a picture as it is served.
type Logo struct {
	Type    string
	Picture []byte
}

// ErrNoLogo answers for a picture that is not there.
var ErrNoLogo = fault.New(fault.NotFound, "logo-not-found", "There is no such picture here.")

// colourOf reads "#rrggbb", and says what is wrong with it.
func colourOf(typed string) (colour, complaint string) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	if typed == "" {
		return "", ""
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(typed, "#"), 16, 32)
	if err != nil || len(typed) != 7 || typed[0] != '#' {
		return "", "Type a colour as # and six digits or letters from a to f, for instance #0f6b5c."
	}
	if contrast := contrastWithWhite(uint32(n)); contrast < leastOnLogo {
		return "", fmt.Sprintf("White words cannot be read well on this colour: the contrast is %.1f, and 4.5 is needed. Choose a darker one.", math.Floor(contrast*10)/10)
	}
	return typed, ""
}

// contrastWithWhite follows WCAG 2.2, "contrast ratio".
func contrastWithWhite(rgb uint32) float64 {
	linear := func(shift uint) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 1.05 / (0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0) + 0.05)
}

// checkLogo decodes the whole picture: what cannot be shown is not kept.
func checkLogo(picture []byte) (kind string, width, height int, complaint string) {
	const wrong = "This is no picture that mail programs show. Choose a PNG, JPEG or GIF file."
	if len(picture) > MaxLogo {
		return "", 0, 0, "The picture is larger than 200 kB. Make it smaller."
	}
	c, kind, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return "", 0, 0, wrong
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxLogoSide || c.Height > maxLogoSide {
		return "", 0, 0, fmt.Sprintf("The picture is %d by %d pixels. Make it at most 1200 by 1200.", c.Width, c.Height)
	}
	if _, _, err := image.Decode(bytes.NewReader(picture)); err != nil {
		return "", 0, 0, wrong
	}
	return "image/" + kind, c.Width, c.Height, ""
}

// ChangeLook stores how mail of the viewer's practice looks. ErrNotHere, and
// complaints on colour and logo.
func (s *Service) ChangeLook(ctx context.Context, in LookInput) (p Practice, err error) {
	v := access.ViewerFrom(ctx)
	if !v.MayEverywhere(access.PracticeWrite) {
		return Practice{}, ErrNotHere
	}
	var c fault.Complaints
	colour, complaint := colourOf(in.Colour)
	c.Check(complaint == "", "colour", complaint)
	var logo Look
	kind := ""
	if len(in.Logo) > 0 && !in.NoLogo {
		kind, logo.Width, logo.Height, complaint = checkLogo(in.Logo)
		c.Check(complaint == "", "logo", complaint)
		sum := sha256.Sum256(in.Logo)
		logo.Logo = hex.EncodeToString(sum[:])
	}
	if err := c.Err(); err != nil {
		return Practice{}, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if p, err = s.HoldPolicy(ctx, tx, v.PracticeID); err != nil {
			return err
		}
		look := p.Look
		look.Colour = colour
		if in.NoLogo || logo.Logo != "" {
			look.Logo, look.Width, look.Height = logo.Logo, logo.Width, logo.Height
		}
		if look == p.Look {
			return nil
		}
		if logo.Logo != "" {
			if err := insertLogo(ctx, tx, p.ID, logo.Logo, Logo{kind, in.Logo}, s.Clock.Now()); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE practice SET colour = $2, logo = $3, logo_width = $4, logo_height = $5 WHERE id = $1`,
			p.ID, look.Colour, look.Logo, look.Width, look.Height); err != nil {
			return err
		}
		changes := audit.Diff(nil, "colour", p.Look.Colour, look.Colour)
		changes = audit.Diff(changes, "logo", p.Look.Logo, look.Logo)
		p.Look = look
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.LookChanged, PracticeID: p.ID, Target: audit.Target{Kind: "practice", ID: p.ID, Name: p.Name}, Changes: changes,
		})
	})
	return p, err
}

func insertLogo(ctx context.Context, tx *db.Tx, practiceID, digest string, l Logo, now time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO practice_logo (practice_id, digest, type, picture, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (practice_id, digest) DO NOTHING`, practiceID, digest, l.Type, l.Picture, now)
	return err
}

// LogoOf is a picture that the practice has or had as its logo. ErrNoLogo.
func (s *Service) LogoOf(ctx context.Context, practiceID, digest string) (Logo, error) {
	l, err := db.One(ctx, s.DB, func(r db.Scanner) (l Logo, err error) { return l, r.Scan(&l.Type, &l.Picture) },
		`SELECT type, picture FROM practice_logo WHERE practice_id = $1 AND digest = $2`, practiceID, digest)
	if errors.Is(err, db.ErrNone) {
		return Logo{}, ErrNoLogo
	}
	return l, err
}
