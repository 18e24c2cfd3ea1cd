package session

import "context"

// What work can wait for that others hold.
const (
	forBrowser = "a slot of the browser"
	forRequest = "a slot for a request"
	forOther   = "what another probe makes"
)

// watcher is told when work begins to wait, and returns what is called when it goes on.
type watcher func(what string) (over func())

type watcherKey struct{}

// Watched returns a context whose work tells waits when it begins to wait for something that others hold, such
// as a slot of the browser, or for a person. What waits returns is called when the work goes on. Both may be
// called from several goroutines.
func Watched(ctx context.Context, waits func(what string) (over func())) context.Context {
	return context.WithValue(ctx, watcherKey{}, watcher(waits))
}

// waiting tells the watcher of the context, if there is one.
func waiting(ctx context.Context, what string) (over func()) {
	waits, ok := ctx.Value(watcherKey{}).(watcher)
	if !ok {
		return func() {}
	}
	return waits(what)
}

// acquire puts a token into slots, and tells the watcher when it has to wait for that.
func acquire(ctx context.Context, slots chan<- struct{}, what string) error {
	select {
	case slots <- struct{}{}:
		return nil
	default:
	}
	defer waiting(ctx, what)()
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
