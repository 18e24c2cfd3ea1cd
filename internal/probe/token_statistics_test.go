package probe

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// generator makes the nth secret value.
type generator func(r *rand.ChaCha8, n int) string

func bytesOf(r *rand.ChaCha8, length int) []byte {
	raw := make([]byte, length)
	_, _ = r.Read(raw)
	return raw
}

func hexOf(r *rand.ChaCha8, length int) string { return hex.EncodeToString(bytesOf(r, length)) }

func urlOf(r *rand.ChaCha8, length int) string {
	return base64.RawURLEncoding.EncodeToString(bytesOf(r, length))
}

// digits writes random bytes as one number.
func digits(r *rand.ChaCha8, length, base int) string {
	return new(big.Int).SetBytes(bytesOf(r, length)).Text(base)
}

func uuid(r *rand.ChaCha8, version byte, time []byte) string {
	b := bytesOf(r, 16)
	copy(b, time)
	b[6], b[8] = b[6]&0x0f|version<<4, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// clock is a time in milliseconds, of values that are issued every few hundredths of a second.
func clock(n int) int64 { return 1_790_000_000_000 + int64(n)*37 }

func jwt(n int, parts ...string) string {
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + parts[0] + `","typ":"JWT"}`))
	claims := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"iss":"https://ehr.example","sub":"amy","iat":%d,"jti":"%d"}`, clock(n)/1000, n))
	return strings.Join(append([]string{header, claims}, parts[1:]...), ".")
}

// good are ways to make values that nobody can guess.
var good = map[string]generator{
	"128 bits in hex":                  func(r *rand.ChaCha8, _ int) string { return hexOf(r, 16) },
	"128 bits in upper case hex":       func(r *rand.ChaCha8, _ int) string { return strings.ToUpper(hexOf(r, 16)) },
	"128 bits in base64url":            func(r *rand.ChaCha8, _ int) string { return urlOf(r, 16) },
	"128 bits in padded base64":        func(r *rand.ChaCha8, _ int) string { return base64.StdEncoding.EncodeToString(bytesOf(r, 16)) },
	"128 bits in base32":               func(r *rand.ChaCha8, _ int) string { return base32.StdEncoding.EncodeToString(bytesOf(r, 16)) },
	"128 bits in decimal":              func(r *rand.ChaCha8, _ int) string { return digits(r, 16, 10) },
	"128 bits in base 62":              func(r *rand.ChaCha8, _ int) string { return digits(r, 16, 62) },
	"128 bits in base 36":              func(r *rand.ChaCha8, _ int) string { return digits(r, 16, 36) },
	"128 bits behind a long prefix":    func(r *rand.ChaCha8, _ int) string { return strings.Repeat("harbour-", 8) + hexOf(r, 16) },
	"128 bits behind a clock":          func(r *rand.ChaCha8, n int) string { return fmt.Sprintf("%x.%s", clock(n), hexOf(r, 16)) },
	"128 bits between two fixed UUIDs": func(r *rand.ChaCha8, _ int) string { return "4f1c.9a." + urlOf(r, 16) + ".4f1c-9a" },
	"256 bits in base64url":            func(r *rand.ChaCha8, _ int) string { return urlOf(r, 32) },
	"signed JWT":                       func(r *rand.ChaCha8, n int) string { return jwt(n, "HS256", urlOf(r, 32)) },
	"JWT signed with RSA":              func(r *rand.ChaCha8, n int) string { return jwt(n, "RS256", urlOf(r, 256)) },
	"encrypted JWT":                    func(r *rand.ChaCha8, n int) string { return jwt(n, "dir", urlOf(r, 12), urlOf(r, 90), urlOf(r, 16)) },
	"two random UUIDs":                 func(r *rand.ChaCha8, _ int) string { return uuid(r, 4, nil) + "." + uuid(r, 4, nil) },
}

// bad are ways to make values that can be guessed.
var bad = map[string]generator{
	"a count":                       func(_ *rand.ChaCha8, n int) string { return fmt.Sprint(98 + n) },
	"a count in 32 digits":          func(_ *rand.ChaCha8, n int) string { return fmt.Sprintf("%032x", 4096+n) },
	"a count behind a long prefix":  func(_ *rand.ChaCha8, n int) string { return strings.Repeat("f3a9", 10) + fmt.Sprintf("%06d", n) },
	"a count before a long suffix":  func(_ *rand.ChaCha8, n int) string { return fmt.Sprintf("%06d", n) + strings.Repeat("f3a9", 10) },
	"the time":                      func(_ *rand.ChaCha8, n int) string { return fmt.Sprint(clock(n) * 1_000_003) },
	"the time with a little chance": func(r *rand.ChaCha8, n int) string { return fmt.Sprintf("%x%s", clock(n), hexOf(r, 8)) },
	"64 bits in hex":                func(r *rand.ChaCha8, _ int) string { return hexOf(r, 8) },
	"96 bits in base64url":          func(r *rand.ChaCha8, _ int) string { return urlOf(r, 12) },
	"twelve digits":                 func(r *rand.ChaCha8, _ int) string { return fmt.Sprintf("%012d", r.Uint64()%1e12) },
	"40 letters a or b": func(r *rand.ChaCha8, _ int) string {
		return strings.NewReplacer("0", "a", "1", "b").Replace(fmt.Sprintf("%040b", r.Uint64()>>24))
	},
	"a UUID of version 1": func(r *rand.ChaCha8, n int) string {
		return fmt.Sprintf("%08x-53d4-11f0-9a2b-0242ac120002", uint32(clock(n)*10_000))
	},
	"a UUID of version 7": func(r *rand.ChaCha8, n int) string { return uuid(r, 7, big.NewInt(clock(n)).Bytes()) },
	"JSON without a signature": func(_ *rand.ChaCha8, n int) string {
		return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"user":"amy","client":"growth-chart","scope":"patient/*.rs","session":%08d}`, n*7919))
	},
	"a JWT with alg none":    func(_ *rand.ChaCha8, n int) string { return jwt(n, "none", "") },
	"a JWT signed by nobody": func(_ *rand.ChaCha8, n int) string { return jwt(n, "RS256", "") },
}

func list(generate generator, r *rand.ChaCha8, length int) []issued {
	var values []issued
	for n := range length {
		values = append(values, issued{value: generate(r, n), holder: "app amy", exchange: fmt.Sprintf("token.samples#%d", n+1)})
	}
	return values
}

// verdict judges a sample as codes are judged.
func verdict(s evidence.Sample) checks.Finding {
	record := evidence.Record{Value: evidence.Samples{Codes: s}}
	return checks.CodesUnguessable.Judge(record, checks.Options{Version: checks.V2_2_0})
}

// TestRandomValuesAreNeverAccused tries each way often: an alarm in one run of thousands would be one too
// many.
func TestRandomValuesAreNeverAccused(t *testing.T) {
	const seed, runs = "smartcheck: values that are fine", 40
	for name, generate := range good {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			r := rand.NewChaCha8([32]byte([]byte(seed)))
			for range runs {
				for _, length := range []int{5, 7, 10, 13, 41} {
					s := measure(list(generate, r, length), nil)
					g.Expect(verdict(s).Status).To(Equal(checks.Passed), "%d values: %+v", length, s)
					g.Expect(s.Bits).To(BeNumerically(">=", 112))
				}
			}
		})
	}
}

func TestGuessableValuesAreFound(t *testing.T) {
	const seed = "smartcheck: values that are poor"
	for name, generate := range bad {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			r := rand.NewChaCha8([32]byte([]byte(seed)))
			for _, length := range []int{5, 10, 41} {
				s := measure(list(generate, r, length), nil)
				g.Expect(verdict(s).Status).To(Equal(checks.Failed), "%d values: %+v", length, s)
			}
		})
	}
}

func TestRandomUUIDsAreWarnedOf(t *testing.T) {
	g := NewWithT(t)
	r := rand.NewChaCha8([32]byte{})
	s := measure(list(func(r *rand.ChaCha8, _ int) string { return uuid(r, 4, nil) }, r, 12), nil)
	g.Expect(verdict(s).Status).To(Equal(checks.Warned), "%+v", s)
}

func TestFewValuesAreNotJudged(t *testing.T) {
	g := NewWithT(t)
	g.Expect(verdict(measure(nil, nil)).Status).To(Equal(checks.Skipped))
	r := rand.NewChaCha8([32]byte{})
	few := list(bad["a count"], r, 4)
	g.Expect(verdict(measure(few, few)).Status).To(Equal(checks.Skipped), "the same values again are no further ones")
}

func TestValuesOfSeveralHoldersAreFound(t *testing.T) {
	g := NewWithT(t)
	r := rand.NewChaCha8([32]byte{})
	values := list(good["256 bits in base64url"], r, 12)
	stolen := issued{value: values[3].value, holder: "another app amy"}
	s := measure(values, []issued{values[5], stolen})
	g.Expect(s.Repeated).To(Equal(1))
	g.Expect(s.Values).To(Equal(12))
	g.Expect(verdict(s).Status).To(Equal(checks.Failed))
}

func TestMeasures(t *testing.T) {
	g := NewWithT(t)
	var values []issued
	for n := range 12 {
		values = append(values, issued{value: fmt.Sprintf("at-%02d%c.end", 10+n, "xyz"[n%3]), holder: "h", exchange: "e#1"})
	}
	s := measure(values, nil)
	s.Exchanges = nil
	g.Expect(s).To(Equal(evidence.Sample{
		Values: 12, Form: evidence.Opaque, Shortest: 10, Longest: 10, Prefix: 3, Suffix: 4, Varying: 3, Alphabet: 32,
		Sorted: true, Head: 2, Bits: s.Bits,
	}))
	g.Expect(s.Bits).To(BeNumerically("<", 6))
}

// TestASampleHoldsNoValue holds the evidence to its promise.
func TestASampleHoldsNoValue(t *testing.T) {
	g := NewWithT(t)
	values := list(bad["64 bits in hex"], rand.NewChaCha8([32]byte{}), 12)
	raw, err := json.Marshal(measure(values, nil))
	g.Expect(err).NotTo(HaveOccurred())
	for _, v := range values {
		g.Expect(string(raw)).NotTo(ContainSubstring(v.value[:6]))
	}
}

func TestPossible(t *testing.T) {
	g := NewWithT(t)
	g.Expect(atMost(1, 3, 2)).To(BeNumerically("~", 0.25, 1e-12))
	g.Expect(atMost(2, 2, 10)).To(BeNumerically("~", 1, 1e-12))
	g.Expect(possible(1, 40, 64)).To(Equal(1))
	g.Expect(possible(16, 40, 16)).To(Equal(16))
	g.Expect(possible(2, 40, 64)).To(Equal(2))
	g.Expect(possible(30, 40, 64)).To(Equal(64))
}
