package e2e

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestScreenshots walks the stories once more and writes a picture of each page
// at both widths.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("writes pictures only with -screenshots DIR")
	}
	if err := os.MkdirAll(*screenshots, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, story := range map[string]func(*testing.T, *world){
		"staff": staffStory, "pet parent": petParentStory, "demonstration": demoStory,
		"administration": administrationStory, "password": passwordStory,
		"menu": menuStory, "security": securityStory, "platform": platformStory,
		"shared computer": sharedStory, "branches": branchStory, "sessions": sessionStory, "policy": policyStory, "idle": idleStory,
		"policy of second factors": factorPolicyStory, "second factor": secondFactorStory, "two-factor": twoFactorStory,
		"lost phone": lostStory, "lost phone of a pet parent": lostByPetParentStory,
		"household": householdStory, "login editor": loginEditorStory, "logins for all": loginsForAllStory,
		"pet app": petAppStory, "search": searchStory, "language": languageStory,
		"on the way in": onTheWayStory, "compose": composeStory, "email alerts": alertsStory, "unsubscribe": unsubscribeStory, "letters": lettersStory,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			w.pictures = *screenshots
			story(t, w)
		})
	}
}

// tallest is where a picture of a long page is cut off, in CSS pixels.
const tallest = 1800

// Picture writes the page as NAME-390.png and NAME-1280.png, if the story is
// walked for its pictures.
func (b *browser) Picture(name string) {
	b.t.Helper()
	if b.w.pictures == "" {
		return
	}
	usual := b.width
	for _, width := range []int64{phone, desk} {
		b.resize(width)
		time.Sleep(150 * time.Millisecond) // the layout settles
		b.shoot(filepath.Join(b.w.pictures, name+"-"+strconv.FormatInt(width, 10)+".png"), width)
	}
	b.resize(usual)
}

func (b *browser) shoot(path string, width int64) {
	b.t.Helper()
	height := wait[float64](b, "document.documentElement.scrollHeight")
	if wait[bool](b, `document.querySelector("iframe.letter") !== null`) { // drawn in the window only
		b.do(chromedp.EmulateViewport(width, int64(min(height, tallest))))
		time.Sleep(500 * time.Millisecond)
	}
	beyond := true
	shot := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &beyond,
		Clip: &page.Viewport{Width: float64(width), Height: min(height, tallest), Scale: 1},
	})
	content, err := small(shot.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// small writes the picture anew with a palette: the colours that occur most,
// the others as the nearest of them.
func small(content []byte) ([]byte, error) {
	picture, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	palette := frequent(picture)
	paletted := image.NewPaletted(picture.Bounds(), palette)
	index := map[color.NRGBA]uint8{}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			i, known := index[c]
			if !known {
				i = uint8(palette.Index(c))
				index[c] = i
			}
			paletted.SetColorIndex(x, y, i)
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, paletted); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// frequent are the 256 most frequent colours of a picture.
func frequent(picture image.Image) color.Palette {
	count := map[color.NRGBA]int{}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			count[color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)]++
		}
	}
	all := slices.Collect(maps.Keys(count))
	slices.SortFunc(all, func(a, b color.NRGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(pack(a), pack(b)))
	})
	var palette color.Palette
	for _, c := range all[:min(len(all), 256)] {
		palette = append(palette, c)
	}
	return palette
}

// pack orders colours, so that equal pictures give equal files.
func pack(c color.NRGBA) uint32 {
	return uint32(c.R)<<24 | uint32(c.G)<<16 | uint32(c.B)<<8 | uint32(c.A)
}
