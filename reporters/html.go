package reporters

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/smart-conformance/smartcheck/internal/locale"
)

//go:embed html
var htmlFiles embed.FS

// WriteHTML writes the report for people: one file that asks nothing of the network, readable without
// its script. What a server sent is escaped by html/template, made visible and bounded; an exchange and
// a journey stand once in the file, however many findings point to them.
func WriteHTML(w io.Writer, r Results, p Presentation) error {
	v := view{results: r, Language: p.Language, picture: p.picture}
	page, err := template.New("report.html").Funcs(template.FuncMap{
		"t": v.Text, "f": v.Format,
	}).ParseFS(htmlFiles, "html/*.html")
	if err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	var out bytes.Buffer
	if err := page.Execute(&out, v.page()); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return nil
}

// view is how a language presents results.
type view struct {
	locale.Language
	results Results
	picture func(name string) []byte
}

// prose is a text with its language, when that is another than that of the page.
type prose struct{ Text, Lang string }

// own is a text of this program that may have been translated, such as the title of a check.
func (v view) own(english string) prose {
	translated, ok := v.Lookup(english)
	if !ok {
		return v.english(english)
	}
	return prose{Text: line(translated)}
}

// english is a text that stays English in every language, since it tells what a server did.
func (v view) english(text string) prose {
	if v.Language == locale.TraditionalChinese {
		return prose{Text: line(text), Lang: string(locale.English)}
	}
	return prose{Text: line(text)}
}

// tag is the language tag of the page.
func (v view) tag() string {
	if v.Language == "" {
		return string(locale.English)
	}
	return string(v.Language)
}

// message marks a text that is looked up later, so that the test of the translations finds it.
func message(english string) string { return english }

// embedded returns a file of the report.
func embedded(name string) string {
	content, err := htmlFiles.ReadFile("html/" + name)
	if err != nil {
		panic(err) // the files are part of the program
	}
	return string(content)
}

// policy is the Content-Security-Policy of the page: this style, this script and pictures in the file,
// and nothing else. html/template refuses to fill in the attribute content, so the attribute is made here
// of nothing but hashes.
func policy(style, script string) template.HTMLAttr {
	return template.HTMLAttr(fmt.Sprintf(
		`content="default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'"`,
		hashSource(style), hashSource(script)))
}

func hashSource(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
