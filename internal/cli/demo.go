package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"catflap/internal/app"
	"catflap/internal/app/demo"
	"catflap/internal/config"
)

type demoCommand struct {
	config.Config `embed:""`
}

// Run serves a practice that is already at work, from a directory that is
// removed afterwards. The settings for data and database do not count here.
func (c *demoCommand) Run(w *world) error {
	if err := w.settings(&c.Config); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "catflap-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	c.Data = folder
	c.LogLevel = "warn" // what is printed here is for a person who tries things out
	c.Database = config.Database("sqlite:" + filepath.Join(folder, "catflap.db"))
	return run(w, &c.Config, func(a *app.App) error {
		fmt.Fprintln(w.out, "Preparing the demonstration: two branches, staff, an import, pet parents. This takes a moment.")
		cast, err := demo.Play(w.ctx, a)
		if err != nil {
			return err
		}
		return cast.Print(w.out)
	})
}
