package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// screenshots is where TestScreenshots writes; without it, the test is skipped.
var screenshots = flag.String("screenshots", "", "folder for the pictures of TestScreenshots")

// house is what the stories of a run share: one binary, one Chromium in which
// each person has an own profile, and what axe has seen.
type house struct {
	folder   string
	binary   func() (string, error)
	chromium func() (context.Context, error)
	leave    []func()

	mu       sync.Mutex
	examined map[string]map[string]bool // kinds of things by the path that they stood on
}

// shared is process-wide because the binary and the browser are.
var shared house

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	flag.Parse()
	// More stories than processors: most of the time of each is waiting.
	if n := flag.Lookup("test.parallel"); n.Value.String() == n.DefValue {
		if err := n.Value.Set("6"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	if err := os.RemoveAll(kept()); err != nil { // of the run before
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	folder, err := os.MkdirTemp("", "catflap-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }() // a leftover in the temporary folder harms nobody
	shared = house{folder: folder, examined: map[string]map[string]bool{}}
	shared.binary = sync.OnceValues(shared.build)
	shared.chromium = sync.OnceValues(shared.startChromium)
	defer func() {
		for _, end := range shared.leave {
			end()
		}
	}()
	return m.Run()
}

// build makes the binary as it is shipped.
func (h *house) build() (string, error) {
	path := filepath.Join(h.folder, "catflap")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X main.version=story", "-o", path, "./cmd/catflap")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	if words, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the binary: %w\n%s", err, words)
	}
	return path, nil
}

// startChromium starts the browser that all stories use. It reaches this
// machine only, so that a page that asks for anything else fails loudly.
func (h *house) startChromium() (context.Context, error) {
	path, err := chromiumPath()
	if err != nil {
		return nil, err
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-extensions", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-breakpad", true), chromedp.Flag("metrics-recording-only", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-background-timer-throttling", true),
		// Nobody sees the window, and no process has to be started ahead.
		chromedp.Flag("disable-field-trial-config", true),
		chromedp.Flag("disable-features", "PreloadTopChromeWebUI,SpareRendererForSitePerProcess,Translate,MediaRouter,OptimizationHints"),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("lang", "en-GB"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	h.leave = append(h.leave, cancel, end)
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	return ctx, nil
}

// chromiumPath prefers the Chromium without windows, which does the same work in
// half the time.
func chromiumPath() (string, error) {
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("Chromium is not installed, and the stories need it: `make tools` installs it, or install the package chromium-headless-shell")
}
