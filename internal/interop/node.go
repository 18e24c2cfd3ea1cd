package interop

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// nodeDirectory holds the npm package that serves oidc-provider, with its lock file.
const nodeDirectory = "oidcprovider"

// nodeMissing says which program for oidc-provider this machine lacks, or "".
func nodeMissing() string {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return program
		}
	}
	return ""
}

// install copies the npm package into an empty directory and installs what its lock file pins there.
func install(ctx context.Context, directory string) error {
	for _, name := range []string{"package.json", "package-lock.json", ".npmrc", "server.mjs"} {
		content, err := os.ReadFile(filepath.Join(nodeDirectory, name))
		if err != nil {
			return fmt.Errorf("copy the npm package: %w", err)
		}
		if err := os.WriteFile(filepath.Join(directory, name), content, 0o600); err != nil {
			return fmt.Errorf("copy the npm package: %w", err)
		}
	}
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
	npm.Dir = directory
	if output, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci of oidc-provider (is the npm registry within reach?): %w\n%s", err, output)
	}
	return nil
}

// nodeSettings is what server.mjs reads.
type nodeSettings struct {
	Issuer       string   `json:"issuer"`
	Base         string   `json:"base"`
	Patient      string   `json:"patient"`
	FHIRUser     string   `json:"fhirUser"`
	RedirectURI  string   `json:"redirectURI"`
	PublicID     string   `json:"publicID"`
	SymmetricID  string   `json:"symmetricID"`
	ClientSecret string   `json:"clientSecret"`
	FacadeID     string   `json:"facadeID"`
	FacadeSecret string   `json:"facadeSecret"`
	CookieKey    string   `json:"cookieKey"`
	Scopes       []string `json:"scopes"`
}

// startOIDCProvider starts the npm package oidc-provider from a directory that install has filled. stop
// ends it.
func startOIDCProvider(ctx context.Context, directory string, f *facade) (p provider, stop func(), err error) {
	settings, err := json.Marshal(nodeSettings{
		Issuer: f.origin, Base: f.base(), Patient: patient, FHIRUser: fhirUser, RedirectURI: redirectURI,
		PublicID: publicID, SymmetricID: symmetricID, ClientSecret: clientSecret,
		FacadeID: facadeID, FacadeSecret: facadeSecret, CookieKey: rand.Text(), Scopes: scopes,
	})
	if err != nil {
		return provider{}, nil, fmt.Errorf("write the settings of oidc-provider: %w", err)
	}
	node := exec.CommandContext(ctx, "node", "server.mjs")
	node.Dir, node.WaitDelay = directory, 5*time.Second
	var complaints bytes.Buffer
	node.Stderr = &complaints
	input, err := node.StdinPipe()
	if err != nil {
		return provider{}, nil, fmt.Errorf("start oidc-provider: %w", err)
	}
	output, err := node.StdoutPipe()
	if err != nil {
		return provider{}, nil, fmt.Errorf("start oidc-provider: %w", err)
	}
	if err := node.Start(); err != nil {
		return provider{}, nil, fmt.Errorf("start oidc-provider: %w", err)
	}
	stop = func() {
		_ = input.Close() // ends the program
		_ = node.Wait()   // how it ended is of no interest
	}
	_, err = fmt.Fprintf(input, "%s\n", settings)
	lines := bufio.NewReader(output)
	line, readErr := lines.ReadString('\n')
	port, parseErr := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || readErr != nil || parseErr != nil {
		stop()
		return provider{}, nil, fmt.Errorf("oidc-provider told no port to listen on, but %q:\n%s", line, complaints.String())
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the program
	return provider{
		origin:        fmt.Sprintf("http://127.0.0.1:%d", port),
		introspection: "/token/introspection",
		configuration: f.smartConfiguration(map[string]string{
			"authorization_endpoint": "/auth", "token_endpoint": "/token", "jwks_uri": "/jwks",
			"introspection_endpoint": "/token/introspection", "revocation_endpoint": "/token/revocation",
		}),
	}, stop, nil
}
