// Package browser makes front-channel trips in a real Chromium: it signs in, picks a patient, answers
// the consent page and reports where the trip ended and what was seen on the way. Navigations to the
// client's own URIs are caught in the browser and answered locally; they never reach the network.
//
// One Browser runs one Chromium. A Person is an isolated set of cookies in it; a Journey is one trip of
// that person in a tab of its own. Everything that a server sends is hostile: a trip ends within its
// timeout, with a Trace, whatever the pages do.
package browser

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/chromedp"
)

// Options configure the Chromium of a Browser. The zero value is a headless one that trusts what the
// system trusts.
type Options struct {
	ExecPath  string // which Chromium to run; empty means Find
	Headed    bool   // show the window
	Roots     []byte // CA certificates in PEM, trusted besides those of the system
	Insecure  bool   // accept every certificate
	UserAgent string // replaces the User-Agent of Chromium
	// Logf receives what goes wrong between us and the browser, for debugging. Nil discards it.
	Logf func(format string, args ...any)
}

// startTimeout bounds the start of Chromium, which takes well under a second on an idle machine.
const startTimeout = 60 * time.Second

// maxRestarts bounds how often a browser that died is started again.
const maxRestarts = 1

// Browser is one running Chromium. It is safe for concurrent use.
type Browser struct {
	ctx     context.Context
	options Options
	roots   []*x509.Certificate

	mu       sync.Mutex
	current  *instance
	restarts int
	closed   bool
}

// Start runs a Chromium that lives until Close, or until ctx ends.
func Start(ctx context.Context, options Options) (*Browser, error) {
	if options.Headed {
		if err := Display(); err != nil {
			return nil, err
		}
	}
	if options.ExecPath == "" {
		find := Find
		if options.Headed {
			find = FindHeaded
		}
		path, err := find()
		if err != nil {
			return nil, err
		}
		options.ExecPath = path
	}
	b := &Browser{ctx: ctx, options: options}
	if len(options.Roots) > 0 {
		roots, err := parseRoots(options.Roots)
		if err != nil {
			return nil, err
		}
		b.roots = roots
	}
	started, err := b.launch()
	if err != nil {
		return nil, err
	}
	b.current = started
	return b, nil
}

// PID returns the id of the browser's process.
func (b *Browser) PID() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.current.chrome.Process().Pid
}

// Close ends the browser, its process and no other, and removes its profile.
func (b *Browser) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	return b.current.close()
}

// alive returns the running instance. It starts the browser again when it died, once.
func (b *Browser) alive() (*instance, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return nil, fmt.Errorf("%w: it was closed", ErrBrowserGone)
	case !b.current.isGone():
		return b.current, nil
	case b.ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", ErrBrowserGone, b.ctx.Err())
	case b.restarts >= maxRestarts:
		return nil, fmt.Errorf("%w: it died %d times; is there enough memory for %s?",
			ErrBrowserGone, b.restarts+1, b.options.ExecPath)
	}
	b.restarts++
	_ = b.current.close() // it is dead; what is left is its profile
	started, err := b.launch()
	if err != nil {
		return nil, fmt.Errorf("%w and does not start again: %w", ErrBrowserGone, err)
	}
	b.current = started
	return started, nil
}

// launch starts the process and takes charge of its requests.
func (b *Browser) launch() (*instance, error) {
	flags, env, untrust, err := trust(b.roots)
	if err != nil {
		return nil, err
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(b.ctx, b.allocatorOptions(flags, env)...)
	logf := b.options.Logf
	if logf == nil {
		logf = func(string, ...any) {}
	}
	ctx, stop := chromedp.NewContext(allocator, chromedp.WithErrorf(logf), chromedp.WithLogf(logf))
	i := &instance{ctx: ctx, untrust: untrust, stop: func() { stop(); stopAllocator() }}

	// The life of the process is that of ctx, so the start is bounded from outside.
	late := time.AfterFunc(startTimeout, stop)
	defer late.Stop()
	if err := i.takeCharge(); err != nil {
		if !late.Stop() {
			err = fmt.Errorf("no answer within %s: %w", startTimeout, err)
		}
		return nil, errors.Join(fmt.Errorf("start the browser %s: %w", b.options.ExecPath, err), i.close())
	}
	return i, nil
}

// allocatorOptions are the flags and the environment of the process.
func (b *Browser) allocatorOptions(flags, env []string) []chromedp.ExecAllocatorOption {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(b.options.ExecPath),
		chromedp.NoInheritEnv,
		chromedp.Env(append(environment(), env...)...),
		chromedp.WindowSize(1280, 1024),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("deny-permission-prompts", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("lang", "en-US"),
		// A page that floods the browser with navigations is slowed down by it.
		chromedp.Flag("disable-ipc-flooding-protection", false),
		// Iframes of every origin stay in the process of their page, so that its session sees them.
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag("disable-features", strings.Join([]string{
			"IsolateOrigins", "site-per-process", "Translate", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable",
			"LocalNetworkAccessChecks", "MediaRouter", "OptimizationHints", "Prerender2",
		}, ",")),
	)
	if b.options.Headed {
		options = append(options, chromedp.VisibleWindow)
	}
	if b.options.Insecure {
		options = append(options, chromedp.IgnoreCertErrors)
	}
	if b.options.UserAgent != "" {
		options = append(options, chromedp.UserAgent(b.options.UserAgent))
	}
	for _, flag := range flags {
		name, value, _ := strings.Cut(flag, "=")
		options = append(options, chromedp.Flag(name, value))
	}
	return options
}

// inherited are the variables that a browser needs. It gets no others: the environment of a run holds
// secrets.
var inherited = []string{
	"HOME", "PATH", "TMPDIR", "LANG", "TZ", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR",
	"DBUS_SESSION_BUS_ADDRESS", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "FONTCONFIG_FILE",
	"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	"SYSTEMROOT", "TEMP", "LOCALAPPDATA", "USERPROFILE",
}

func environment() []string {
	var env []string
	for _, name := range inherited {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
