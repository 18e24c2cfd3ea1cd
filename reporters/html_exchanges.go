package reporters

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// maxHTMLExchanges bounds the text of all exchanges of the page together, in bytes of HTML. Those of the
// worst findings come first; the others are told in their first line only.
const maxHTMLExchanges = 12 << 20

// htmlExchange is an exchange as the page shows it, once.
type htmlExchange struct {
	Anchor, ID  string
	Brief       string // method, path, status and time
	Request     string
	Response    string
	Error       string
	Truncated   bool
	Curl        string // a command for a POSIX shell, or ""
	OwnCA       bool   // the command needs the certification authority of the target file
	LeftOut     bool   // the text of the page was long enough without it
	HasResponse bool
}

// htmlExchanges are all exchanges, in the order of the record, and where each stands by its id.
type htmlExchanges struct {
	all   []htmlExchange
	index map[string]int
}

func (v view) exchanges() htmlExchanges {
	out := htmlExchanges{all: make([]htmlExchange, len(v.results.Exchanges)), index: map[string]int{}}
	for i, e := range v.results.Exchanges {
		out.all[i] = htmlExchange{Anchor: fmt.Sprintf("x%d", i+1), ID: line(e.ID), Brief: brief(e), LeftOut: true}
		if _, twice := out.index[e.ID]; !twice {
			out.index[e.ID] = i
		}
	}
	left := maxHTMLExchanges
	for _, i := range v.byImportance(out.index) {
		told := out.all[i].tell(v.results.Exchanges[i], v.results.Target.TLS)
		if size := len(template.HTMLEscapeString(told.Request + told.Response + told.Curl)); size <= left {
			left -= size
			out.all[i] = told
		}
	}
	return out
}

// byImportance lists the exchanges, those of the worst findings first.
func (v view) byImportance(index map[string]int) []int {
	findings := slices.Clone(v.results.Findings)
	slices.SortStableFunc(findings, worseFirst)
	rank := make([]int, len(v.results.Exchanges))
	for i := range rank {
		rank[i] = len(findings)
	}
	for position, f := range findings {
		for _, id := range f.Evidence {
			if at, ok := index[id]; ok {
				rank[at] = min(rank[at], position)
			}
		}
	}
	order := make([]int, len(rank))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rank[a], rank[b]) })
	return order
}

// tell returns the exchange with what was sent and what came back.
func (x htmlExchange) tell(e evidence.Exchange, trust TLSTrust) htmlExchange {
	x.LeftOut = false
	x.Request = fmt.Sprintf("%s %s\n", line(e.Request.Method), line(e.Request.URL)) + messageText(e.Request.Header, e.Request.Body)
	x.Curl, x.OwnCA = curl(e.Request, trust), trust == NamedRoots
	if e.Response == nil {
		x.Error = line(e.Error)
		return x
	}
	x.HasResponse, x.Truncated = true, e.Response.Truncated
	x.Response = strings.TrimSpace(fmt.Sprintf("%d %s", e.Response.Status, http.StatusText(e.Response.Status))) + "\n" +
		messageText(e.Response.Header, e.Response.Body)
	return x
}

func messageText(header evidence.Headers, body string) string {
	var out strings.Builder
	writeMessage(&out, "", header, body)
	return strings.TrimRight(out.String(), "\n")
}

// maxBriefPath bounds the path in the first line of an exchange.
const maxBriefPath = 100

// brief tells an exchange in a line: method, path, status and time.
func brief(e evidence.Exchange) string {
	status := "—"
	if e.Response != nil {
		status = fmt.Sprint(e.Response.Status)
	}
	return fmt.Sprintf("%s %s → %s · %d ms", line(cut(e.Request.Method, 20)), line(cut(pathOf(e.Request.URL), maxBriefPath)), status, e.Millis)
}

// pathOf shortens an address to its path, which is what differs between the exchanges of a run.
func pathOf(address string) string {
	address = withoutQuery(address)
	if _, rest, ok := strings.Cut(address, "://"); ok {
		if at := strings.IndexByte(rest, '/'); at >= 0 {
			return rest[at:]
		}
	}
	return address
}
