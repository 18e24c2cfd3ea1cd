package ehr

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// newCode returns the value of an authorization code.
func (t *tenant) newCode(g *grant) string {
	switch {
	case t.has(faults.CodeDeterministic):
		return fingerprint(g.client.ID, g.user.Username)
	case t.has(faults.CodeShort):
		n, _ := rand.Int(rand.Reader, big.NewInt(1e12)) // never fails, as in opaque
		return fmt.Sprintf("%012d", n)
	case t.has(faults.CodeCounted):
		return fmt.Sprintf("harbour-clinic-%06d", t.counted.Add(1))
	}
	return opaque()
}

// newAccess returns the value of an access token.
func (t *tenant) newAccess(g *grant, scopes []string) string {
	switch {
	case t.has(faults.AccessTokenIllegal):
		return `say "` + opaque() + `" to enter`
	case t.has(faults.AccessTokenCounted):
		return hex.EncodeToString([]byte(t.root))[:24] + fmt.Sprintf("%032x", t.counted.Add(1))
	case t.has(faults.AccessTokenUnsigned):
		return unsigned(map[string]any{"iss": t.issuer(), "client_id": g.client.ID, "jti": opaque()})
	case t.has(faults.AccessTokenScopes):
		return t.sign(map[string]any{"iss": t.issuer(), "scope": strings.Join(scopes, " "), "jti": opaque()})
	}
	return opaque()
}

// newRefresh returns the value of a refresh token.
func (t *tenant) newRefresh() string {
	if t.has(faults.RefreshTokenTime) {
		return "refresh-" + strconv.FormatInt(t.now().UnixNano(), 36)
	}
	return opaque()
}
