package secret_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"catflap/internal/foundation/secret"
)

// BenchmarkVerify reports what share of the machine's raw Argon2id rate is left
// when many callers verify passwords at once. Raw and pooled runs alternate,
// because other work on the machine comes and goes.
func BenchmarkVerify(b *testing.B) {
	ring, err := secret.CreateRing(filepath.Join(b.TempDir(), "keys.json"))
	if err != nil {
		b.Fatal(err)
	}
	h := secret.NewHasher(ring, secret.Options{})
	phc, err := h.Hash(b.Context(), "correct horse")
	if err != nil {
		b.Fatal(err)
	}
	salt := make([]byte, 16)
	raw := func() { argon2.IDKey([]byte("correct horse"), salt, 2, 19456, 1, 32) }
	pooled := func() {
		if match, _, err := h.Verify(b.Context(), phc, "correct horse"); !match || err != nil {
			b.Errorf("match %v, %v", match, err)
		}
	}
	for _, callers := range []int{8, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			var rawRate, pooledRate float64
			for b.Loop() {
				rawRate += rate(runtime.GOMAXPROCS(0), raw)
				pooledRate += rate(callers, pooled)
			}
			b.ReportMetric(pooledRate/rawRate, "of-raw")
			b.ReportMetric(pooledRate/float64(b.N), "verified/s")
		})
	}
}

// rate is how many f run per second with so many callers, over about a second.
func rate(callers int, f func()) float64 {
	var n atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for range callers {
		all.Go(func() {
			for time.Since(start) < time.Second {
				f()
				n.Add(1)
			}
		})
	}
	all.Wait()
	return float64(n.Load()) / time.Since(start).Seconds()
}
