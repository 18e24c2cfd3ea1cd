package browser

import "strings"

// lexicon holds the words by which pages of one language name what they offer. Add a language by adding
// a lexicon to lexicons; a phrase matches where it stands between word boundaries, whatever its case.
type lexicon struct {
	Username   []string // fields
	Search     []string // fields that only look like a user name
	SignIn     []string // buttons
	Next       []string // buttons that lead on and decide nothing
	Approve    []string // buttons
	Deny       []string // buttons; tried before Approve
	Consent    []string // texts of a consent page
	Launch     []string // buttons of a portal
	Embedded   []string // buttons that launch inside of the page
	Choose     []string // headings of a picker
	Patient    []string // subjects of a picker
	Encounter  []string
	Account    []string
	Error      []string // titles, headings and alerts
	SecondAuth []string // a second factor
}

var lexicons = []lexicon{english}

var english = lexicon{
	Username: []string{"username", "user name", "user id", "userid", "user", "login", "email", "e-mail", "account",
		"identifier", "sign-in name", "member id", "nhs number", "uid"},
	Search: []string{"search", "filter", "find", "query"},
	SignIn: []string{"sign in", "signin", "log in", "login", "log on", "logon", "sign on"},
	Next: []string{"continue", "next", "proceed", "go on", "select", "choose", "ok", "submit", "use this", "open",
		"confirm", "go", "save", "done", "got it", "start", "return to application", "return to app", "click here"},
	Approve: []string{"approve", "allow", "authorize", "authorise", "accept", "agree", "i agree", "grant", "grant access",
		"give access", "permit", "consent", "yes", "confirm", "share", "allow access"},
	Deny: []string{"deny", "decline", "do not allow", "don't allow", "don’t allow", "disallow", "refuse", "reject", "disagree",
		"do not share", "don't share", "don’t share", "do not authorize", "not now", "cancel", "no", "no thanks", "revoke", "do not agree"},
	Consent: []string{"consent", "permission", "permissions", "access", "authorize", "authorise", "authorization", "scopes",
		"scope", "allow", "share", "wants to", "would like to", "is requesting", "requests"},
	Launch:   []string{"launch", "open app", "start app", "run app"},
	Embedded: []string{"embedded", "embed", "inside", "iframe", "in frame", "in a frame", "inline", "here", "in this page"},
	Choose:   []string{"select", "choose", "pick", "picker", "which", "whose", "selection"},
	Patient: []string{"patient", "patients", "person", "record", "records", "child", "dependent", "family member",
		"whose", "launch/patient"},
	Encounter: []string{"encounter", "encounters", "visit", "visits", "admission", "appointment", "launch/encounter"},
	Account: []string{"account", "accounts", "user", "users", "practitioner", "practitioners", "clinician", "profile", "sign in as",
		"continue as", "identity", "role"},
	Error: []string{"error", "errors", "invalid", "failed", "failure", "denied", "forbidden", "unauthorized", "unauthorised",
		"not found", "bad request", "not allowed", "not permitted", "not registered", "unknown client", "mismatch",
		"went wrong", "something wrong", "problem", "unsupported", "expired", "unable to", "could not", "cannot",
		"rejected", "refused", "exception", "oops", "sorry", "unavailable", "missing", "does not match"},
	SecondAuth: []string{"one-time code", "one time code", "verification code", "security code", "authenticator", "otp", "passcode",
		"two-factor", "two factor", "2fa", "mfa", "captcha", "not a robot"},
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

// holdsPhrase finds phrase in text between word boundaries.
func holdsPhrase(text, phrase string) bool {
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
