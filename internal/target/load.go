package target

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/recording"
)

const (
	maxFile    = 1 << 20   // of a target file, in bytes
	maxKeyFile = 256 << 10 // of a key or certificate file that it names

	maxRecording = 1 << 20 // of a recording that it names
)

// Load reads a target file. env looks up the variables it refers to; the program passes os.LookupEnv.
// Files that it names are read relative to it. The configuration comes with its defaults.
//
// A file that cannot be used gives a Mistakes with everything that is wrong, in the order of the file;
// only an error of YAML itself hides what follows it.
func Load(path string, env func(string) (string, bool)) (Config, error) {
	raw, err := readFile(path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf(`target file %s does not exist; write one with "smartcheck init URL": %w`, path, fs.ErrNotExist)
	}
	if err != nil {
		return Config{}, fmt.Errorf("target file %s: %w", path, err)
	}
	d := &document{file: path, env: env}
	config := d.load(raw, filepath.Dir(path))
	if len(d.mistakes) > 0 {
		return Config{}, d.mistakes.sorted()
	}
	return config, nil
}

// load turns the text of a target file in folder dir into a configuration. What cannot be used is left
// out of it and noted in d.mistakes.
func (d *document) load(raw []byte, dir string) Config {
	var config Config
	value := d.parse(raw)
	if value == nil {
		return config
	}
	d.add(checkSchema(value, d.quote))
	d.prune(d.root, "")
	if err := d.root.Decode(&config); err != nil {
		d.report("", "cannot be read: "+err.Error())
		return config
	}
	d.readFiles(&config, dir)
	config = config.WithDefaults()
	d.add(config.check())
	return config
}

// quote shows the value at path in a message: as it was written when it holds a variable, and never
// when it is a secret.
func (d *document) quote(path string, value any) string {
	if _, secret := secretAt(path); secret {
		switch value.(type) {
		case map[string]any, []any:
			return describe(value)
		}
		return "a value that is not shown"
	}
	if text, ok := d.written[path]; ok {
		return shown(text) + " (with the variables of the environment)"
	}
	return describe(value)
}

// readFiles reads the files that the configuration names into it.
func (d *document) readFiles(c *Config, dir string) {
	d.users = c.Users
	for _, name := range []*string{&c.Login.Session.File, &c.Expectations} {
		if *name != "" {
			*name = beside(dir, *name)
		}
	}
	if r := &c.Launches.Recording; r.File != "" {
		d.readRecording("launches.recording", r, dir)
	}
	for path := range d.bad {
		if strings.HasPrefix(path, "login.recording") {
			c.Login.Recordings = nil // what is left of the list stands at other places of the file
		}
	}
	for i := range c.Login.Recordings {
		d.readRecording(d.recordingPath(i), &c.Login.Recordings[i], dir)
	}
	if c.TLS.CAFile != "" {
		if pem, ok := d.readNamed("tls.ca", c.TLS.CAFile, dir); ok {
			c.TLS.CA = pem
		}
	}
	if c.JWKS.CertFile != "" {
		c.JWKS.Cert, _ = d.readNamed("jwks.cert", c.JWKS.CertFile, dir)
	}
	c.JWKS.Key = d.readKey("jwks.key", c.JWKS.Key, dir)
	for kind, client := range c.Clients {
		client.Key = d.readKey("clients."+string(kind)+".key", client.Key, dir)
		c.Clients[kind] = client
	}
}

// readKey returns the private key that the value at path is, or the one in the file that it names.
func (d *document) readKey(path string, value Secret, dir string) Secret {
	name := value.Reveal()
	if name == "" || holdsKey(name) {
		return value
	}
	raw, ok := d.readNamed(path, name, dir)
	if !ok {
		return Secret{}
	}
	return NewSecret(string(raw))
}

// readRecording reads the file of a recording, which path names.
func (d *document) readRecording(path string, r *Recording, dir string) {
	content, ok := d.readBounded(path, r.File, dir, maxRecording)
	if !ok {
		return
	}
	r.File, r.Content = beside(dir, r.File), content
	scripts, mistakes := recording.Parse(r.File, content)
	for _, m := range mistakes {
		d.mistakes = append(d.mistakes, Mistake{File: r.File, Line: m.Line, Column: 1, Path: path, Message: m.Message})
	}
	if len(scripts) > 0 && scripts[0].Start == "" && path == "launches.recording" && d.keys["launches.portal"] == (position{}) {
		d.report(path, path+" says not where it begins; record it from the portal on, or give launches.portal")
	}
	for role, user := range d.users {
		for _, script := range scripts {
			if step, found := script.Holds(user.Password.Reveal()); found {
				d.mistakes = append(d.mistakes, Mistake{File: r.File, Line: step.Line, Column: 1, Path: path, Message: fmt.Sprintf(
					`step %d holds the password of the %s; write "${password}" instead`, step.Number, role)})
			}
		}
	}
}

// recordingPath returns where the name of a recording of the login stands.
func (d *document) recordingPath(i int) string {
	list := fmt.Sprintf("login.recording[%d]", i)
	switch _, inMapping := d.values[list+".file"]; {
	case inMapping:
		return list + ".file"
	case d.values[list] != position{}:
		return list
	default:
		return "login.recording"
	}
}

// beside returns the name of a file as seen from the folder of the target file.
func beside(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

func (d *document) readNamed(path, name, dir string) ([]byte, bool) {
	return d.readBounded(path, name, dir, maxKeyFile)
}

// readBounded reads a file of at most limit bytes that the value at path names.
func (d *document) readBounded(path, name, dir string, limit int64) ([]byte, bool) {
	name = beside(dir, name)
	raw, err := readFile(name, limit)
	if err == nil && len(raw) == 0 {
		err = errors.New("is empty")
	}
	if err != nil {
		// The name of a key file may be a key that was not recognised, so it is not repeated.
		if _, secret := secretAt(path); secret && d.written[path] != "" {
			d.report(path, path+" holds neither a private key nor the name of a file that can be read")
			return nil, false
		}
		d.report(path, fmt.Sprintf("%s names %s: %v", path, shown(name), err))
		return nil, false
	}
	return raw, true
}

// readFile reads a file of at most limit bytes. Its errors do not repeat the name.
func readFile(name string, limit int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, cause(err)
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("is larger than %d KiB", limit>>10)
	}
	return raw, nil
}

// cause returns what the operating system said, without operation and name.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// ReadTLS returns how to verify certificates: with the authorities in a PEM file, when one is named,
// besides those of the system.
func ReadTLS(caFile string, insecure bool) (TLS, error) {
	t := TLS{CAFile: caFile, Insecure: insecure}
	if caFile == "" {
		return t, nil
	}
	raw, err := readFile(caFile, maxKeyFile)
	if err != nil {
		return t, fmt.Errorf("certificate file %s: %w", caFile, err)
	}
	if t.CA = raw; t.complaint() != "" || len(raw) == 0 {
		return t, fmt.Errorf("certificate file %s holds no PEM certificate", caFile)
	}
	return t, nil
}
