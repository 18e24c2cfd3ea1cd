package probe

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// issued is a secret value, who holds it, and the exchange that brought it.
type issued struct{ value, holder, exchange string }

// shownExchanges is how many exchanges of a sample a report shows.
const shownExchanges = 5

// measure tells what values give away together. chain are values in the order of their issue, and more are
// values whose order is not known.
func measure(chain, more []issued) evidence.Sample {
	var s evidence.Sample
	s.Repeated = repeated(slices.Concat(chain, more))
	chain = firsts(chain)
	all := firsts(slices.Concat(chain, more))
	s.Values = len(all)
	if s.Values == 0 {
		return s
	}
	values := make([]string, len(all))
	for i, v := range all {
		values[i] = v.value
		if v.exchange != "" && len(s.Exchanges) < shownExchanges && !slices.Contains(s.Exchanges, v.exchange) {
			s.Exchanges = append(s.Exchanges, v.exchange)
		}
	}
	s.Form, s.Unsigned, values = unforgeable(values)
	s.Shortest, s.Longest = len(values[0]), len(values[0])
	for _, v := range values {
		s.Shortest, s.Longest = min(s.Shortest, len(v)), max(s.Longest, len(v))
	}
	s.Prefix, s.Suffix = shared(values)
	for i := range values {
		values[i] = values[i][s.Prefix : len(values[i])-s.Suffix]
	}
	s.Sorted, s.Head = sorted(values[:len(chain)])
	estimate(&s, values)
	return s
}

// repeated counts the values that more than one holder got.
func repeated(values []issued) int {
	holder, twice := map[string]string{}, map[string]bool{}
	for _, v := range values {
		if other, known := holder[v.value]; known && other != v.holder {
			twice[v.value] = true
		}
		holder[v.value] = v.holder
	}
	return len(twice)
}

// firsts leaves out what was there before.
func firsts(values []issued) []issued {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(values), func(v issued) bool {
		again := seen[v.value]
		seen[v.value] = true
		return again
	})
}

var uuid4 = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// unforgeable returns what the values are, how many of them are JWTs without a signature, and the parts
// that are to be measured: a JWT says the same of everybody and is protected by its signature, or by its
// encryption.
func unforgeable(values []string) (form evidence.Form, unsigned int, parts []string) {
	counted := map[evidence.Form]int{}
	for _, v := range values {
		form, part := evidence.Opaque, v
		pieces := strings.Split(v, ".")
		switch algorithm := jwtAlgorithm(pieces[0]); {
		case algorithm != "" && len(pieces) == 3:
			form, part = evidence.JWS, pieces[2]
			if strings.EqualFold(algorithm, "none") || part == "" {
				unsigned++
			}
		case algorithm != "" && len(pieces) == 5:
			form, part = evidence.JWE, pieces[3]+pieces[4]
		case uuid4.MatchString(v):
			form = evidence.UUID4
		}
		counted[form]++
		parts = append(parts, part)
	}
	for form, count := range counted {
		if count == len(values) {
			return form, unsigned, parts
		}
	}
	return evidence.Opaque, unsigned, slices.Clone(values)
}

// jwtAlgorithm returns alg of a JOSE header, or "" when it is none.
func jwtAlgorithm(header string) string {
	raw, err := base64.RawURLEncoding.DecodeString(header)
	var h struct{ Alg string }
	if err != nil || json.Unmarshal(raw, &h) != nil {
		return ""
	}
	return h.Alg
}

// shared returns how many bytes all values begin with and how many all end with, without overlap.
func shared(values []string) (prefix, suffix int) {
	first, shortest := values[0], len(values[0])
	for _, v := range values {
		shortest = min(shortest, len(v))
	}
	all := func(at func(v string) byte) bool {
		return !slices.ContainsFunc(values, func(v string) bool { return at(v) != at(first) })
	}
	for prefix < shortest && all(func(v string) byte { return v[prefix] }) {
		prefix++
	}
	for suffix < shortest-prefix && all(func(v string) byte { return v[len(v)-1-suffix] }) {
		suffix++
	}
	return prefix, suffix
}

// fewestInOrder is how many values are not in order by chance: one list of ten in almost two million is, up
// or down, and then the order explains no more than two or three characters.
const fewestInOrder = 10

// sorted reports whether values rise or fall from each to the next, and how many characters at their
// beginning suffice for that. Shorter numbers are smaller.
func sorted(values []string) (ordered bool, head int) {
	if len(values) < fewestInOrder {
		return false, 0
	}
	rising := func(values []string) bool {
		for i := 1; i < len(values); i++ {
			a, b := values[i-1], values[i]
			if len(a) > len(b) || len(a) == len(b) && a >= b {
				return false
			}
		}
		return true
	}
	backwards := slices.Clone(values)
	slices.Reverse(backwards)
	switch {
	case rising(values):
	case rising(backwards):
		values = backwards
	default:
		return false, 0
	}
	longest := 0
	for _, v := range values {
		longest = max(longest, len(v))
	}
	for head = 1; head < longest; head++ {
		cut := make([]string, len(values))
		for i, v := range values {
			cut[i] = v[:min(head, len(v))]
		}
		if rising(cut) {
			break
		}
	}
	return true, head
}

// written is an alphabet.
type written struct {
	size int
	form *regexp.Regexp
}

// alphabets are those that secrets are usually written in, the smallest first.
var alphabets = []written{
	{10, regexp.MustCompile(`^[0-9]*$`)},
	{16, regexp.MustCompile(`^([0-9a-f]*|[0-9A-F]*)$`)},
	{32, regexp.MustCompile(`^([A-Z2-7]*|[a-z2-7]*)$`)},
	{36, regexp.MustCompile(`^([0-9a-z]*|[0-9A-Z]*)$`)},
	{62, regexp.MustCompile(`^[0-9A-Za-z]*$`)},
	{64, regexp.MustCompile(`^([0-9A-Za-z_-]*|[0-9A-Za-z+/]*)$`)},
	{94, regexp.MustCompile(``)},
}

// estimate counts the positions that vary and sums up what each can hold: as much as its alphabet, or less
// where fewer different characters occur than chance allows. Positions that half of the values lack do not
// count.
func estimate(s *evidence.Sample, values []string) {
	var columns [][]byte
	var varying strings.Builder
	for at := 0; ; at++ {
		var column []byte
		for _, v := range values {
			if at < len(v) {
				column = append(column, v[at])
			}
		}
		if 2*len(column) <= len(values) {
			break
		}
		if different(column) > 1 {
			varying.Write(column)
			s.Varying++
		}
		columns = append(columns, column)
	}
	if s.Varying == 0 {
		return
	}
	s.Alphabet = alphabet(varying.String())
	bits := 0.0
	for at, column := range columns {
		if at >= s.Head {
			bits += math.Log2(float64(possible(different(column), len(column), s.Alphabet)))
		}
	}
	s.Bits = int(bits)
}

// alphabet returns how many characters those of text can have been drawn from.
func alphabet(text string) int {
	i := slices.IndexFunc(alphabets, func(a written) bool { return a.form.MatchString(text) })
	seen := different([]byte(text))
	if len(text) > 8*alphabets[i].size { // next to none can be missing
		return seen
	}
	return possible(seen, len(text), alphabets[i].size)
}

func different(column []byte) int {
	seen := map[byte]bool{}
	for _, c := range column {
		seen[c] = true
	}
	return len(seen)
}

// unlikely is how improbable what was seen at one position must be before its alphabet is taken to be
// smaller.
const unlikely = 1e-6

// possible returns the size of the largest alphabet, up to most, from which n draws give no more than d
// different characters without that being unlikely. A position that never varies holds one.
func possible(d, n, most int) int {
	if d <= 1 {
		return 1
	}
	for size := most; size > d; size-- {
		if atMost(d, n, size) >= unlikely {
			return size
		}
	}
	return min(d, most)
}

// atMost is the probability of at most d different characters in n draws from an alphabet.
func atMost(d, n, size int) float64 {
	chance := make([]float64, n+2) // of so many different ones so far
	chance[0] = 1
	for range n {
		for k := n; k >= 0; k-- {
			next := chance[k] * float64(k) / float64(size)
			if k > 0 && k <= size {
				next += chance[k-1] * float64(size-k+1) / float64(size)
			}
			chance[k] = next
		}
	}
	sum := 0.0
	for k := 0; k <= min(d, n); k++ {
		sum += chance[k]
	}
	return sum
}
