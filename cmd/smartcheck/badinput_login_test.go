package main

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/ehr"
	"github.com/smart-conformance/smartcheck/internal/sandbox"
)

// waitingServer returns a server, not started, whose handlers may wait for ever: they end with the test. Without
// that, one that leaves the body of a POST unread never learns that the client has gone.
func waitingServer(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = silent
	server.Config.BaseContext = func(net.Listener) context.Context { return t.Context() }
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

// startLogin serves a SMART configuration whose authorization endpoint is the handler, and writes a target
// file for it. requests counts what the server was asked.
func startLogin(t *testing.T, authorize http.HandlerFunc, more ...string) (file string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	mux := http.NewServeMux()
	server := waitingServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		mux.ServeHTTP(w, r)
	}))
	server.StartTLS()
	mux.HandleFunc("/fhir/.well-known/smart-configuration",
		sends("application/json", []byte(strings.ReplaceAll(minimal, "https://ehr.example", server.URL))))
	mux.HandleFunc("/authorize", authorize)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	return targetFile(t, server.URL+"/fhir", append(more, "tls: {ca: \""+ca+"\"}\n", app)...), requests
}

func page(title, body string) http.HandlerFunc {
	return sends("text/html; charset=utf-8", fmt.Appendf(nil, "<!doctype html><title>%s</title><h1>%[1]s</h1>%s", title, body))
}

// TestRunDefeatedByLogin meets authorization endpoints that lead nowhere. What needs no login is judged.
func TestRunDefeatedByLogin(t *testing.T) {
	for name, tc := range map[string]struct {
		authorize http.HandlerFunc
		says      string
	}{
		"never loads": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "the trip took too long"},
		"never ends": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "<!doctype html><title>Sign in</title><p>")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "the trip took too long"},
		"is unknown": {page("Weather", `<form><button>Sunshine</button><button>Rain</button></form>`), "the page was not understood"},
		"redirects to itself": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"?n="+strconv.FormatInt(time.Now().UnixNano(), 36), http.StatusFound)
		}, "the server redirects endlessly"},
		"refuses the password": {page("Sign in", `<form method=post action="/authorize"><p role=alert>Wrong password</p>
			<input name=username autocomplete=username><input name=password type=password><button>Sign in</button></form>`), "sign-in refused"},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "the page could not be loaded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			file, _ := startLogin(t, tc.authorize, impatient)
			p := runs(t, environment, "run", "-c", file,
				"--label-filter", "area:discovery || check:launch.patient-standalone-public || check:authorize.post || check:token.json")
			g.Expect(p.finding("discovery.json").Status).To(Equal(checks.Passed))
			launch := p.finding("launch.patient-standalone-public")
			g.Expect(launch.Status).To(Equal(checks.Undecided), launch.Message)
			g.Expect(launch.Reason).To(ContainSubstring(tc.says))
			g.Expect(launch.Reason).NotTo(ContainSubstring(environment["PATIENT_PASSWORD"]))
			g.Expect(p.finding("authorize.post").Status).To(Equal(checks.Undecided))
			g.Expect(p.code()).To(Equal(3), "%s", &p.out)
		})
	}
}

// TestRunAddressesThatNoBrowserOpens gives authorization endpoints that are not for a browser.
func TestRunAddressesThatNoBrowserOpens(t *testing.T) {
	for _, endpoint := range []string{"file:///etc/passwd", "javascript:alert(1)", "/authorize", "chrome://version"} {
		t.Run(endpoint, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			document := strings.Replace(minimal, "https://ehr.example/authorize", endpoint, 1)
			p := runs(t, environment, "run", "-c", targetFile(t, startServer(t, sends("application/json", []byte(document))), impatient, app),
				"--check", "launch.patient-standalone-public")
			launch := p.finding("launch.patient-standalone-public")
			g.Expect(launch.Status).To(Equal(checks.Undecided))
			g.Expect(launch.Reason).To(ContainSubstring("it is no absolute http or https URL"))
			g.Expect(p.code()).To(Equal(3))
		})
	}
}

// startReference starts the reference EHR and writes a target file for its public client.
func startReference(t *testing.T) (file string, env map[string]string) {
	t.Helper()
	g := NewWithT(t)
	server, err := sandbox.Start(t.Context(), "")
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	g.Expect(os.WriteFile(ca, server.CAPEM(), 0o600)).To(Succeed())
	file = targetFile(t, server.Base(""), "tls: {ca: \""+ca+"\"}\n", fmt.Sprintf(`
users:
  patient: {username: %s, password: "${PATIENT_PASSWORD}"}
clients:
  public: {id: %s, redirect: %q}
`, ehr.PatientUsername, ehr.DemoPublicID, ehr.DemoRedirectURI))
	return file, map[string]string{"PATIENT_PASSWORD": ehr.PatientPassword}
}

// TestRunOutlivesItsBrowser kills every browser that the program starts.
func TestRunOutlivesItsBrowser(t *testing.T) {
	g := NewWithT(t)
	file, env := startReference(t)
	p := command(t, env, "run", "-c", file, "--suite", "discovery,launch,authorize")
	p.Args = append(p.Args, "--reports", p.reports)
	p.start()
	var killed atomic.Int64
	ended := make(chan struct{})
	killing := make(chan struct{})
	go func() {
		defer close(killing)
		for {
			select {
			case <-ended:
				return
			case <-time.After(50 * time.Millisecond): // nobody tells when a process starts another
				killed.Add(killDescendants(p.Process.Pid))
			}
		}
	}()
	p.wait()
	close(ended)
	<-killing
	g.Expect(killed.Load()).To(BeNumerically(">=", 1), "no browser was there to be killed")
	g.Expect(p.finding("discovery.json").Status).To(Equal(checks.Passed))
	launch := p.finding("launch.patient-standalone-public")
	g.Expect(launch.Status).To(Equal(checks.Undecided), launch.Message)
	g.Expect(launch.Reason).To(Or(ContainSubstring("the browser is gone"), ContainSubstring("start the browser")))
	g.Expect(p.results().Summary.Fail).To(BeZero(), "a dead browser is no verdict on the server")
	g.Expect(p.code()).To(Equal(3))
}

// killDescendants kills the processes that pid has started, with those that they have started, and no
// others.
func killDescendants(pid int) (killed int64) {
	for _, id := range descendants(pid) {
		if syscall.Kill(id, syscall.SIGKILL) == nil {
			killed++
		}
	}
	return killed
}

// descendants returns the processes that pid has started and those that they have started: a browser may
// stand behind a script, and has processes of its own.
func descendants(pid int) (ids []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		children, _ := os.ReadFile(list)
		for child := range strings.FieldsSeq(string(children)) {
			if id, err := strconv.Atoi(child); err == nil {
				ids = append(append(ids, id), descendants(id)...)
			}
		}
	}
	return ids
}

// TestRunInterrupted sends SIGINT while the login page keeps the run waiting.
func TestRunInterrupted(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			waiting := make(chan struct{}, 1)
			file, requests := startLogin(t, func(_ http.ResponseWriter, r *http.Request) {
				select {
				case waiting <- struct{}{}:
				default: // the first is told
				}
				<-r.Context().Done()
			})
			p := command(t, environment, "run", "-c", file, "--suite", "discovery,launch,authorize,pkce", "--format", "json")
			p.Args = append(p.Args, "--reports", p.reports)
			p.start()
			select {
			case <-waiting:
			case <-time.After(patience / 2):
				t.Fatal("the browser did not come")
			}
			before := int64(0)
			g.Eventually(func() bool { // the probes that need no login have asked all that they ask
				now := requests.Load()
				defer func() { before = now }()
				return now == before
			}, patience/2, time.Second).Should(BeTrue())
			g.Expect(p.Process.Signal(signal)).To(Succeed())
			signalled := time.Now()
			p.wait()
			g.Expect(time.Since(signalled)).To(BeNumerically("<", 15*time.Second))
			g.Expect(p.code()).To(Equal(3))
			g.Expect(p.errors.String()).To(ContainSubstring("the run was interrupted"))

			launch := p.finding("launch.patient-standalone-public")
			g.Expect(launch.Status).To(Equal(checks.Undecided))
			g.Expect(launch.Reason).To(Equal("the run was interrupted"))
			g.Expect(p.finding("discovery.json").Status).To(Equal(checks.Passed), "what was judged until then is kept")
			wanted := 0
			for _, c := range checks.All() {
				if a := c.Area(); a == "discovery" || a == "launch" || a == "authorize" || a == "pkce" {
					wanted++
				}
			}
			g.Expect(p.results().Findings).To(HaveLen(wanted))
			written, err := os.ReadFile(filepath.Join(p.reports, "results.json"))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(p.out.String()).To(Equal(string(written)), "standard output holds the one machine format")
		})
	}
}

// TestClosingInterrupted sends SIGINT while a run in which all is judged waits for the server to remove the client that
// it registered.
func TestClosingInterrupted(t *testing.T) {
	for name, tc := range map[string]struct {
		signals int
		answers bool // the server answers after the signals
	}{
		"once": {1, true}, "twice": {2, false}, "three times": {3, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			closing, answer := make(chan struct{}), make(chan struct{})
			once := sync.OnceFunc(func() { close(closing) })
			file := startRegistry(t, func(w http.ResponseWriter, r *http.Request) {
				once()
				select {
				case <-answer:
				case <-r.Context().Done():
				}
				w.WriteHeader(http.StatusNoContent)
			})
			evidence := filepath.Join(t.TempDir(), "evidence.zip")
			p := command(t, nil, "run", "-c", file, "--check", "registration.client-id,registration.created",
				"--evidence", evidence)
			p.Args = append(p.Args, "--reports", p.reports)
			p.start()
			select {
			case <-closing:
			case <-time.After(patience / 2):
				t.Fatal("the client was not removed")
			}
			signalled := time.Now()
			for range tc.signals {
				g.Expect(p.Process.Signal(os.Interrupt)).To(Succeed())
				time.Sleep(300 * time.Millisecond) // signals that come together count once
			}
			if tc.answers {
				close(answer)
			}
			p.wait()
			g.Expect(time.Since(signalled)).To(BeNumerically("<", 10*time.Second))
			g.Expect(p.results().Summary.Pass).To(Equal(2), "%s", p.out.String())
			g.Expect(p.errors.String()).NotTo(ContainSubstring("the run was interrupted"))
			g.Expect(p.code()).To(Equal(0))
			judged := runs(t, nil, "judge", evidence)
			again, err := os.ReadFile(filepath.Join(judged.reports, "results.json"))
			g.Expect(err).NotTo(HaveOccurred())
			written, err := os.ReadFile(filepath.Join(p.reports, "results.json"))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(again)).To(Equal(string(written)))
		})
	}
}

// startRegistry starts a server that registers clients and removes them by a handler, and returns a target file for it.
func startRegistry(t *testing.T, remove http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	server := waitingServer(t, mux)
	server.Start()
	configuration := strings.Replace(minimal, "{", `{"registration_endpoint": "https://ehr.example/register",`, 1)
	mux.HandleFunc("GET /fhir/.well-known/smart-configuration",
		sends("application/json", []byte(strings.ReplaceAll(configuration, "https://ehr.example", server.URL))))
	mux.HandleFunc("POST /register", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"client_id": "app", "registration_access_token": "canary-of-the-registration", "registration_client_uri": "%s/client"}`, server.URL)
	})
	mux.HandleFunc("DELETE /client", remove)
	return targetFile(t, server.URL+"/fhir")
}

// TestDemoInterrupted sends SIGINT to a demo and looks for what it leaves running.
func TestDemoInterrupted(t *testing.T) {
	g := NewWithT(t)
	p := command(t, nil, "demo")
	p.Args = append(p.Args, "--reports", p.reports)
	p.start()
	g.Eventually(func() []int { return descendants(p.Process.Pid) }, patience/2, 50*time.Millisecond).ShouldNot(BeEmpty())
	browsers := descendants(p.Process.Pid)
	g.Expect(p.Process.Signal(os.Interrupt)).To(Succeed())
	p.wait()
	g.Expect(p.code()).To(Equal(3), "%s", &p.errors)
	g.Expect(p.results().Summary.Error).To(BeNumerically(">", 0))
	for _, id := range browsers {
		g.Eventually(filepath.Join("/proc", strconv.Itoa(id)), "10s").ShouldNot(BeADirectory(), "the browser goes on")
	}
}
