package pimsweb

import (
	"testing"

	"catflap/internal/foundation/ui"
	"catflap/internal/pims"
)

// Letters of the practice's own are asked once; those that were chosen before can
// be changed.
func TestCodes(t *testing.T) {
	im := pims.Import{Choices: pims.Choices{Codes: map[string]string{"D": "deceased"}}}
	im.Preview.Open = []pims.Question{{Kind: pims.AsksCodes, File: "clients.csv", Samples: []string{"X", "B"}}}
	page := newChoosePage(ui.Form{}, im, nil)
	var letters string
	for _, c := range page.Codes {
		letters += c.Letter
		if c.Field != "code-"+c.Letter || len(c.Choices) != 5 {
			t.Errorf("%+v", c)
		}
	}
	if letters != "BDX" {
		t.Errorf("asks %q", letters)
	}
}
