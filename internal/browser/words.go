package browser

import (
	"strings"
	"unicode"
)

// lexicon holds the words by which pages of one language name what they offer. A phrase matches where it
// stands between word boundaries, whatever its case; one in a script without spaces matches anywhere.
// Add a language by adding a lexicon to lexicons.
type lexicon struct {
	Username     []string // fields
	Search       []string // fields that only look like a user name
	SignIn       []string // buttons
	SignOut      []string // buttons
	Federated    []string // buttons that sign in elsewhere; not pressed
	Next         []string // buttons that lead on and decide nothing
	Pager        []string // buttons that show more of a list
	Approve      []string // buttons
	Deny         []string // buttons; tried before Approve
	Aside        []string // controls that lead away from the question of a page; not used
	Consent      []string // texts of a consent page
	Terms        []string // texts of a page with terms to accept
	Stay         []string // texts that ask whether to stay signed in
	Cookies      []string // texts of a cookie banner
	Reject       []string // buttons of a cookie banner
	Close        []string // buttons of a cookie banner
	Launch       []string // buttons of a portal
	Embedded     []string // buttons that launch inside of the page
	Choose       []string // headings of a picker
	Patient      []string // subjects of a picker
	Encounter    []string
	Record       []string // other records that an app can be launched with, such as an imaging study
	Organization []string
	Account      []string
	Error        []string // titles, headings and alerts
	SecondAuth   []string // a second factor
	App          []string // a code from an authenticator app
	Message      []string // a code that is sent to the person
	Key          []string // a passkey or a security key
	Captcha      []string // a test for robots
	Loading      []string // a page that is not ready
}

// speaks reports whether text holds a phrase of the list, in any language.
func speaks(text string, list func(lexicon) []string) bool {
	text = normalise(text)
	for _, l := range lexicons {
		for _, phrase := range list(l) {
			if holdsPhrase(text, phrase) {
				return true
			}
		}
	}
	return false
}

// normalise lowers the case and separates the words of identifiers such as userName and user_id.
func normalise(s string) string {
	var b strings.Builder
	previous := ' '
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			if previous >= 'a' && previous <= 'z' {
				b.WriteByte(' ')
			}
			b.WriteRune(r + 'a' - 'A')
		case r == '_', r == '\n', r == '\t':
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
		previous = r
	}
	return strings.ToLower(b.String())
}

// holdsPhrase finds phrase in text between word boundaries, if its script has any.
func holdsPhrase(text, phrase string) bool {
	if strings.ContainsFunc(phrase, spaceless) {
		return strings.Contains(text, phrase)
	}
	return holdsToken(text, phrase, func(r byte) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0x80
	})
}

// holdsID finds an identifier in text where no character of a FHIR id stands beside it.
func holdsID(text, id string) bool {
	return id != "" && holdsToken(text, id, func(r byte) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r >= 0x80
	})
}

func holdsToken(text, token string, inside func(byte) bool) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], token)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(token)
		if (at == 0 || !inside(text[at-1])) && (end == len(text) || !inside(text[end])) {
			return true
		}
		from = at + 1
	}
}

// spaceless reports whether a letter belongs to a script that is written without spaces.
func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}
