package petparentweb_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func TestHTMX(t *testing.T) {
	if os.Getenv("LOOK2") == "" {
		t.Skip()
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun)
	defer stop()
	ctx, cancel := chromedp.NewContext(ctx)
	defer cancel()
	if err := chromedp.Do(ctx); err != nil { t.Fatal(err) }
	go func() {
		for m, err := range chromedp.Console(ctx) {
			fmt.Println("CONSOLE", m, err)
		}
	}()
	js := func(s string) {
		v, err := chromedp.Run(ctx, chromedp.Evaluate[any](s))
		fmt.Println(s[:min(len(s),60)], "=>", v, err)
	}
	nav := func(u string) { if err := chromedp.Do(ctx, chromedp.Navigate(u)); err != nil { t.Fatal(err) } }
	nav("http://127.0.0.1:9301/paws/pet-parents/pet-app")
	js("document.querySelectorAll('#list tr').length")
	js("document.querySelector('#more a').click()")
	time.Sleep(time.Second)
	js("document.querySelectorAll('#list tr').length + ' ' + document.querySelectorAll('#more').length + ' ' + document.querySelectorAll('#more a').length + ' ' + document.querySelectorAll('#count').length+ ' ' + document.querySelectorAll('table').length")
	js("let q=document.getElementById('q'); q.value='brown'; q.dispatchEvent(new Event('input',{bubbles:true}))")
	time.Sleep(time.Second)
	js("document.querySelectorAll('#list tr').length + ' ' + document.querySelector('#count').textContent+ ' ' + document.querySelectorAll('#count').length + ' ' + document.querySelector('#list').innerText")
	js("let b=document.getElementById('branch'); b.selectedIndex=1; b.dispatchEvent(new Event('change',{bubbles:true}))")
	time.Sleep(time.Second)
	js("document.querySelector('#rows').innerText + location.href")
	js("let f=document.getElementById('find'); f.value='mochi'; f.dispatchEvent(new Event('input',{bubbles:true}))")
	time.Sleep(time.Second)
	js("document.querySelector('#found').innerText")
}
