package reporters_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/chromedp/cdproto/har"
	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

func TestHARFitsItsSchema(t *testing.T) {
	g := NewWithT(t)
	var files map[string]json.RawMessage
	g.Expect(json.Unmarshal(testdata(t, "har-schema.json"), &files)).To(Succeed())
	resources := map[string][]byte{}
	for name, file := range files {
		resources[name] = file
	}
	schema := published(t, resources, "har.json", jsonschema.Draft6)
	for name, r := range everyResults() {
		if name == "hostile" {
			continue // its addresses are no addresses; see below
		}
		g.Expect(schema.Validate(parsed(t, written(t, "run.har", r)))).To(Succeed(), name)
	}
	g.Expect(schema.Validate(broken(t, written(t, "run.har", sample()), func(file map[string]any) {
		delete(file["log"].(map[string]any)["entries"].([]any)[0].(map[string]any), "timings")
	}))).NotTo(Succeed())
}

// readHAR reads an archive with the types of Chrome's protocol, which others wrote.
func readHAR(t *testing.T, r reporters.Results) *har.Log {
	t.Helper()
	var file har.HAR
	NewWithT(t).Expect(json.Unmarshal(written(t, "run.har", r), &file)).To(Succeed())
	return file.Log
}

func TestHARTellsTheExchanges(t *testing.T) {
	g := NewWithT(t)
	r := journeyed()
	r.Exchanges = append(r.Exchanges, evidence.Exchange{
		ID: "cookies#1", Started: started.Add(time.Minute), Millis: 7,
		Request: evidence.Request{
			Method: "GET", URL: "https://ehr.example/authorize?a=1&a=2%20%26&b&bad=%zz#top?no=1",
			Header: evidence.Headers{"Cookie": {"session=[cookie 1]; theme=dark"}},
		},
		Response: &evidence.Response{Status: 302, Header: evidence.Headers{
			"Location": {"/login"}, "Set-Cookie": {"session=[cookie 2]; Path=/auth; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; Secure"},
		}},
	})
	log := readHAR(t, r)
	g.Expect(log.Version).To(Equal("1.2"))
	g.Expect(log.Entries).To(HaveLen(len(r.Exchanges)))
	for i, entry := range log.Entries[1:] {
		g.Expect(entry.StartedDateTime >= log.Entries[i].StartedDateTime).To(BeTrue())
	}
	g.Expect(log.Pages).To(HaveLen(1))
	g.Expect(log.Pages[0].Title).To(Equal("browser.login@1: Sign in"))

	redirect := log.Entries[len(log.Entries)-1]
	g.Expect(redirect.Time).To(Equal(7.0))
	g.Expect(redirect.Timings.Send + redirect.Timings.Wait + redirect.Timings.Receive).To(Equal(redirect.Time))
	g.Expect(pairs(redirect.Request.QueryString)).To(Equal([]string{"a=1", "a=2 &", "b=", "bad=%zz"}))
	g.Expect(*redirect.Request.Cookies[0]).To(Equal(har.Cookie{Name: "session", Value: "[cookie 1]"}))
	g.Expect(redirect.Response.RedirectURL).To(Equal("/login"))
	g.Expect(*redirect.Response.Cookies[0]).To(Equal(har.Cookie{
		Name: "session", Value: "[cookie 2]", Path: "/auth", Expires: "2026-10-21T07:28:00Z", HTTPOnly: true, Secure: true,
	}))
}

func pairs(all []*har.NameValuePair) []string {
	var out []string
	for _, one := range all {
		out = append(out, one.Name+"="+one.Value)
	}
	return out
}

func TestHAROfForms(t *testing.T) {
	g := NewWithT(t)
	for _, entry := range readHAR(t, sample()).Entries {
		if entry.Request.PostData == nil {
			continue
		}
		g.Expect(entry.Request.PostData.MimeType).To(Equal("application/x-www-form-urlencoded"))
		g.Expect(*entry.Request.PostData.Params[1]).To(Equal(har.Param{Name: "code", Value: "[code 1]"}))
		g.Expect(string(entry.Response.Content.Text)).To(ContainSubstring("[token 2]"))
		g.Expect(entry.Response.Content.Size).To(BeEquivalentTo(len(entry.Response.Content.Text)))
		return
	}
	t.Fatal("no exchange with a form")
}

// TestHARWithoutAResponse: Chrome reads why there is none from _error.
func TestHARWithoutAResponse(t *testing.T) {
	g := NewWithT(t)
	var file struct {
		Log struct {
			Entries []struct {
				ID       string `json:"_id"`
				Page     string `json:"pageref"`
				Response struct {
					Status int
					Error  string `json:"_error"`
				}
			}
		}
	}
	g.Expect(json.Unmarshal(written(t, "run.har", journeyed()), &file)).To(Succeed())
	for _, entry := range file.Log.Entries {
		if entry.ID == "browser.login#1" {
			g.Expect(entry.Response.Error).To(Equal("timed out"))
			g.Expect(entry.Response.Status).To(BeZero())
			g.Expect(entry.Page).To(Equal("browser.login@1"))
			return
		}
	}
	t.Fatal("the exchange is missing")
}

// TestHARKeepsHostileText: an archive is data, in which text of the server stays as it is and reads back whole.
func TestHARKeepsHostileText(t *testing.T) {
	log := readHAR(t, hostile())
	NewWithT(t).Expect(log.Entries).To(HaveLen(len(hostile().Exchanges)))
}
