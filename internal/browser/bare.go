package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/chromedp"
)

// Bare starts the Chromium of this machine with nothing of a run around it: to look at pages of our own, and to
// measure against. It returns the context of its first tab, which stop ends together with the process.
func Bare(ctx context.Context, extra ...chromedp.ExecAllocatorOption) (tab context.Context, stop func(), err error) {
	path, err := Find()
	if err != nil {
		return nil, nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true))
	allocator, stopAllocator := chromedp.NewExecAllocator(ctx, append(options, extra...)...)
	tab, stopTab := chromedp.NewContext(allocator)
	stop = func() { stopTab(); stopAllocator() }
	if err := chromedp.Do(tab); err != nil {
		stop()
		return nil, nil, fmt.Errorf("start the browser %s: %w", path, err)
	}
	return tab, stop, nil
}
