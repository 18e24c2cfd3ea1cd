package reporters

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"
)

// Difference is one between two runs themselves, not between their findings.
type Difference struct {
	What string `json:"what"` // target, spec, profile, strict, tls or tool
	Old  string `json:"old"`
	New  string `json:"new"`
	// Prevents says that a change between the runs may come from this difference instead of from the server,
	// whatever else is equal.
	Prevents bool `json:"prevents"`
}

// differencesOf tells in what two runs differ. Another target, version of SMART, profile or strictness
// prevents a comparison; another way to verify certificates or another program is worth knowing.
func differencesOf(old, latest Results) []Difference {
	out := []Difference{}
	for _, d := range []Difference{
		{"target", old.Target.Identity(), latest.Target.Identity(), true},
		{"spec", string(old.Target.Spec), string(latest.Target.Spec), true},
		{"profile", old.profileID(), latest.profileID(), true},
		{"strict", yesNo(old.Strict), yesNo(latest.Strict), true},
		{"tls", string(old.Target.TLS), string(latest.Target.TLS), false},
		{"tool", old.Tool.Name + " " + old.Tool.Version, latest.Tool.Name + " " + latest.Tool.Version, false},
	} {
		if d.Old != d.New {
			out = append(out, d)
		}
	}
	return out
}

// Identity tells one target from another: its FHIR base URL. A server on a loopback address gets another
// port each time that a test starts it, so that its port is left out and its name stands in for it.
func (t Target) Identity() string {
	base := strings.TrimRight(t.FHIR, "/")
	address, err := url.Parse(base)
	if err != nil || !loopback(address.Hostname()) {
		return base
	}
	address.Host = strings.TrimSuffix(address.Host, ":"+address.Port())
	if t.Name == "" {
		return address.String()
	}
	return t.Name + " at " + address.String()
}

// origin is scheme, host and port of the FHIR base URL, or "".
func (t Target) origin() string {
	address, err := url.Parse(t.FHIR)
	if err != nil || address.Host == "" {
		return ""
	}
	return address.Scheme + "://" + address.Host
}

// withoutOrigin is a message in which the server is not named, so that one of a server that moved stays the same.
func withoutOrigin(message, origin string) string {
	if origin == "" {
		return message
	}
	return strings.ReplaceAll(message, origin, "")
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (r Results) profileID() string {
	if r.Profile == nil {
		return ""
	}
	return cmp.Or(r.Profile.ID, r.Profile.Title)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// Prevented returns the differences that would prevent a comparison of an old run with one that is yet to
// be made of the target; profile is nil when none selects its checks.
func Prevented(old Results, target Target, profile *Profile, strict bool) []Difference {
	planned := Results{Target: target, Strict: strict, Profile: profile}
	var out []Difference
	for _, d := range differencesOf(old, planned) {
		if d.Prevents {
			out = append(out, d)
		}
	}
	return out
}

var differenceInWords = map[string]string{
	"target": "other target", "spec": "other version of SMART App Launch", "profile": "other profile",
	"strict": "other strictness", "tls": "other verification of certificates", "tool": "other program",
}

// String says the difference in words, such as "other target: it was https://a, it is https://b". Texts
// of the runs are cut, and made visible.
func (d Difference) String() string {
	name := func(s string) string { return cmp.Or(visible(cut(s, maxDifference)), "none") }
	return differenceInWords[d.What] + ": it was " + name(d.Old) + ", it is " + name(d.New)
}

const maxDifference = 200 // bytes of what a run says of itself
