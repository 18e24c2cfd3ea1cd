package reference

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// keyTable describes the keys of the target file that the words of a region name.
func keyTable(words []string) (string, error) {
	if len(words) == 2 && words[0] == "in" {
		section, err := keyAt(words[1])
		if err != nil {
			return "", err
		}
		if columns := kinds(section); columns != nil {
			return kindTable(columns), nil
		}
		return table(keyRows(section.Keys, section.Path+".")), nil
	}
	var keys []target.Key
	for _, path := range words {
		key, err := keyAt(path)
		if err != nil {
			return "", err
		}
		keys = append(keys, key)
	}
	return table(keyRows(keys, "")), nil
}

func keyAt(path string) (target.Key, error) {
	var at target.Key
	below := target.Keys()
	for _, name := range strings.Split(path, ".") {
		found := false
		for _, key := range below {
			if key.Name == name {
				at, below, found = key, key.Keys, true
				break
			}
		}
		if !found {
			return target.Key{}, fmt.Errorf("a page describes the key %s, which the schema of the target file does not have", path)
		}
	}
	return at, nil
}

// keyRows returns a row for each key that holds a value, without the prefix of its path. Keys that follow each
// other and are described the same share a row.
func keyRows(keys []target.Key, prefix string) [][]string {
	rows := [][]string{{"key", "value", "default"}}
	for _, key := range target.ValueKeys(keys) {
		name := "`" + strings.TrimPrefix(key.Path, prefix) + "`"
		value, without := meaning(key), defaultOf(key)
		if section := key.Path[:max(0, strings.LastIndex(key.Path, "."))]; without == "required" && len(section) > len(prefix) {
			if of, err := keyAt(section); err == nil && of.IsSection() && !of.Required {
				without += " with `" + strings.TrimPrefix(section, prefix) + "`"
			}
		}
		if last := rows[len(rows)-1]; last[1] == value && last[2] == without {
			last[0] += ", " + name
			continue
		}
		rows = append(rows, []string{name, value, without})
	}
	return rows
}

// meaning says what may stand at a key and what for.
func meaning(key target.Key) string {
	values := make([]string, len(key.Values))
	for i, value := range key.Values {
		values[i] = "`" + value + "`"
	}
	what := key.Description
	switch {
	case key.Type == "boolean":
		what = "`true`: " + what
	case key.Min != "":
		short, rest, more := strings.Cut(what, ": ")
		what = fmt.Sprintf("%s, %s to %s", short, key.Min, key.Max)
		if more {
			what += ": " + rest
		}
	case key.Type == "array" && len(values) > 0:
		what = "a list of " + alternatives(values) + ": " + what
	case len(values) > 0:
		what = alternatives(values) + ": " + what
	case key.Type == "array":
		what = "a list: " + what
	}
	return what
}

// alternatives lists words, such as "a, b or c".
func alternatives(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// defaultOf says what holds without the key.
func defaultOf(key target.Key) string {
	switch {
	case key.Default != "":
		return "`" + key.Default + "`"
	case key.Otherwise != "":
		return key.Otherwise
	case key.Required:
		return "required"
	default:
		return ""
	}
}

// kinds returns the mappings of a section that holds nothing else, such as the clients by kind; otherwise nil.
func kinds(section target.Key) []target.Key {
	for _, key := range section.Keys {
		if !key.IsSection() || key.Definition == "" {
			return nil
		}
	}
	return section.Keys
}

// kindTable describes the keys of mappings that have much in common: with a column for each of them, or none
// when they all have the same keys.
func kindTable(kinds []target.Key) string {
	same := true
	for _, kind := range kinds {
		same = same && kind.Definition == kinds[0].Definition
	}
	if same {
		return table(keyRows(kinds[0].Keys, kinds[0].Path+"."))
	}
	head := []string{"key"}
	for _, kind := range kinds {
		head = append(head, "`"+kind.Name+"`")
	}
	rows := [][]string{append(head, "value", "default")}
	for column, kind := range kinds {
		for _, key := range kind.Keys {
			row := kindRow(&rows, key, len(kinds))
			rows[row][1+column] = "yes"
			if key.Required {
				rows[row][1+column] = "required"
			}
		}
	}
	return table(rows)
}

// kindRow returns the index of the row of a key, which it adds behind the last row of that name, or at the end,
// when there is none that says the same.
func kindRow(rows *[][]string, key target.Key, columns int) int {
	name, value, without := "`"+key.Name+"`", meaning(key), defaultOf(key)
	if key.Required {
		without = ""
	}
	at := len(*rows)
	for i, row := range *rows {
		if row[0] != name {
			continue
		}
		if row[columns+1] == value && row[columns+2] == without {
			return i
		}
		at = i + 1
	}
	row := make([]string, columns+3)
	row[0], row[columns+1], row[columns+2] = name, value, without
	*rows = append((*rows)[:at], append([][]string{row}, (*rows)[at:]...)...)
	return at
}
