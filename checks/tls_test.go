package checks_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// soundHost is a host that every check is happy with.
func soundHost() evidence.TLSHost {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	h := evidence.TLSHost{
		Address: "ehr.example:443", Endpoints: []string{"https://ehr.example/token"}, Verified: now,
		Certificates: []evidence.Certificate{{
			Subject: "CN=ehr.example", Issuer: "CN=An Authority", Names: []string{"ehr.example"},
			NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 2, 0),
			Key: "ECDSA", KeyBits: 256, Signature: "SHA256-RSA",
		}},
		Answers:   []evidence.SecureAnswer{{URL: "https://ehr.example/token", Exchange: "tls.transport#1", Status: 405, HSTS: []string{"max-age=31536000; includeSubDomains"}}},
		Plaintext: []evidence.PlaintextAnswer{{URL: "http://ehr.example/token", Exchange: "tls.transport#2", Outcome: evidence.PlaintextRedirected, Seen: "status 301 to https://ehr.example"}},
	}
	for _, v := range []string{evidence.TLS13, evidence.TLS12} {
		h.Versions = append(h.Versions, evidence.TLSOffer{Offered: v, Outcome: evidence.OfferAccepted, Version: v, Seen: "it negotiated " + v, Renegotiation: v == evidence.TLS12})
	}
	h.Compression = evidence.TLSOffer{Offered: evidence.CompressionOffer, Outcome: evidence.OfferRefused, Seen: "no compression"}
	for _, v := range []string{evidence.TLS11, evidence.TLS10, evidence.SSL30} {
		h.Versions = append(h.Versions, evidence.TLSOffer{Offered: v, Outcome: evidence.OfferRefused, Seen: "alert 70"})
	}
	for _, s := range []string{evidence.SuitesNull, evidence.SuitesAnonymous, evidence.SuitesExport, evidence.SuitesRC4,
		evidence.SuitesDES, evidence.Suites3DES, evidence.SuitesStaticRSA, evidence.SuitesCBC} {
		h.Suites = append(h.Suites, evidence.TLSOffer{Offered: s, Outcome: evidence.OfferRefused, Seen: "alert 40"})
	}
	return h
}

func set(offers []evidence.TLSOffer, outcome evidence.OfferOutcome, names ...string) {
	for i := range offers {
		if slices.Contains(names, offers[i].Offered) {
			offers[i].Outcome, offers[i].Seen = outcome, string(outcome)
		}
	}
}

// judgeTransport returns the findings of all checks of the area whose status is not pass.
func judgeTransport(value any) map[string]checks.Finding {
	unhappy := map[string]checks.Finding{}
	for _, c := range checks.TLS {
		f := c.Judge(evidence.Record{Kind: c.Kind(), Value: value}, checks.Options{Version: checks.V2_2_0})
		if f.Status != checks.Passed {
			unhappy[c.ID] = f
		}
	}
	return unhappy
}

func statuses(findings map[string]checks.Finding) map[string]checks.Status {
	out := map[string]checks.Status{}
	for id, f := range findings {
		out[id] = f.Status
	}
	return out
}

func TestTransportChecks(t *testing.T) {
	type statusOf = map[string]checks.Status
	everyHandshakeCheck := func(s checks.Status) statusOf {
		all := statusOf{}
		for _, c := range checks.TLS {
			all[c.ID] = s
		}
		return all
	}
	for name, c := range map[string]struct {
		spoil func(*evidence.TLSHost)
		want  statusOf
	}{
		"a sound host": {func(*evidence.TLSHost) {}, statusOf{}},
		"TLS 1.2 only": {func(h *evidence.TLSHost) {
			set(h.Versions, evidence.OfferRefused, evidence.TLS13)
		}, statusOf{"tls.tls13": checks.Warned}},
		"TLS 1.3 only": {func(h *evidence.TLSHost) {
			set(h.Versions, evidence.OfferRefused, evidence.TLS12)
		}, statusOf{}},
		"TLS 1.1 only": {func(h *evidence.TLSHost) {
			set(h.Versions, evidence.OfferRefused, evidence.TLS13, evidence.TLS12)
			set(h.Versions, evidence.OfferAccepted, evidence.TLS11)
		}, statusOf{"tls.min-version": checks.Failed, "tls.old-versions-refused": checks.Failed, "tls.tls13": checks.Warned}},
		"TLS 1.1 and silence for newer": {func(h *evidence.TLSHost) {
			set(h.Versions, evidence.OfferRefused, evidence.TLS13)
			set(h.Versions, evidence.OfferUnknown, evidence.TLS12)
			set(h.Versions, evidence.OfferAccepted, evidence.TLS11)
		}, statusOf{"tls.min-version": checks.Undecided, "tls.old-versions-refused": checks.Failed, "tls.tls13": checks.Warned,
			"tls.secure-renegotiation": checks.Undecided}},
		"alerts for every version": {func(h *evidence.TLSHost) {
			set(h.Versions, evidence.OfferRefused, evidence.TLS13, evidence.TLS12)
		}, statusOf{"tls.min-version": checks.Failed, "tls.tls13": checks.Warned}},
		"TLS 1.0 as well": {func(h *evidence.TLSHost) {
			set(h.Versions, evidence.OfferAccepted, evidence.TLS10)
		}, statusOf{"tls.old-versions-refused": checks.Failed}},
		"an old version that is met with a reset": {func(h *evidence.TLSHost) {
			set(h.Versions, evidence.OfferClosed, evidence.TLS10)
		}, statusOf{}},
		"an old version that is met with silence": {func(h *evidence.TLSHost) {
			set(h.Versions, evidence.OfferUnknown, evidence.TLS10)
		}, statusOf{"tls.old-versions-refused": checks.Undecided}},
		"SSL 3.0 as well": {func(h *evidence.TLSHost) {
			set(h.Versions, evidence.OfferAccepted, evidence.SSL30)
		}, statusOf{"tls.sslv3-refused": checks.Failed}},
		"a host that closes every connection": {func(h *evidence.TLSHost) {
			set(h.Versions, evidence.OfferClosed, evidence.TLS13, evidence.TLS12, evidence.TLS11, evidence.TLS10, evidence.SSL30)
			for i := range h.Suites {
				h.Suites[i].Outcome = evidence.OfferClosed
			}
		}, statusOf{"tls.min-version": checks.Undecided, "tls.tls13": checks.Undecided, "tls.sslv3-refused": checks.Undecided,
			"tls.old-versions-refused": checks.Undecided, "tls.weak-ciphers-refused": checks.Undecided,
			"tls.secure-renegotiation": checks.Undecided}},
		"no renegotiation_info": {func(h *evidence.TLSHost) { h.Versions[1].Renegotiation = false },
			statusOf{"tls.secure-renegotiation": checks.Failed}},
		"compression": {func(h *evidence.TLSHost) { h.Compression.Outcome = evidence.OfferAccepted },
			statusOf{"tls.compression": checks.Warned}},
		"a certificate for two years": {func(h *evidence.TLSHost) { h.Certificates[0].NotAfter = h.Certificates[0].NotBefore.AddDate(2, 0, 0) },
			statusOf{"tls.certificate-lifetime": checks.Noted}},
		"a certificate for 398 days and a second": {func(h *evidence.TLSHost) {
			h.Certificates[0].NotAfter = h.Certificates[0].NotBefore.Add(398*24*time.Hour + time.Second)
		}, statusOf{}},
		"a certificate for three years": {func(h *evidence.TLSHost) { h.Certificates[0].NotAfter = h.Certificates[0].NotBefore.AddDate(3, 0, 0) },
			statusOf{"tls.certificate-lifetime": checks.Warned}},
		"an OCSP response that is demanded and not stapled": {func(h *evidence.TLSHost) { h.Certificates[0].MustStaple = true },
			statusOf{"tls.must-staple": checks.Warned}},
		"an OCSP response that is demanded and stapled": {func(h *evidence.TLSHost) {
			h.Certificates[0].MustStaple, h.Stapled = true, true
		}, statusOf{}},
		"a stranger in the chain": {func(h *evidence.TLSHost) {
			h.Certificates = append(h.Certificates, evidence.Certificate{Subject: "CN=Stranger", Key: "RSA", KeyBits: 2048, Signature: "SHA256-RSA"})
		}, statusOf{"tls.certificate-order": checks.Warned}},
		"NULL suites":      {accept(evidence.SuitesNull), statusOf{"tls.weak-ciphers-refused": checks.Failed}},
		"anonymous suites": {accept(evidence.SuitesAnonymous), statusOf{"tls.weak-ciphers-refused": checks.Failed}},
		"export suites":    {accept(evidence.SuitesExport), statusOf{"tls.weak-ciphers-refused": checks.Failed}},
		"RC4":              {accept(evidence.SuitesRC4), statusOf{"tls.weak-ciphers-refused": checks.Failed}},
		"DES":              {accept(evidence.SuitesDES), statusOf{"tls.weak-ciphers-refused": checks.Failed}},
		"3DES":             {accept(evidence.Suites3DES), statusOf{"tls.weak-ciphers-refused": checks.Warned}},
		"static RSA":       {accept(evidence.SuitesStaticRSA, evidence.SuitesCBC), statusOf{}},
		"another name": {func(h *evidence.TLSHost) { h.NameError = "not valid for ehr.example" },
			statusOf{"tls.certificate-name": checks.Failed}},
		"an unknown authority": {func(h *evidence.TLSHost) { h.ChainError = "certificate signed by unknown authority" },
			statusOf{"tls.certificate-chain": checks.Failed}},
		"no roots on this machine": {func(h *evidence.TLSHost) { h.TrustError = "no roots" },
			statusOf{"tls.certificate-chain": checks.Undecided}},
		"a certificate about to expire": {func(h *evidence.TLSHost) {
			h.Certificates[0].NotAfter = h.Verified.Add(36 * time.Hour)
		}, statusOf{"tls.certificate-chain": checks.Warned}},
		"a young certificate of six days": {func(h *evidence.TLSHost) {
			h.Certificates[0].NotBefore = h.Verified.AddDate(0, 0, -3)
			h.Certificates[0].NotAfter = h.Verified.AddDate(0, 0, 3)
		}, statusOf{}},
		"a short RSA key": {func(h *evidence.TLSHost) { h.Certificates[0].Key, h.Certificates[0].KeyBits = "RSA", 1024 },
			statusOf{"tls.certificate-strength": checks.Failed}},
		"a small curve": {func(h *evidence.TLSHost) { h.Certificates[0].KeyBits = 192 },
			statusOf{"tls.certificate-strength": checks.Failed}},
		"a SHA-1 signature": {func(h *evidence.TLSHost) { h.Certificates[0].Signature = "SHA1-RSA" },
			statusOf{"tls.certificate-strength": checks.Failed}},
		"a SHA-1 intermediate": {func(h *evidence.TLSHost) {
			h.Certificates = append(h.Certificates, evidence.Certificate{Subject: "CN=An Authority", Key: "RSA", KeyBits: 2048, Signature: "SHA1-RSA"})
		}, statusOf{"tls.certificate-strength": checks.Failed}},
		"a SHA-1 root": {func(h *evidence.TLSHost) {
			h.Certificates = append(h.Certificates, evidence.Certificate{Subject: "CN=An Authority", SelfSigned: true, Key: "RSA", KeyBits: 2048, Signature: "SHA1-RSA"})
		}, statusOf{}},
		"no certificate": {func(h *evidence.TLSHost) { h.Certificates, h.CertificateError = nil, "handshake failed" },
			statusOf{"tls.certificate-name": checks.Undecided, "tls.certificate-chain": checks.Undecided, "tls.certificate-strength": checks.Undecided,
				"tls.certificate-order": checks.Undecided, "tls.certificate-lifetime": checks.Undecided, "tls.must-staple": checks.Undecided}},
		"an answer over http": {func(h *evidence.TLSHost) { h.Plaintext[0].Outcome = evidence.PlaintextAnswered },
			statusOf{"tls.no-plaintext": checks.Failed}},
		"silence over http":  {func(h *evidence.TLSHost) { h.Plaintext[0].Outcome = evidence.PlaintextSilent }, statusOf{}},
		"an error over http": {func(h *evidence.TLSHost) { h.Plaintext[0].Outcome = evidence.PlaintextRefused }, statusOf{}},
		"no HSTS":            {hsts(), statusOf{"tls.hsts": checks.Warned}},
		"HSTS retracted":     {hsts("max-age=0"), statusOf{"tls.hsts": checks.Warned}},
		"HSTS without age":   {hsts("includeSubDomains"), statusOf{"tls.hsts": checks.Warned}},
		"HSTS twice an age":  {hsts("max-age=1; max-age=2"), statusOf{"tls.hsts": checks.Warned}},
		"HSTS negative":      {hsts("max-age=-1"), statusOf{"tls.hsts": checks.Warned}},
		"HSTS quoted":        {hsts(`Max-Age="31536000" ; includeSubDomains`), statusOf{}},
		"HSTS second header": {hsts("max-age=0", "max-age=5"), statusOf{"tls.hsts": checks.Warned}},
		"a redirect to http": {func(h *evidence.TLSHost) { h.Answers[0].Location = "http://ehr.example/login" },
			statusOf{"tls.no-downgrade": checks.Failed}},
		"a redirect to https": {func(h *evidence.TLSHost) { h.Answers[0].Location = "https://ehr.example/login" }, statusOf{}},
		"no response": {func(h *evidence.TLSHost) { h.Answers[0].Error = "timeout" },
			statusOf{"tls.hsts": checks.Undecided, "tls.no-downgrade": checks.Undecided}},
		"unreachable": {func(h *evidence.TLSHost) {
			*h = evidence.TLSHost{Address: "ehr.example:443", Error: "connection refused"}
		}, everyHandshakeCheck(checks.Undecided)},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			h := soundHost()
			c.spoil(&h)
			seen := evidence.Transport{Hosts: []evidence.TLSHost{soundHost(), h}}
			g.Expect(statuses(judgeTransport(seen))).To(Equal(c.want))

			raw, err := json.Marshal(seen)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(statuses(judgeTransport(json.RawMessage(raw)))).To(Equal(c.want), "judged again from its JSON")
		})
	}
}

func accept(groups ...string) func(*evidence.TLSHost) {
	return func(h *evidence.TLSHost) { set(h.Suites, evidence.OfferAccepted, groups...) }
}

func hsts(values ...string) func(*evidence.TLSHost) {
	return func(h *evidence.TLSHost) { h.Answers[0].HSTS = values }
}

func TestATransportFindingNamesTheHostAndTheProof(t *testing.T) {
	g := NewWithT(t)
	h := soundHost()
	set(h.Versions, evidence.OfferAccepted, evidence.TLS10)
	h.Plaintext[0].Outcome, h.Plaintext[0].Seen = evidence.PlaintextAnswered, "status 200 with text/html"
	found := judgeTransport(evidence.Transport{Hosts: []evidence.TLSHost{h}})

	g.Expect(found["tls.old-versions-refused"].Observed).To(Equal("ehr.example:443 accepts TLS 1.0 (accepted)"))
	g.Expect(found["tls.no-plaintext"].Observed).To(ContainSubstring("http://ehr.example/token with status 200 with text/html"))
	g.Expect(found["tls.no-plaintext"].Evidence).To(Equal([]string{"tls.transport#2"}))

	h = soundHost()
	h.ChainError = "certificate signed by unknown authority"
	found = judgeTransport(evidence.Transport{Hosts: []evidence.TLSHost{h}})
	g.Expect(found["tls.certificate-chain"].Observed).To(ContainSubstring("is the intermediate certificate missing?"))
}

func TestEndpointsThatAreAdvertisedWithHTTP(t *testing.T) {
	g := NewWithT(t)
	found := judgeTransport(evidence.Transport{Insecure: []string{"http://ehr.example/token"}})
	g.Expect(found["tls.no-plaintext"].Status).To(Equal(checks.Failed))
	g.Expect(found["tls.no-plaintext"].Observed).To(ContainSubstring("http://ehr.example/token"))
	g.Expect(found["tls.min-version"].Status).To(Equal(checks.Skipped))
}

func TestTransportChecksCiteRequirementsThatExist(t *testing.T) {
	g := NewWithT(t)
	for _, c := range checks.TLS {
		g.Expect(c.Area()).To(Equal("tls"))
		for _, id := range c.Requirements {
			_, ok := catalogue.Lookup(id)
			g.Expect(ok).To(BeTrue(), "%s cites %s", c.ID, id)
		}
	}
}
