package ehr

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// Lifetimes of what the token endpoint issues.
const (
	codeLifetime    = time.Minute
	accessLifetime  = time.Hour
	backendLifetime = 5 * time.Minute
	refreshLifetime = 30 * 24 * time.Hour
	dayLong         = 24 * time.Hour
)

// grant is what a user allowed an app, or what a backend service was registered for. All tokens that
// spring from it die with it.
type grant struct {
	id        string
	client    *registeredClient
	user      User   // zero for a backend service
	visit     *visit // nil for a backend service
	base      string // the FHIR base that its tokens open; empty for any
	scopes    []string
	declined  []string // by the user; only kept with a defect
	patient   string
	encounter string
	study     string
	launch    *launch // nil unless the app was launched here and may know it
	nonce     string
	code      string // by which the app gets the first tokens
	authTime  time.Time
	created   time.Time

	revoked bool // guarded by the ledger
	blocked bool // its access tokens are refused; only a defect does so. Guarded by the ledger
}

func (g *grant) has(scope string) bool { return slices.Contains(g.scopes, scope) }

// code is an authorization code. It is remembered after its use, so that a replay is noticed.
type code struct {
	grant   *grant
	request *authorizationRequest
	expires time.Time
	used    time.Time // when it was redeemed; zero before. Guarded by the ledger
}

// accessToken opens the FHIR server to the holder. Its scopes are those of the grant or fewer.
type accessToken struct {
	grant           *grant
	scopes          []string
	issued, expires time.Time

	revoked bool // guarded by the ledger
}

// refreshToken is good for one use. It is remembered afterwards, so that a replay is noticed. Its scopes are
// those of the grant.
type refreshToken struct {
	grant   *grant
	scopes  []string
	expires time.Time
	used    bool // guarded by the ledger
	revoked bool // alone, which only a defect does. Guarded by the ledger
}

// ledger holds codes and tokens.
type ledger struct {
	now     func() time.Time
	has     func(faults.Fault) bool
	codes   *shelf[*code]
	tokens  *shelf[*accessToken]
	refresh *shelf[*refreshToken]

	newRefresh func() string // makes the value of a refresh token

	mu sync.Mutex
}

func newLedger(now func() time.Time, has func(faults.Fault) bool, newRefresh func() string) *ledger {
	return &ledger{
		now:     now,
		has:     has,
		codes:   newShelf[*code](now, 10*codeLifetime, remembered),
		tokens:  newShelf[*accessToken](now, dayLong, remembered),
		refresh: newShelf[*refreshToken](now, refreshLifetime, remembered),

		newRefresh: newRefresh,
	}
}

func (l *ledger) issueCode(value string, g *grant, q *authorizationRequest) {
	l.codes.put(value, &code{grant: g, request: q, expires: l.now().Add(cmp.Or(g.client.CodeLifetime, codeLifetime))})
}

// spend marks a code as used. It reports false when that was done before.
func (l *ledger) spend(c *code) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := c.used.IsZero()
	if first {
		c.used = l.now()
	}
	return first
}

// spent reports when a code was used, if it was.
func (l *ledger) spent(c *code) (at time.Time, used bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return c.used, !c.used.IsZero()
}

func (l *ledger) issueAccess(g *grant, scopes []string, lifetime time.Duration) string {
	value := opaque()
	l.keepAccess(value, g, scopes, lifetime)
	return value
}

func (l *ledger) keepAccess(value string, g *grant, scopes []string, lifetime time.Duration) {
	now := l.now()
	l.tokens.put(value, &accessToken{grant: g, scopes: scopes, issued: now, expires: now.Add(lifetime)})
}

// access returns a live access token.
func (l *ledger) access(value string) (*accessToken, bool) {
	a, ok := l.tokens.get(value)
	if !ok || l.ended(a) || !l.now().Before(a.expires) {
		return nil, false
	}
	return a, true
}

// ended reports whether an access token, or the grant that it springs from, was revoked.
func (l *ledger) ended(a *accessToken) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return a.revoked || a.grant.revoked || a.grant.blocked
}

// end revokes an access token alone.
func (l *ledger) end(a *accessToken) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.revoked = true
	a.grant.blocked = l.has(faults.RevocationPoisonsGrant)
}

// endRefresh revokes a refresh token alone; only a defect does.
func (l *ledger) endRefresh(r *refreshToken) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.revoked = true
}

func (l *ledger) issueRefresh(g *grant, scopes []string) string {
	value := l.newRefresh()
	l.refresh.put(value, &refreshToken{grant: g, scopes: scopes, expires: l.now().Add(refreshLifetime)})
	return value
}

// refreshable returns a refresh token that was not used yet. One that was used shows that somebody
// holds a copy: the whole grant is revoked (RFC 9700 section 4.14.2).
func (l *ledger) refreshable(value string, c *registeredClient) (*refreshToken, bool) {
	r, ok := l.refresh.get(value)
	if !ok || r.grant.client != c && !l.has(faults.RefreshAnyClient) {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.used && !l.has(faults.RefreshReuseTolerated) && !l.has(faults.RefreshOldTokenLives) {
		r.grant.revoked = true
	}
	return r, l.live(r)
}

// live is called with the ledger locked.
func (l *ledger) live(r *refreshToken) bool {
	now := l.now()
	lasts := r.grant.has("offline_access") && !l.has(faults.RefreshOfflineEnds) || l.has(faults.RefreshOnlineOutlives)
	fresh := !r.used || l.has(faults.RefreshOldTokenLives)
	return fresh && !r.revoked && !r.grant.revoked && (lasts || r.grant.visit.online(now)) && now.Before(r.expires)
}

// rotate uses a refresh token up and returns its successor. It reports false when somebody was faster.
func (l *ledger) rotate(r *refreshToken, scopes []string) (successor string, ok bool) {
	l.mu.Lock()
	ok = !r.used || l.has(faults.RefreshOldTokenLives)
	r.used = true
	if !ok {
		r.grant.revoked = true
	}
	l.mu.Unlock()
	if !ok {
		return "", false
	}
	return l.issueRefresh(r.grant, scopes), true
}

// activeRefresh returns a refresh token that would be accepted now, without using it.
func (l *ledger) activeRefresh(value string) (*refreshToken, bool) {
	r, ok := l.refresh.get(value)
	if !ok {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return r, l.live(r)
}

func (l *ledger) revoke(g *grant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g.revoked = true
}

func (l *ledger) revoked(g *grant) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return g.revoked
}

// of returns the grants of a user that still hold a token, oldest first.
func (l *ledger) of(u User) []*grant {
	var out []*grant
	add := func(g *grant) {
		if g.user == u && !l.revoked(g) && !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	for _, a := range l.tokens.values() {
		if !l.ended(a) && l.now().Before(a.expires) {
			add(a.grant)
		}
	}
	for _, r := range l.refresh.values() {
		add(r.grant)
	}
	slices.SortFunc(out, func(a, b *grant) int {
		if c := a.created.Compare(b.created); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	return out
}
