// Package locale translates the texts of reports, and the titles and remedies of checks. A text is looked
// up by its English wording in gettext catalogues, one directory of .po files for each language; what a
// catalogue lacks stays English.
package locale

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/leonelquinteros/gotext"
)

// Language is a BCP 47 tag of a language that reports are written in.
type Language string

// The languages of reports.
const (
	English            Language = "en"
	TraditionalChinese Language = "zh-Hant"
)

// Languages are the languages of reports.
var Languages = []Language{English, TraditionalChinese}

//go:embed zh-Hant
var catalogues embed.FS

var traditionalChinese = sync.OnceValues(func() (map[string]string, error) { return read(TraditionalChinese) })

// Parse returns the language with that tag; "" is English. The error lists the tags there are.
func Parse(tag string) (Language, error) {
	if tag == "" {
		return English, nil
	}
	if !slices.Contains(Languages, Language(tag)) {
		return "", fmt.Errorf("there is no language %q; languages are en and zh-Hant", tag)
	}
	return Language(tag), nil
}

// Text returns the wording of an English text in the language, or the English text where there is none.
func (l Language) Text(english string) string {
	if translated, ok := l.Lookup(english); ok {
		return translated
	}
	return english
}

// Format is fmt.Sprintf with the wording of an English format in the language.
func (l Language) Format(english string, values ...any) string {
	return fmt.Sprintf(l.Text(english), values...)
}

// Lookup returns the wording of an English text in the language, and whether there is one.
func (l Language) Lookup(english string) (string, bool) {
	if l != TraditionalChinese {
		return english, l == English || l == ""
	}
	texts, err := traditionalChinese()
	if err != nil {
		panic(err) // the catalogues are part of the program, and a test reads them
	}
	translated, ok := texts[english]
	return translated, ok
}

// read returns the texts of all catalogues of a language by their English wording.
func read(l Language) (map[string]string, error) {
	texts := map[string]string{}
	err := fs.WalkDir(catalogues, string(l), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".po" {
			return err
		}
		raw, err := catalogues.ReadFile(name)
		if err != nil {
			return err
		}
		po := gotext.NewPo()
		po.Parse(raw)
		for english, translation := range po.GetDomain().GetTranslations() {
			if english == "" || !translation.IsTranslated() {
				continue
			}
			text := translation.Get()
			if other, twice := texts[english]; twice && other != text {
				return fmt.Errorf("%s: %q is translated otherwise elsewhere", name, english)
			}
			texts[english] = strings.TrimSpace(text)
		}
		return nil
	})
	return texts, err
}
