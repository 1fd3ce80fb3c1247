package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/app"
	"catflap/internal/config"
	"catflap/internal/foundation/fault"
	"catflap/internal/pims"
)

type importCommand struct {
	config.Config `embed:""`
	Practice      string   `required:"" placeholder:"SLUG" help:"The practice whose clients these are."`
	System        string   `placeholder:"NAME" help:"The practice system; without it the files tell."`
	DateOrder     string   `enum:",MDY,DMY,YMD" default:"" placeholder:"ORDER" help:"How dates are written: MDY, DMY or YMD. Without it the files tell, or what was chosen before."`
	GoodRows      bool     `help:"Leave out rows that cannot be read; without it one of them stops the import."`
	JSON          bool     `help:"Print JSON."`
	Files         []string `arg:"" type:"existingfile" name:"file" help:"The files of one export."`
}

// imported is what a script reads.
type imported struct {
	ID        string     `json:"id"`
	Page      string     `json:"page"`
	System    string     `json:"system"`
	State     pims.State `json:"state"`
	New       int        `json:"new"`
	Changed   int        `json:"changed"`
	Unchanged int        `json:"unchanged"`
	Held      int        `json:"held"`
	Rejected  int        `json:"rejected"`
}

// Run imports the files and reports what came of it.
func (c *importCommand) Run(w *world) error {
	return withApp(w, &c.Config, func(ctx context.Context, a *app.App) error {
		p, err := a.Practices.FindBySlug(ctx, c.Practice)
		if err != nil {
			return err
		}
		in := pims.UploadInput{
			Choices: pims.Choices{System: c.System, DateOrder: pims.DateOrder(c.DateOrder)}, GoodRows: c.GoodRows,
		}
		for _, path := range c.Files {
			file, err := os.Open(path)
			if err != nil {
				return fault.New(fault.Invalid, "file-unreadable", path+" cannot be read. Check its name and rights.").Because(err)
			}
			defer file.Close()
			in.Files = append(in.Files, pims.File{Name: filepath.Base(path), Body: file})
		}
		im, err := a.Imports.ImportNow(access.WithPractice(ctx, p), p.ID, in)
		page := a.URL("/" + p.Slug + "/pet-parents/import/runs/" + im.ID)
		switch {
		case errors.Is(err, pims.ErrAsks):
			return fault.New(fault.Conflict, "import-asks", "Something in these files has to be chosen first, and is remembered then. Open "+page+"/choices within a day.")
		case errors.Is(err, pims.ErrRejects):
			return fault.New(fault.Conflict, "import-has-rejected-rows", strconv.Itoa(im.Counts.Rejected)+
				" rows cannot be read, so nothing was imported. See them at "+page+" within a day, or run this again with --good-rows.")
		case err != nil:
			return err
		case im.State != pims.StateDone:
			return fault.New(fault.Conflict, "import-not-done", "The import did not finish: it is "+string(im.State)+". "+im.Problem+" See "+page+".")
		}
		return c.report(w.out, im, page)
	})
}

func (c *importCommand) report(out io.Writer, im pims.Import, page string) error {
	if c.JSON {
		return printJSON(out, imported{
			ID: im.ID, Page: page, System: im.System, State: im.State, New: im.Result.New, Changed: im.Result.Changed,
			Unchanged: im.Result.Unchanged, Held: im.Result.Held, Rejected: im.Counts.Rejected,
		})
	}
	_, err := fmt.Fprintf(out, "%d new, %d changed, %d as before, %d held back, %d rows left out.\n%s\n",
		im.Result.New, im.Result.Changed, im.Result.Unchanged, im.Result.Held, im.Counts.Rejected, page)
	return err
}
