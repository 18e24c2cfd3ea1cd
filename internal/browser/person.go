package browser

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
)

// closeTimeout bounds the clean-up of tabs and cookies.
const closeTimeout = 5 * time.Second

// Person is an isolated browser context: its cookies are shared by its journeys and by nobody else. It
// may make several journeys at once, each in a tab of its own.
type Person struct {
	instance *instance
	context  cdp.BrowserContextID
	closing  sync.WaitGroup // tabs of finished trips
}

// NewPerson opens an isolated browser context. When the browser died it is started again, once.
func (b *Browser) NewPerson(ctx context.Context) (*Person, error) {
	i, err := b.alive()
	if err != nil {
		return nil, err
	}
	made, err := cdp.Call(ctx, i.chrome, target.CreateBrowserContext,
		target.CreateBrowserContextParams{DisposeOnDetach: new(true)})
	if err != nil {
		return nil, fmt.Errorf("open a browser context: %w", i.explain(err))
	}
	p := &Person{instance: i, context: made.BrowserContextID}
	_, err = cdp.Call(ctx, i.chrome, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorDeny, BrowserContextID: p.context, EventsEnabled: new(true),
	})
	if err != nil {
		return nil, fmt.Errorf("forbid downloads: %w", i.explain(err))
	}
	return p, nil
}

// Close drops the cookies and what is left of finished trips. A journey that is under way gets stuck.
func (p *Person) Close() error {
	// The tabs wait for their journeys, so the context goes first and takes them with it.
	err := p.dispose()
	p.closing.Wait()
	if err != nil && !p.instance.isGone() {
		return fmt.Errorf("close a browser context: %w", err)
	}
	return nil
}

func (p *Person) dispose() error {
	if p.instance.isGone() {
		return nil
	}
	ctx, cancel := context.WithTimeout(p.instance.ctx, closeTimeout)
	defer cancel()
	_, err := cdp.Call(ctx, p.instance.chrome, target.DisposeBrowserContext,
		target.DisposeBrowserContextParams{BrowserContextID: p.context})
	return err
}

// explain says that the browser is gone when that is why a command failed.
func (i *instance) explain(err error) error {
	if err != nil && i.isGone() {
		return fmt.Errorf("%w: %w", ErrBrowserGone, err)
	}
	return err
}
