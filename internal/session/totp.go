package session

import (
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// oneTimeCode returns the code that an authenticator app shows now, or "" for a secret that is none; the
// page then refuses it. The code stays out of all that is written.
func (s *Session) oneTimeCode(secret target.Secret) string {
	code, err := timeCode(secret.Reveal(), time.Now())
	if err != nil {
		return ""
	}
	s.Recorder.Seal("one-time code", code)
	return code
}

// timeCode computes the code of RFC 6238 at a time. The secret is base32, with or without the spaces in
// which people are shown it, or an otpauth:// URL, which may say how many digits, which period and which
// hash.
func timeCode(secret string, now time.Time) (string, error) {
	options := totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	if strings.HasPrefix(secret, "otpauth://") {
		key, err := otp.NewKeyFromURL(secret)
		if err != nil || key.Type() != "totp" || key.Period() == 0 {
			return "", fmt.Errorf("read the totp secret: it is no otpauth://totp/ URL")
		}
		options.Period, options.Digits, options.Algorithm = uint(key.Period()), key.Digits(), key.Algorithm()
		secret = key.Secret()
	}
	secret = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(secret))
	code, err := totp.GenerateCodeCustom(secret, now, options)
	if err != nil {
		return "", fmt.Errorf("compute a one-time code: the totp secret is not base32")
	}
	return code, nil
}
