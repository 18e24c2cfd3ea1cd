package reporters

import (
	"os/exec"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// hostileWords try to end a quotation, to run something, or to steer a terminal into which they are pasted.
var hostileWords = []string{
	"plain", "[code a6e6b758d0ba]", `it's`, `'; touch pwned; '`, `$(touch pwned)`, "`touch pwned`", `\`, `\'`, `'\''`, `\\'; touch pwned #`,
	"a\nb", "\r\ntouch pwned\r\n", "\x1b[201~\ntouch pwned\n", "\x03\x04\x15\x16touch pwned\n", "\x7f\x08\x08", "!!", "!touch\x01", "$'x'", "$HOME ~ * ? {a,b} & | ; < > ( ) #",
	"\u202egnp.exe", "\u2028", "é漢字", "\xff\xfe", "\xed\xa0\x80", "\"", "%s %d", "-o pwned", "@/etc/passwd", "\x01" + "1" + "\x017", "\t",
}

// TestShellQuoteHolds lets a shell read back what was quoted.
func TestShellQuoteHolds(t *testing.T) {
	g := NewWithT(t)
	for _, word := range hostileWords {
		quoted := shellQuote(word)
		g.Expect(strings.ContainsFunc(quoted, misleading)).To(BeFalse(), "%q", quoted)
		g.Expect(words(t, "printf '%s\\0' "+quoted)).To(Equal([]string{word}))
	}
}

// TestCurlHolds runs the command with a function in place of curl and looks at its arguments.
func TestCurlHolds(t *testing.T) {
	g := NewWithT(t)
	for _, word := range hostileWords {
		command := curl(evidence.Request{
			Method: "POST", URL: "https://ehr.example/token?x=[code 1]", Body: word,
			Header: evidence.Headers{"Accept": {word}, word: {"x"}, "X-Empty": {""}, "Content-Length": {"3"}},
		}, SystemRoots)
		got := words(t, "curl() { printf '%s\\0' \"$@\"; }\n"+command)
		g.Expect(got[:6]).To(Equal([]string{"--globoff", "--include", "--request", "POST", "--url", "https://ehr.example/token?x=[code 1]"}))
		g.Expect(got[len(got)-2:]).To(Equal([]string{"--data-raw", word}))
		g.Expect(got).To(ContainElement("X-Empty;"))
		for i, argument := range got {
			if i > 0 && got[i-1] == "--header" {
				g.Expect(argument).To(MatchRegexp(`^[!#$%&'*+.^_|~0-9A-Za-z-]+(;|: )`))
				g.Expect(argument).NotTo(ContainSubstring("\n"))
				g.Expect(argument).NotTo(HavePrefix("Content-Length"))
			}
		}
	}
}

// TestCurlKnowsItsLimits offers no command where none would send the request.
func TestCurlKnowsItsLimits(t *testing.T) {
	g := NewWithT(t)
	for _, r := range []evidence.Request{
		{Method: "GET", URL: "file:///etc/passwd"}, {Method: "GET", URL: "javascript:alert(1)"}, {Method: "GET", URL: "-o pwned"},
		{Method: "GET /\n", URL: "https://ehr.example"}, {Method: "POST", URL: "https://ehr.example", Body: "a\x00b"},
		{Method: "POST", URL: "https://ehr.example", Body: strings.Repeat("x", maxCurl)},
	} {
		g.Expect(curl(r, SystemRoots)).To(BeEmpty())
	}
	g.Expect(curl(evidence.Request{Method: "HEAD", URL: "https://ehr.example"}, NamedRoots)).To(Equal("curl --globoff --include --head --url 'https://ehr.example'"))
	g.Expect(curl(evidence.Request{Method: "HEAD", URL: "https://ehr.example"}, Unverified)).To(Equal("curl --globoff --include --insecure --head --url 'https://ehr.example'"))
}

// words runs a script in an empty directory and returns what it printed, split at zero bytes.
func words(t *testing.T, script string) []string {
	t.Helper()
	run := exec.Command("bash", "--norc", "-c", script)
	run.Dir = t.TempDir()
	output, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, output)
	}
	if left, _ := exec.Command("ls", run.Dir).Output(); len(left) > 0 {
		t.Fatalf("%s left %s", script, left)
	}
	return strings.Split(strings.TrimSuffix(string(output), "\x00"), "\x00")
}
