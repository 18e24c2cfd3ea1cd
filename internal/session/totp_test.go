package session

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// TestTimeCode computes the test vectors of RFC 6238, appendix B.
func TestTimeCode(t *testing.T) {
	const sha1, sha256 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"
	for name, test := range map[string]struct {
		secret string
		at     int64
		want   string
	}{
		"base32":              {sha1, 59, "287082"},
		"as people are shown": {"gezd gnbv gy3t qojq gezd gnbv gy3t qojq", 1111111109, "081804"},
		"URL, eight digits":   {"otpauth://totp/EHR:ada?secret=" + sha1 + "&digits=8", 1234567890, "89005924"},
		"URL, SHA-256":        {"otpauth://totp/EHR:ada?algorithm=SHA256&digits=8&secret=" + sha256, 59, "46119246"},
		"URL, period of 60 s": {"otpauth://totp/EHR:ada?period=60&secret=" + sha1, 2 * 59, "287082"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			code, err := timeCode(test.secret, time.Unix(test.at, 0))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(code).To(Equal(test.want))
		})
	}
	for _, secret := range []string{"not base32!", "otpauth://hotp/EHR:ada?secret=" + sha1, "otpauth://%zz"} {
		_, err := timeCode(secret, time.Unix(0, 0))
		g := NewWithT(t)
		g.Expect(err).To(HaveOccurred(), secret)
		g.Expect(err.Error()).NotTo(ContainSubstring(secret), "the secret stays out of the message")
	}
}
