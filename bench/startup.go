package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// starts is how often the server is started for the figures below.
const starts = 7

// settle is how long a server is left alone before its idle memory is read.
const settle = 500 * time.Millisecond

// reportStart measures the start on a migrated database, the memory of a server
// that nobody has asked for anything yet, and the size of the binary.
func reportStart(ctx context.Context, p *place) error {
	var took, idle []float64
	for range starts {
		server, err := p.serve(ctx)
		if err != nil {
			return err
		}
		took = append(took, float64(server.took.Microseconds())/1000)
		time.Sleep(settle)
		if m, err := server.memory("VmRSS"); err == nil {
			idle = append(idle, float64(m))
		}
		if err := server.stop(); err != nil {
			return err
		}
	}
	slices.Sort(took)
	slices.Sort(idle)
	row("start to ready, migrated database", fmt.Sprintf("%.0f ms", took[starts/2]), "≤ 60 ms",
		fmt.Sprintf("median of %d, %.0f to %.0f ms", starts, took[0], took[starts-1]))
	if len(idle) == starts {
		row("idle memory", mebibytes(int64(idle[starts/2])), "≤ 40 MiB", "resident, with the pages of the binary")
	}
	row("stripped binary", fmt.Sprintf("%.1f MB", float64(p.size)/1e6), "≤ 40 MB", "")
	return nil
}
