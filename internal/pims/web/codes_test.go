package pimsweb

import (
	"testing"

	"catflap/internal/foundation/ui"
	"catflap/internal/pims"
)

// Letters of the practice's own are asked once; those that were chosen before can
// be changed.
func TestCodes(t *testing.T) {
	im := pims.Import{Choices: pims.Choices{Codes: pims.Codes{Pet: map[string]pims.Meaning{"D": pims.MeansDeceased}}}}
	im.Preview.Open = []pims.Question{{Kind: pims.AsksCodes, File: "clients.csv", Letters: []pims.Letter{
		{About: "client", Letter: "X", Rows: 2, Samples: []string{"Ann Smith"}}, {About: "pet", Letter: "B", Rows: 1, Samples: []string{"Rex"}},
	}}}
	page := newChoosePage(ui.Form{}, im, nil)
	var letters string
	for _, c := range page.Codes {
		letters += c.Letter
		if c.Field != "code-"+c.About+"-"+c.Letter || len(c.Choices) != 4 {
			t.Errorf("%+v", c)
		}
	}
	if letters != "XBD" || page.Codes[0].Hint != "2 rows: Ann Smith" || page.Codes[2].Value != pims.MeansDeceased {
		t.Errorf("asks %+v", page.Codes)
	}
}
