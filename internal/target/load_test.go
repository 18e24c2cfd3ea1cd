package target_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// environment is what the tests' target files may refer to.
var environment = map[string]string{
	"PATIENT_PASSWORD": "canary-patient", "CLINICIAN_PASSWORD": "canary-clinician", "CLIENT_SECRET": "canary-secret",
	"HOST": "ehr.example", "EMPTY": "", "NO_URL": "canary-no-url",
}

func lookup(name string) (string, bool) {
	value, ok := environment[name]
	return value, ok
}

// recorded is what login.json holds beside every target file of the tests.
const recorded = `{"title": "x", "steps": [{"type": "click", "selectors": ["#go"]}]}`

// write puts a target file, with the lines joined, into a new folder and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "smartcheck.yaml")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "login.json"), []byte(recorded), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// complaints loads the text and returns the mistakes as lines, without the folder of the file.
func complaints(t *testing.T, text string) []string {
	t.Helper()
	path := write(t, text)
	_, err := target.Load(path, lookup)
	if err == nil {
		return nil
	}
	return strings.Split(strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), ""), "\n")
}

func TestLoadReadsEverything(t *testing.T) {
	g := NewWithT(t)
	path := write(t, `
version: 1
name: Example EHR
fhir: https://${HOST}/fhir
spec: 2.0.0
tls: {insecure: true}
concurrency: 8
sampleCodes: 20
timeouts: {request: 5s, journey: 2m, codeExpiry: 65s}
intrusive: true
allowPrivateAddresses: true
users:
  patient: {username: amy, password: "${PATIENT_PASSWORD}", totp: "${CLIENT_SECRET}", patient: "123"}
  clinician:
    username: dr.lin
    password: ${CLINICIAN_PASSWORD}
    encounter: e-1
clients:
  public: {id: app, redirect: "com.example.app:/cb", launch: https://app.example.org/launch}
  symmetric: {id: web, secret: "${CLIENT_SECRET}", auth: client_secret_post, redirect: https://app.example.org/callback, scopes: [openid]}
  asymmetric: {id: jwt, key: keys.json, alg: RS384, redirect: https://app.example.org/callback}
  backend: {id: service, key: keys.json}
login:
  recording: [login.json, {file: login.json, user: clinician, moment: deny}]
  session: {file: session.age, passphrase: "${CLIENT_SECRET}"}
  signOut: https://ehr.example/sign-out
discovery: {token_endpoint: https://ehr.example/token, capabilities: [launch-ehr]}
expectations: known.yaml
launches: {portal: https://ehr.example/portal, recording: login.json, app: {public: "Growth $${chart}"}, embedded: true}
scopes: {patient: [launch/patient, patient/Observation.rs]}
data: {otherPatient: "456", resource: Condition}
`)
	keys, err := target.GenerateKeys()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(filepath.Join(filepath.Dir(path), "keys.json"), keys, 0o600)).To(Succeed())

	c, err := target.Load(path, lookup)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(c.Validate()).To(Succeed())

	g.Expect(c.FHIR).To(Equal("https://ehr.example/fhir"))
	g.Expect(c.Spec).To(Equal("2.0.0"))
	g.Expect(c.TLS.Insecure).To(BeTrue())
	g.Expect(c.Concurrency).To(Equal(8))
	g.Expect(c.Timeouts).To(Equal(target.Timeouts{
		Request: 5 * time.Second, Page: 10 * time.Second, Journey: 2 * time.Minute, CodeExpiry: 65 * time.Second, TokenExpiry: 10 * time.Second, Revocation: 3 * time.Second,
	}))
	g.Expect(c.SampleCodes).To(Equal(20))
	g.Expect(c.Intrusive && c.AllowPrivateAddresses && c.Launches.Embedded).To(BeTrue())

	amy, ok := c.User(target.Patient)
	g.Expect(ok).To(BeTrue())
	g.Expect(amy.Password.Reveal()).To(Equal("canary-patient"))
	g.Expect(amy.Patient).To(Equal("123"))
	g.Expect(c.Users[target.Clinician].Password.Reveal()).To(Equal("canary-clinician"))

	web, ok := c.Client(target.Symmetric)
	g.Expect(ok).To(BeTrue())
	g.Expect(web.Secret.Reveal()).To(Equal("canary-secret"))
	g.Expect(web.Auth).To(Equal(target.AuthPost))
	key, err := c.Clients[target.Asymmetric].SigningKey()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(key.Algorithm).To(Equal("RS384"))
	key, err = c.Clients[target.Backend].SigningKey()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(key.Algorithm).To(Equal("ES384"))
	g.Expect(key.KeyID).NotTo(BeEmpty())

	g.Expect(amy.TOTP.Reveal()).To(Equal("canary-secret"))
	made, ok := c.Login.Recording(target.Patient, target.MomentLogin)
	g.Expect(ok).To(BeTrue())
	g.Expect(made.File).To(Equal(filepath.Join(filepath.Dir(path), "login.json")))
	g.Expect(string(made.Content)).To(Equal(recorded))
	denied, ok := c.Login.Recording(target.Clinician, target.MomentDeny)
	g.Expect(ok).To(BeTrue())
	g.Expect(denied.User).To(Equal(target.Clinician))
	_, ok = c.Login.Recording(target.Patient, target.MomentDeny)
	g.Expect(ok).To(BeFalse())
	g.Expect(c.Login.Session.File).To(Equal(filepath.Join(filepath.Dir(path), "session.age")))
	g.Expect(c.Login.Session.Passphrase.Reveal()).To(Equal("canary-secret"))
	g.Expect(c.Login.SignOut).To(Equal("https://ehr.example/sign-out"))
	g.Expect(string(c.Launches.Recording.Content)).To(Equal(recorded))
	g.Expect(c.Expectations).To(Equal(filepath.Join(filepath.Dir(path), "known.yaml")))
	g.Expect(c.Discovery).To(Equal(target.Discovery{TokenEndpoint: "https://ehr.example/token", Capabilities: []string{"launch-ehr"}}))

	g.Expect(c.Button(target.Public)).To(Equal("Growth ${chart}"))
	g.Expect(c.Button(target.Symmetric)).To(Equal("web"))
	g.Expect(c.Data.OtherResource).To(Equal("Observation"))
	g.Expect(c.Data.Granular).To(BeZero(), "the default is about observations")
	g.Expect(c.Clients[target.Backend].Scopes).To(Equal([]string{"system/Condition.rs"}))
}

func TestLoadNamesEveryMistake(t *testing.T) {
	const head = "version: 1\nfhir: https://ehr.example/fhir\n"
	for name, row := range map[string]struct {
		text string
		want []string
	}{
		"empty":         {"", []string{`smartcheck.yaml:1:1: is empty; write one with "smartcheck init URL"`}},
		"only comments": {"# nothing\n", []string{`smartcheck.yaml:1:1: is empty; write one with "smartcheck init URL"`}},
		"null":          {"~\n", []string{`smartcheck.yaml:1:1: is empty; write one with "smartcheck init URL"`}},
		"a list":        {"\n- version: 1\n", []string{`smartcheck.yaml:2:1: is not a mapping; a target file begins with version: 1`}},
		"binary":        {"\x7fELF\x00\x01", []string{`smartcheck.yaml:1:1: is not text in UTF-8 from here on`}},
		"not UTF-8":     {"version: 1\nname: caf\xe9\n", []string{`smartcheck.yaml:2:10: is not text in UTF-8 from here on`}},
		"two documents": {head + "---\nversion: 1\n", []string{
			`smartcheck.yaml:3:1: holds a second YAML document; write one target per file`}},
		"tab": {"version: 1\ntls:\n\tca: x\n", []string{
			`smartcheck.yaml:3:1: is not YAML: found character that cannot start any token while scanning for the next token`}},
		"variable without quotes": {head + "users: {patient: {username: amy, password: ${PATIENT_PASSWORD}}}\n", []string{
			`smartcheck.yaml:3:45: is not YAML: did not find expected ',' or '}' while parsing a flow mapping; inside { } write a variable in quotes: "${NAME}"`}},
		"nothing required": {"name: x\n", []string{
			`smartcheck.yaml:1:1: the target file lacks "fhir": the FHIR base URL, exactly as the server knows it`,
			`smartcheck.yaml:1:1: the target file lacks "version": the version of this format`}},
		"unknown keys": {head + "clinets: {}\nclients:\n  public:\n    id: app\n    redirct: https://app.example.org/callback\n  frobnicate: {}\n", []string{
			`smartcheck.yaml:3:1: unknown key "clinets"; did you mean "clients"?`,
			`smartcheck.yaml:5:3: clients.public lacks "redirect": the registered redirect URI`,
			`smartcheck.yaml:7:5: unknown key "redirct" in clients.public; did you mean "redirect"?`,
			`smartcheck.yaml:8:3: unknown key "frobnicate" in clients; known keys are asymmetric, backend, expiring, public, symmetric`}},
		"wrong types": {head + "concurrency: lots\nintrusive: yes\nname: 5\nusers: [amy]\nscopes: {patient: openid, clinician: [1, ~]}\n", []string{
			`smartcheck.yaml:3:14: concurrency must be a whole number, not "lots"`,
			`smartcheck.yaml:4:12: intrusive must be true or false, not "yes"`,
			`smartcheck.yaml:5:7: name must be a string; write 5 in quotes`,
			`smartcheck.yaml:6:8: users must be a mapping, not a list`,
			`smartcheck.yaml:7:19: scopes.patient must be a list, not "openid"`,
			`smartcheck.yaml:7:39: scopes.clinician[0] must be a string; write 1 in quotes`,
			`smartcheck.yaml:7:42: scopes.clinician[1] must be a string, not empty`}},
		"wrong values": {"version: 2\nfhir: https://ehr.example/fhir\nspec: 2.1.0\nconcurrency: 0\ntimeouts: {page: 30, request: 0s, journey: soon}\nscopes: {patient: [openid, openid], clinician: [launch patient]}\ndata: {otherPatient: Patient/2, resource: observation}\n", []string{
			`smartcheck.yaml:1:10: version is 2; expected 1`,
			`smartcheck.yaml:3:7: spec is "2.1.0"; expected one of 1.0.0, 2.0.0, 2.2.0`,
			`smartcheck.yaml:4:14: concurrency is 0; expected 1 to 64`,
			`smartcheck.yaml:5:18: timeouts.page is 30; expected a duration such as 30s or 2m`,
			`smartcheck.yaml:5:31: timeouts.request is "0s"; expected a duration such as 30s or 2m`,
			`smartcheck.yaml:5:44: timeouts.journey is "soon"; expected a duration such as 30s or 2m`,
			`smartcheck.yaml:6:19: scopes.patient names "openid" twice`,
			`smartcheck.yaml:6:49: scopes.clinician[0] is "launch patient"; expected one scope, without spaces (RFC 6749 section 3.3)`,
			`smartcheck.yaml:7:22: data.otherPatient is "Patient/2"; expected an id alone, without resource type and slash`,
			`smartcheck.yaml:7:43: data.resource is "observation"; expected a FHIR resource type such as Observation`}},
		"a version as number": {head + "spec: 2.2\n", []string{
			`smartcheck.yaml:3:7: spec is 2.2; expected one of 1.0.0, 2.0.0, 2.2.0`}},
		"too long": {head + "timeouts: {page: 9999999h, journey: 999999h999999h999h}\n", []string{
			`smartcheck.yaml:3:18: timeouts.page is "9999999h"; expected a duration such as 30s or 2m`,
			`smartcheck.yaml:3:37: timeouts.journey is "999999h999999h999h"; expected a duration such as 30s or 2m`}},
		"infinite": {head + "concurrency: .inf\nname: .nan\n", []string{
			`smartcheck.yaml:3:14: concurrency must be a whole number, not ".inf"`}},
		"bad URLs": {"version: 1\nfhir: ehr.example/fhir\nlaunches: {portal: \"ftp://ehr.example\"}\nclients:\n  public: {id: a, redirect: /callback, launch: \"https://app.example.org/#x\"}\n", []string{
			`smartcheck.yaml:2:7: fhir is "ehr.example/fhir"; expected an absolute http or https URL`,
			`smartcheck.yaml:3:20: launches.portal is "ftp://ehr.example"; expected an absolute http or https URL`,
			`smartcheck.yaml:5:29: clients.public.redirect is "/callback"; expected an absolute URI such as https://app.example.org/callback`,
			`smartcheck.yaml:5:48: clients.public.launch has a fragment, which a redirect URI must not have (RFC 6749 section 3.1.2)`}},
		"URL of the document": {"version: 1\nfhir: https://ehr.example/fhir/.well-known/smart-configuration\n", []string{
			`smartcheck.yaml:2:7: fhir must be the base URL alone; remove /.well-known/smart-configuration`}},
		"credentials in a URL": {"version: 1\nfhir: https://amy:canary-url@ehr.example/fhir\n", []string{
			`smartcheck.yaml:2:7: fhir carries a user name or password; remove it from the URL`}},
		"a script as redirect": {head + "clients: {public: {id: a, redirect: 'javascript:alert(1)'}}\n", []string{
			`smartcheck.yaml:3:37: clients.public.redirect has the scheme javascript, which no app can be reached by`}},
		"one URI for two things": {head + "clients: {public: {id: a, redirect: 'https://a.example/x', launch: 'https://a.example/x'}}\n", []string{
			`smartcheck.yaml:3:68: clients.public.launch is the redirect URI; the two must differ, so that the browser can tell a launch from an answer`}},
		"duplicate keys": {head + "fhir: https://other.example\nusers:\n  patient: {username: a, username: b}\n", []string{
			`smartcheck.yaml:3:1: fhir is given twice, first on line 2`,
			`smartcheck.yaml:5:26: users.patient.username is given twice, first on line 5`}},
		"missing variables": {head + "name: ${NAME} at ${PLACE} ${EMPTY}\nusers:\n  patient:\n    username: amy\n    password: ${AMY_PASSWORD}\n", []string{
			`smartcheck.yaml:3:7: name: the environment variable EMPTY is empty`,
			`smartcheck.yaml:3:7: name: the environment variable NAME is not set`,
			`smartcheck.yaml:3:7: name: the environment variable PLACE is not set`,
			`smartcheck.yaml:7:15: users.patient.password: the environment variable AMY_PASSWORD is not set`}},
		"bad references": {head + "name: \"${open\"\nusers: {patient: {username: \"${a b}\"}}\n", []string{
			`smartcheck.yaml:3:7: name: "${" is not closed by "}"; write "$${" for the characters themselves`,
			`smartcheck.yaml:4:29: users.patient.username: "a b" is not the name of a variable; write ${NAME}`}},
		"values of the environment are not shown": {"version: 1\nfhir: ${NO_URL}/fhir\nspec: ${NO_URL}\n", []string{
			`smartcheck.yaml:2:7: fhir is "${NO_URL}/fhir" (with the variables of the environment); expected an absolute http or https URL`,
			`smartcheck.yaml:3:7: spec is "${NO_URL}" (with the variables of the environment); expected one of 1.0.0, 2.0.0, 2.2.0`}},
		"secrets in the file": {head + `users:
  patient: {username: amy, password: canary-1}
  clinician: {username: lin, password: 424242}
clients:
  symmetric: {id: a, secret: "${CLIENT_SECRET}canary-2", redirect: https://app.example.org/callback}
  asymmetric: {id: b, key: '{"kty":"EC","crv":"P-384","d":"canary-3"}', redirect: https://app.example.org/callback}
  backend:
    id: c
    key: {kty: EC, d: canary-4}
name: "-----BEGIN PRIVATE KEY-----canary-5"
`, []string{
			`smartcheck.yaml:4:38: users.patient.password is written in the file; write ${PATIENT_PASSWORD} instead and set that variable`,
			`smartcheck.yaml:5:40: users.clinician.password is written in the file; write ${CLINICIAN_PASSWORD} instead and set that variable`,
			`smartcheck.yaml:7:30: clients.symmetric.secret is written in the file; write ${SYMMETRIC_CLIENT_SECRET} instead and set that variable`,
			`smartcheck.yaml:8:28: clients.asymmetric.key is a private key written in the file; write ${ASYMMETRIC_CLIENT_KEY} or the name of a key file instead`,
			`smartcheck.yaml:11:10: clients.backend.key is a private key written in the file; write ${BACKEND_CLIENT_KEY} or the name of a key file instead`,
			`smartcheck.yaml:12:7: name holds a private key; keep it in a file of its own or in a variable`}},
		"a key variable that is no key": {head + "clients: {backend: {id: a, key: \"${NO_URL}\"}}\n", []string{
			`smartcheck.yaml:3:33: clients.backend.key holds neither a private key nor the name of a file that can be read`}},
		"records that do not differ": {head + "users: {patient: {username: a, patient: p1}}\ndata: {otherPatient: p1, resource: Condition, otherResource: Condition, granular: {parameter: code, value: x, other: x}}\n", []string{
			`smartcheck.yaml:4:22: data.otherPatient is the record of the patient user; name a patient whose record that user must not see`,
			`smartcheck.yaml:4:62: data.otherResource is the same as data.resource; name a type that the scopes do not allow`,
			`smartcheck.yaml:4:118: data.granular.other is the same as data.granular.value; name a value that is not asked for`}},
		"aliases, tags and odd keys": {head + "name: &n x\ntls: {ca: *n}\nspec: !version 2.2.0\n? [a]\n: b\n<<: {name: y}\n", []string{
			`smartcheck.yaml:4:11: aliases are not read in a target file; write the value again`,
			`smartcheck.yaml:5:7: spec has the tag !version, which a target file does not use`,
			`smartcheck.yaml:6:3: a key must be a word`,
			`smartcheck.yaml:8:1: unknown key "<<"; known keys are allowPrivateAddresses, brands, capabilitySets, clients, concurrency, data, discovery, expectations, fhir, introspection, intrusive, jwks, launches, login, name, registration, sampleCodes, scopes, spec, timeouts, tls, users, version`}},
		"logins": {head + `users: {patient: {username: amy, totp: canary-7}}
login:
  recording: [a.json, {file: b.json, user: nurse, moment: later}, 5, {moment: deny}]
  session: {file: s.age, passphrase: canary-8}
launches: {portal: https://ehr.example/portal, url: https://ehr.example/launch}
discovery: {token_endpoint: /token, tokenEndpoint: x}
`, []string{
			`smartcheck.yaml:3:40: users.patient.totp is written in the file; write ${PATIENT_TOTP} instead and set that variable`,
			`smartcheck.yaml:5:3: login.recording[3] lacks "file": a Chrome Recorder export, or a browser array of the OpenID conformance suite`,
			`smartcheck.yaml:5:44: login.recording[1].user is "nurse"; expected one of patient, clinician`,
			`smartcheck.yaml:5:59: login.recording[1].moment is "later"; expected one of login, patient-picker, consent, deny, portal`,
			`smartcheck.yaml:5:67: login.recording[2] must be a string; write 5 in quotes`,
			`smartcheck.yaml:6:38: login.session.passphrase is written in the file; write ${SESSION_PASSPHRASE} instead and set that variable`,
			`smartcheck.yaml:7:53: launches.url is given beside launches.portal; a launch begins at one of them`,
			`smartcheck.yaml:8:29: discovery.token_endpoint is "/token"; expected an absolute http or https URL`,
			`smartcheck.yaml:8:37: unknown key "tokenEndpoint" in discovery; did you mean "token_endpoint"?`}},
		"recordings for the same moment": {head + "login: {recording: [login.json, {file: login.json, moment: login}]}\nlaunches: {embedded: true}\n", []string{
			`smartcheck.yaml:3:33: login.recording[1] is for the same user and moment (login) as login.recording[0]; name another user or moment`,
			`smartcheck.yaml:4:11: launches names neither portal, url nor recording; an EHR launch begins at one of them`}},
		"a misplaced key": {head + "clients:\n  public: {id: a, secret: canary-6, redirect: https://app.example.org/cb}\n", []string{
			`smartcheck.yaml:4:19: unknown key "secret" in clients.public; known keys are id, launch, redirect, scopes`}},
		"several kinds at once": {"version: 1\nfhir: https://ehr.example/fhir#x\nnmae: x\nspec: ${SPEC}\nconcurrency: 99\n", []string{
			`smartcheck.yaml:2:7: fhir has a fragment; remove the part from # on`,
			`smartcheck.yaml:3:1: unknown key "nmae"; did you mean "name"?`,
			`smartcheck.yaml:4:7: spec: the environment variable SPEC is not set`,
			`smartcheck.yaml:5:14: concurrency is 99; expected 1 to 64`}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			got := complaints(t, row.text)
			g.Expect(got).To(Equal(row.want))
			g.Expect(strings.Join(got, "\n")).NotTo(ContainSubstring("canary"))
		})
	}
}

// TestLoadRefusesRecordings names the line of the recording, and no secret.
func TestLoadRefusesRecordings(t *testing.T) {
	for name, row := range map[string]struct{ recording, want string }{
		"not JSON": {"\nnot json", "login.json:2:1: is not JSON"},
		"unknown":  {"{\"steps\": [\n{\"type\": \"swipe\"}]}", `login.json:2:1: step 1 is of the type "swipe", which is not played`},
		"no start": {recorded, `launches.recording says not where it begins; record it from the portal on, or give launches.portal`},
		"a password": {"{\"steps\": [\n{\"type\": \"change\", \"value\": \"canary-patient\", \"selectors\": [\"#field-2\"]}]}",
			`login.json:2:1: step 1 holds the password of the patient; write "${password}" instead`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			path := write(t, "version: 1\nfhir: https://ehr.example\nusers: {patient: {username: amy, password: '${PATIENT_PASSWORD}'}}\nlogin: {recording: login.json}\nlaunches: {recording: login.json}\n")
			g.Expect(os.WriteFile(filepath.Join(filepath.Dir(path), "login.json"), []byte(row.recording), 0o600)).To(Succeed())
			_, err := target.Load(path, lookup)
			g.Expect(err).To(MatchError(ContainSubstring(row.want)))
			g.Expect(err.Error()).NotTo(ContainSubstring("canary"))
		})
	}
}

func TestLoadNamesMissingFiles(t *testing.T) {
	g := NewWithT(t)
	path := write(t, "version: 1\nfhir: https://ehr.example/fhir\ntls: {ca: ca.pem}\nclients: {backend: {id: a, key: none.json}}\n")
	dir := filepath.Dir(path)
	g.Expect(os.WriteFile(filepath.Join(dir, "ca.pem"), []byte("no certificate"), 0o600)).To(Succeed())
	_, err := target.Load(path, lookup)
	g.Expect(err).To(MatchError(path + ":3:11: tls.ca holds no PEM certificate\n" +
		path + `:4:33: clients.backend.key names "` + filepath.Join(dir, "none.json") + `": no such file or directory`))

	_, err = target.Load(filepath.Join(dir, "absent.yaml"), lookup)
	g.Expect(err).To(MatchError(ContainSubstring(`absent.yaml does not exist; write one with "smartcheck init URL"`)))
	g.Expect(errors.Is(err, fs.ErrNotExist)).To(BeTrue())
	_, err = target.Load(dir, lookup)
	g.Expect(err).To(MatchError("target file " + dir + ": is a directory"))
}

func TestLoadIsBounded(t *testing.T) {
	nest := func(open string, n int) string { return "version: 1\nname: " + strings.Repeat(open, n) }
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i < 'z'; i++ {
		bomb += string(i) + ": &" + string(i) + " [" + strings.Repeat("*"+string(i-1)+",", 10) + "]\n"
	}
	for name, text := range map[string]string{
		"huge": "name: " + strings.Repeat("x", 2<<20), "flow": nest("[", 400_000), "maps": nest("{a: ", 200_000),
		"dashes": nest("\n- ", 50), "deep": nest("[", 500) + strings.Repeat("]", 500), "bomb": bomb,
		"keys": strings.Repeat("a: 1\n", 100_000), "surrogate": `name: "\ud800"`, "question": strings.Repeat("? ", 100_000),
		"self": "name: &a [*a]\n",
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			started := time.Now()
			got := complaints(t, text)
			g.Expect(got).NotTo(BeEmpty())
			g.Expect(len(got)).To(BeNumerically("<=", 51))
			g.Expect(time.Since(started)).To(BeNumerically("<", 10*time.Second))
		})
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	g := NewWithT(t)
	path := write(t, "version: 1\nfhir: https://ehr.example\nusers: {patient: {username: amy, password: '${PATIENT_PASSWORD}'}}\n")
	c, err := target.Load(path, lookup)
	g.Expect(err).NotTo(HaveOccurred())
	asJSON, err := json.Marshal(c)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(asJSON)).To(ContainSubstring("[redacted]"))
	for _, text := range append(printed(c), string(asJSON)) {
		g.Expect(text).NotTo(ContainSubstring("canary"))
	}
}
