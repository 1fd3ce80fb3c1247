package mail

import (
	"sync/atomic"
	"time"
)

var ClaimN, ClaimT, StoreN, StoreT, StoreM, GatherT, WaitT atomic.Int64

func since(c *atomic.Int64, t time.Time) { c.Add(int64(time.Since(t))) }
