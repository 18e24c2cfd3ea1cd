// Package axe fetches axe-core, which finds what keeps people from using a page, and runs it in a tab of a
// browser. Tests use it; nothing of it is part of a release.
package axe

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// The release of axe-core, and the sha512 of its npm package as the registry states it.
const (
	version   = "4.14.1"
	integrity = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)

// maxPackage bounds what is taken from the registry, and the script in it, in bytes.
const maxPackage = 16 << 20

// Violation is a rule that a page breaks, with the elements that break it.
type Violation struct {
	Rule, Help string
	Elements   []string
}

// Source returns the script. It is taken from the cache directory of the user, and from the npm registry
// (npm_config_registry names another) when it is not there. The error says which address failed.
func Source(ctx context.Context) (string, error) {
	file, err := cached()
	if err != nil {
		return "", err
	}
	content, err := os.ReadFile(file)
	if err != nil || verify(content) != nil {
		if content, err = download(ctx); err != nil {
			return "", err
		}
		if err := keep(file, content); err != nil {
			return "", err
		}
	}
	return script(content)
}

func cached() (string, error) {
	directory, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache directory for axe-core: %w", err)
	}
	return filepath.Join(directory, "smartcheck", "axe-core-"+version+".tgz"), nil
}

func download(ctx context.Context) ([]byte, error) {
	registry := cmp.Or(os.Getenv("npm_config_registry"), os.Getenv("NPM_CONFIG_REGISTRY"), "https://registry.npmjs.org")
	address := strings.TrimRight(registry, "/") + "/axe-core/-/axe-core-" + version + ".tgz"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch axe-core from %s: %w", address, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch axe-core (is the npm registry within reach?): %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch axe-core: %s answered %s", address, response.Status)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxPackage))
	if err != nil {
		return nil, fmt.Errorf("fetch axe-core from %s: %w", address, err)
	}
	if err := verify(content); err != nil {
		return nil, fmt.Errorf("fetch axe-core from %s: %w", address, err)
	}
	return content, nil
}

func verify(content []byte) error {
	sum := sha512.Sum512(content)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != integrity {
		return fmt.Errorf("the package has the sha512 %s; expected %s", got, integrity)
	}
	return nil
}

// keep writes a file so that another process sees the whole of it or none.
func keep(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("keep axe-core: %w", err)
	}
	part, err := os.CreateTemp(filepath.Dir(file), "axe-core-*")
	if err != nil {
		return fmt.Errorf("keep axe-core: %w", err)
	}
	_, err = part.Write(content)
	if closed := part.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(part.Name(), file)
	}
	if err != nil {
		_ = os.Remove(part.Name())
		return fmt.Errorf("keep axe-core: %w", err)
	}
	return nil
}

// script takes axe.min.js out of the package.
func script(content []byte) (string, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return "", fmt.Errorf("unpack axe-core: %w", err)
	}
	for files := tar.NewReader(unzipped); ; {
		header, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("find axe.min.js in the package of axe-core: %w", err)
		}
		if header.Name == "package/axe.min.js" {
			text, err := io.ReadAll(io.LimitReader(files, maxPackage))
			return string(text), err
		}
	}
}

// Run looks at the page in the tab of ctx, by WCAG 2.0 to 2.2 of level AA and by best practice.
func Run(ctx context.Context, source string) ([]Violation, error) {
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[any](source+"; 0")); err != nil {
		return nil, fmt.Errorf("load axe-core: %w", err)
	}
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[string](look, func(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }))
	if err != nil {
		return nil, fmt.Errorf("run axe-core: %w", err)
	}
	var found []Violation
	if err := json.Unmarshal([]byte(answer), &found); err != nil {
		return nil, fmt.Errorf("read what axe-core found: %w", err)
	}
	return found, nil
}

const look = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
.then(r => JSON.stringify(r.violations.map(v => ({Rule: v.id, Help: v.help,
  Elements: v.nodes.slice(0, 5).map(n => n.html.slice(0, 300) + " — " + (n.failureSummary || "").slice(0, 300))}))))`
