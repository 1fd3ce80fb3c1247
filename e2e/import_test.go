package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A list that leaves the order of its dates open: it is asked, chosen, remembered;
// rows that cannot be read are left out by choice, corrected, and imported again.
func TestImportAsked(t *testing.T) {
	eachWidth(t, importStory)
}

// The same on a small phone without JavaScript.
func TestImportAskedPlain(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	w.plain, w.width = true, 360
	importStory(t, w)
}

// runImport runs the import whose preview is open. Rows that cannot be read are
// left out.
func (b *browser) runImport() {
	b.t.Helper()
	const good = "Import the good rows and leave these out"
	if strings.Contains(b.Text(), good) {
		b.Click(good)
	}
	b.Click("Run the import")
}

func importStory(t *testing.T, w *world) {
	c := w.crew()
	b := w.atDesk(c.maria.name, c.maria, "North")
	list := filepath.Join(t.TempDir(), "clients.csv")
	write(t, list, "client_id,first_name,last_name,email,pet_name,species,dob,Alarm code\n"+
		"A1,Anna,Asked,anna@home.example,Luna,Dog,02/03/2020,4711\n"+
		"A2,Bea,Brown,,Rex,Cat,04/05/2021,4712\n"+
		",Cy,Nameless,cy@home.example,Mia,Cat,06/07/2019,4713\n", 0o600)
	b.upload(list, "")
	b.See("Check how the file is read", "Which comes first in the dates?", "02/03/2020", "3 February 2020", "2 March 2020", "Alarm code", "Never stored")
	b.Miss("4711")
	b.Picture("import-columns")
	b.Click("Day first")
	b.Click("Save and show the preview")
	b.See("2 new", "1 row cannot be read", "day/month/year", "Cannot be mailed", "No e-mail")
	b.Click("Run the import")
	b.Expect(409)
	b.See("nothing was imported")
	b.runImport()
	b.waitFor("The import is finished", "Look again", patience)
	b.See("2 new, 0 changed")
	if b.scripts {
		report, err := os.ReadFile(b.Download("Download the rows"))
		if err != nil {
			t.Fatal(err)
		}
		write(t, list, strings.Replace(string(report), ",,Cy", ",A3,Cy", 1), 0o600)
	} else {
		write(t, list, "client_id,first_name,last_name,email,pet_name,species,dob\nA3,Cy,Nameless,cy@home.example,Mia,Cat,06/07/2019\n", 0o600)
	}
	b.upload(list, "")
	b.See("1 new", "Read as was chosen for files with these columns before")
	b.runImport()
	b.waitFor("The import is finished", "Look again", patience)
	b.Open(happyPaws + "/pet-parents/import")
	b.upload(list, "")
	b.Click("Forget these choices")
	b.See("is forgotten", "Something has to be chosen")
}
