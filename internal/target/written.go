package target

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const writtenHead = `# What smartcheck tests. Remove the # in front of a key to use it: its value is the default or an example.
# docs/reference/target-file.md describes every key. "${NAME}" is replaced by the environment variable NAME; a secret
# stands nowhere else.
`

// WriteTemplate writes a target file that names every key there is: those that the server calls for with their
// values, all others as comments. It loads once the Variables are set.
func WriteTemplate(w io.Writer, d Discovered) error {
	values, err := d.values()
	if err != nil {
		return fmt.Errorf("cannot write the target file: %w", err)
	}
	file := writtenFile{values: values, examples: d.examples(), notes: d.notes()}
	file.keys(Keys(), 0, 0, true)
	head := writtenHead
	if d.silent() {
		head += "# The server lists no capabilities: what follows is taken from its other metadata.\n"
	}
	if _, err := io.WriteString(w, head+"\n"+file.String()); err != nil {
		return fmt.Errorf("cannot write the target file: %w", err)
	}
	return nil
}

// values returns, by path and in YAML, what the file says of this server.
func (d Discovered) values() (map[string]string, error) {
	name := d.FHIR
	if u, err := url.Parse(d.FHIR); err == nil {
		name = cmp.Or(u.Host, name)
	}
	values := map[string]string{"version": "1", "spec": d.spec()}
	texts := map[string]string{"name": name, "fhir": d.FHIR}
	if d.TLS.CAFile != "" {
		texts["tls.ca"] = d.TLS.CAFile
	} else if d.TLS.Insecure {
		values["tls.insecure"] = "true"
	}
	for _, user := range d.fileUsers() {
		path := "users." + string(user.Role)
		values[path+".username"] = variable(user.Variable + "_USERNAME")
		values[path+".password"] = variable(user.Variable + "_PASSWORD")
		values["scopes."+string(user.Role)] = scopeList(user.Scopes)
	}
	for _, client := range d.fileClients() {
		path := "clients." + string(client.Kind)
		values[path+".id"] = variable(client.Variable + "_ID")
		if client.ID != "" {
			texts[path+".id"] = client.ID
		}
		if client.HasSecret() {
			values[path+".secret"], values[path+".auth"] = variable(client.Variable+"_SECRET"), client.Auth
		}
		if client.HasKey() {
			texts[path+".key"] = d.KeyFile
		}
		if !client.Interactive() {
			values[path+".scopes"] = scopeList(client.Scopes)
			continue
		}
		values[path+".redirect"] = redirectURI
		if d.can("launch-ehr") {
			values[path+".launch"] = launchURI
		}
	}
	if d.can("launch-ehr") {
		values["launches.portal"] = variable("PORTAL_URL")
	}
	if d.InitialToken {
		values["registration.token"] = variable(secrets["registration.token"])
	}
	for path, text := range texts {
		quoted, err := quoteYAML(text)
		if err != nil {
			return nil, err
		}
		values[path] = quoted
	}
	return values, nil
}

// examples returns, by path and in YAML, what a comment offers where the schema has nothing that fits the server.
func (d Discovered) examples() map[string]string {
	examples := map[string]string{"jwks.client.scopes": scopeList(d.registered(Backend))}
	for path, name := range secrets {
		examples[path] = variable(name)
	}
	delete(examples, "jwks.key")
	for _, role := range UserRoles {
		examples["users."+string(role)+".username"] = variable(strings.ToUpper(string(role)) + "_USERNAME")
		examples["scopes."+string(role)] = scopeList(d.scopes(role))
	}
	for _, kind := range ClientKinds {
		path := "clients." + string(kind)
		examples[path+".id"] = variable(strings.ToUpper(string(kind)) + "_CLIENT_ID")
		if examples[path+".scopes"] = scopeList([]string{"launch/patient", "openid", "fhirUser", "patient/Patient" + d.letters()}); kind == Backend {
			examples[path+".scopes"] = scopeList(d.registered(Backend))
		}
		delete(examples, path+".key")
	}
	return examples
}

// notes returns, by path, what discovery says about a section that only the user can fill in.
func (d Discovered) notes() map[string]string {
	notes := map[string]string{}
	if d.Registers && !d.InitialToken {
		notes["registration"] = "The server registers clients by itself, and a run tries that. Name the initial access token if it wants one."
	}
	if d.Brands {
		notes["brands"] = "The server links to a bundle of brands. List those that may be in it, and smartcheck looks for others."
	}
	if slices.Contains(d.users(), Patient) {
		notes["data"] = "Name a patient whose record the patient user must not see, and smartcheck tries to read it."
	}
	return notes
}

func variable(name string) string { return `"${` + name + `}"` }

func scopeList(scopes []string) string { return "[" + strings.Join(scopes, ", ") + "]" }

// A writtenFile is a target file while it is written.
type writtenFile struct {
	values, examples, notes map[string]string
	lines                   []writtenLine
}

type writtenLine struct{ code, comment string }

// indent returns what a comment above the line begins with: inside of a mapping that is a comment, the # of that.
func (l writtenLine) indent() string {
	space := l.code[:len(l.code)-len(strings.TrimLeft(l.code, " "))]
	if inner, ok := strings.CutPrefix(l.code[len(space):], "# "); ok && inner[0] == ' ' {
		return l.code[:len(l.code)-len(strings.TrimLeft(inner, " "))]
	}
	return space
}

// keys writes keys that stand at a depth. In a mapping that is a comment, every # stands at the depth marker, where
// that of the mapping does.
func (f *writtenFile) keys(keys []Key, depth, marker int, live bool) {
	for _, key := range keys {
		if !live {
			f.key(key, depth, marker, false)
			continue
		}
		f.key(key, depth, depth, f.isLive(key))
	}
}

func (f *writtenFile) isLive(key Key) bool {
	if f.values[key.Path] != "" {
		return true
	}
	return slices.ContainsFunc(key.Keys, f.isLive)
}

func (f *writtenFile) key(key Key, depth, marker int, live bool) {
	code := strings.Repeat("  ", depth)
	if !live {
		code = strings.Repeat("  ", marker) + "# " + strings.Repeat("  ", depth-marker)
	}
	code += key.Name + ":"
	note := f.notes[key.Path]
	switch {
	case depth == 0 && key.IsSection():
		f.prose(cmp.Or(note, sentence(key.Summary())))
		f.lines = append(f.lines, writtenLine{code: code})
	case key.IsSection():
		f.lines = append(f.lines, writtenLine{code: code + "  # " + key.Summary()})
	default:
		if note != "" {
			f.prose(note)
		}
		f.lines = append(f.lines, writtenLine{code + " " + f.value(key), key.Summary()})
		return
	}
	f.keys(key.Keys, depth+1, marker, live)
	if depth == 0 {
		f.lines = append(f.lines, writtenLine{})
	}
}

// prose writes a comment of its own, below an empty line.
func (f *writtenFile) prose(text string) {
	if n := len(f.lines); n > 0 && f.lines[n-1].code != "" {
		f.lines = append(f.lines, writtenLine{})
	}
	f.lines = append(f.lines, writtenLine{code: "# " + text})
}

// value returns the value of a key, or one that shows what may stand there.
func (f *writtenFile) value(key Key) string {
	switch {
	case f.values[key.Path] != "":
		return f.values[key.Path]
	case f.examples[key.Path] != "":
		return f.examples[key.Path]
	case key.Type == "boolean":
		return "true"
	case key.Example == "" && len(key.Values) > 0:
		return key.Values[0]
	default:
		return cmp.Or(key.Example, variable(secrets[key.Path]))
	}
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

const (
	commentColumn = 56  // where comments begin at most, unless the code is longer
	longestLine   = 132 // a comment that would go further stands above
)

// String returns the lines with the comments of those that follow each other aligned.
func (f *writtenFile) String() string {
	var out strings.Builder
	for from := 0; from < len(f.lines); {
		to, width := from, 0
		for to < len(f.lines) && (to == from || f.lines[to].comment != "" && f.lines[from].comment != "") {
			if n := utf8.RuneCountInString(f.lines[to].code); n <= commentColumn {
				width = max(width, n)
			}
			to++
		}
		for _, line := range f.lines[from:to] {
			switch text := fmt.Sprintf("%-*s  # %s", width, line.code, line.comment); {
			case line.comment == "":
				out.WriteString(line.code + "\n")
			case utf8.RuneCountInString(text) > longestLine:
				out.WriteString(line.indent() + "# " + sentence(line.comment) + "\n" + line.code + "\n")
			default:
				out.WriteString(text + "\n")
			}
		}
		from = to
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}
