package evidence

import "strings"

// Secret stands for a token, a code or another value that is never written down. It keeps what may be
// judged.
type Secret struct {
	// Fingerprint is equal for equal secrets of one run, and tells nothing else.
	Fingerprint string `json:"fingerprint"`
	Length      int    `json:"length"`   // in bytes
	B64Token    bool   `json:"b64token"` // matches b64token of RFC 6750 §2.1
	VSChar      bool   `json:"vschar"`   // holds visible ASCII and spaces only, RFC 6749 appendix A
}

// IsB64Token reports whether s matches b64token of RFC 6750 §2.1.
func IsB64Token(s string) bool {
	body := strings.TrimRight(s, "=")
	for _, c := range []byte(body) {
		alphanumeric := c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !alphanumeric && !strings.ContainsRune("-._~+/", rune(c)) {
			return false
		}
	}
	return body != ""
}

// IsVSChar reports whether s is a non-empty string of the characters %x20-7E.
func IsVSChar(s string) bool {
	for _, c := range []byte(s) {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return s != ""
}
