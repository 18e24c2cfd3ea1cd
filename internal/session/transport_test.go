package session

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// silent drops what servers log about broken handshakes.
var silent = log.New(io.Discard, "", 0)

func TestPrivateAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "10.1.2.3": true, "172.16.0.1": true, "192.168.1.1": true, "fd00::1": true,
		"169.254.169.254": true, "fe80::1": true, "0.0.0.0": true, "0.1.2.3": true, "::": true, "224.0.0.1": true,
		"100.64.0.1": true, "::ffff:127.0.0.1": true, "64:ff9b::7f00:1": true, "64:ff9b::a9fe:a9fe": true,
		"8.8.8.8": false, "172.32.0.1": false, "100.128.0.1": false, "2001:4860:4860::8888": false, "64:ff9b::808:808": false,
	} {
		t.Run(address, func(t *testing.T) {
			NewWithT(t).Expect(private(netip.MustParseAddr(address).Unmap())).To(Equal(want))
		})
	}
}

// TestPublicTargetsDoNotLeadToPrivateAddresses connects to a server on loopback, which only a target may
// do that lives there itself or says so.
func TestPublicTargetsDoNotLeadToPrivateAddresses(t *testing.T) {
	server := serve(t, answers(200, "application/json", "{}"))
	for name, tc := range map[string]struct {
		base    string
		allowed bool
		refused bool
	}{
		"a public target":                     {"https://192.0.2.1/fhir", false, true},
		"a public target that may":            {"https://192.0.2.1/fhir", true, false},
		"a target on another private address": {"https://10.1.2.3/fhir", false, true},
		"a target on loopback":                {"http://127.0.0.1:1/fhir", false, false},
		"a target named as loopback":          {"http://localhost:1/fhir", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := open(t, tc.base, func(c *target.Config) { c.AllowPrivateAddresses = tc.allowed })
			response, err := s.Client.Get(server.URL)
			visit := s.mayVisit(t.Context(), server.URL)
			if tc.refused {
				g.Expect(err).To(MatchError(errPrivate))
				g.Expect(visit).To(MatchError(errPrivate))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(response.Body.Close()).To(Succeed())
			g.Expect(visit).To(Succeed())
		})
	}
}

func TestWhatABrowserMayVisit(t *testing.T) {
	s := open(t, "http://127.0.0.1:1/fhir")
	for address, may := range map[string]bool{
		"https://ehr.example/authorize": true, "http://ehr.example/authorize?tenant=1": true,
		"": false, "/authorize": false, "ehr.example/authorize": false, "https:///authorize": false, "https://%zz/": false,
		"file:///etc/passwd": false, "javascript:alert(1)": false, "data:text/html,hello": false, "about:blank": false,
	} {
		t.Run(address, func(t *testing.T) {
			NewWithT(t).Expect(s.mayVisit(t.Context(), address) == nil).To(Equal(may))
		})
	}
}

// TestWaitingForASlotIsNotWaitingForTheServer queues requests for longer than one may take.
func TestWaitingForASlotIsNotWaitingForTheServer(t *testing.T) {
	g := NewWithT(t)
	const limit = 2 * time.Second
	var now, most atomic.Int64
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		select {
		case <-time.After(limit / 4):
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, "{}")
	})
	s := open(t, server.URL, func(c *target.Config) { c.Timeouts.Request, c.Concurrency = limit, 1 })
	errs := make([]error, 6)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			req, _ := http.NewRequest(http.MethodGet, server.URL, nil)
			_, errs[i] = s.Scope("queue").Do(t.Context(), req)
		})
	}
	wait.Wait()
	g.Expect(errs).To(HaveEach(Succeed()))
	g.Expect(most.Load()).To(Equal(int64(1)), "one request at a time")
}

func TestSlowAnswers(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"headers": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"body": func(w http.ResponseWriter, r *http.Request) {
			for i := 0; r.Context().Err() == nil; i++ {
				_, _ = fmt.Fprint(w, i)
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(20 * time.Millisecond):
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server := serve(t, handler)
			s := open(t, server.URL, func(c *target.Config) { c.Timeouts.Request, c.Concurrency = 200*time.Millisecond, 1 })
			for range 2 { // the second shows that the first gave its slot back
				req, _ := http.NewRequest(http.MethodGet, server.URL, nil)
				_, err := s.Scope("slow").Do(t.Context(), req)
				g.Expect(err).To(MatchError(ContainSubstring("no complete answer within 200ms")))
				g.Expect(err).To(MatchError(context.DeadlineExceeded))
			}
		})
	}
}

func TestInterruptedRequests(t *testing.T) {
	g := NewWithT(t)
	began := make(chan struct{})
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) { close(began); <-r.Context().Done() })
	s := open(t, server.URL)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-began; cancel() }()
	req, _ := http.NewRequest(http.MethodGet, server.URL, nil)
	_, err := s.Scope("interrupted").Do(ctx, req)
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(err).NotTo(MatchError(context.DeadlineExceeded), "the server is not to blame")
}
