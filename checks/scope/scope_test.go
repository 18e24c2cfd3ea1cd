package scope_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/scope"
)

func TestParse(t *testing.T) {
	g := NewWithT(t)
	for raw, letters := range map[string]string{
		"patient/Observation.rs":                     "rs",
		"user/*.cruds":                               "cruds",
		"system/Patient.read":                        "rs",
		"patient/*.write":                            "cud",
		"patient/Observation.*":                      "cruds",
		"patient/Observation.rs?category=laboratory": "rs",
	} {
		s, ok := scope.Parse(raw)
		g.Expect(ok).To(BeTrue(), raw)
		g.Expect(s.Letters).To(Equal(letters), raw)
	}
	for _, raw := range []string{
		"", "openid", "launch/patient", "patient/Observation", "patient/Observation.", "patient/Observation.sr",
		"patient/Observation.rr", "patient/Observation.xyz", "Patient/Observation.rs", "patient/observation.rs",
		"patient/Observation.read?category=x", "patient/Observation.rs?", "patient/Obs*.rs", "patient/Observation.rs ",
	} {
		s, ok := scope.Parse(raw)
		g.Expect(ok).To(BeFalse(), raw)
		g.Expect(s).To(BeZero(), raw)
	}
}

func TestExcess(t *testing.T) {
	for name, row := range map[string]struct {
		requested, granted string
		excess             []string
	}{
		"the same":                     {"openid patient/Observation.rs", "patient/Observation.rs openid", nil},
		"fewer letters":                {"patient/Observation.cruds", "patient/Observation.rs", nil},
		"letters asked one by one":     {"patient/Observation.r patient/Observation.s", "patient/Observation.rs", nil},
		"a wildcard spelled out":       {"patient/*.rs", "patient/Condition.rs patient/Observation.r", nil},
		"v1 answered in v2":            {"patient/Observation.read", "patient/Observation.rs", nil},
		"narrowed to a category":       {"patient/Observation.rs", "patient/Observation.rs?category=laboratory", nil},
		"more letters":                 {"patient/Observation.rs", "patient/Observation.cruds", []string{"patient/Observation.cruds"}},
		"another type":                 {"patient/Observation.rs", "patient/Condition.rs", []string{"patient/Condition.rs"}},
		"every type":                   {"patient/Observation.rs", "patient/*.rs", []string{"patient/*.rs"}},
		"another context":              {"patient/Observation.rs", "user/Observation.rs", []string{"user/Observation.rs"}},
		"the query dropped":            {"patient/Observation.rs?category=laboratory", "patient/Observation.rs", []string{"patient/Observation.rs"}},
		"one of two categories":        {"patient/Observation.rs?category=a,b", "patient/Observation.rs?category=b", nil},
		"one category more":            {"patient/Observation.rs?category=a", "patient/Observation.rs?category=a,b", []string{"patient/Observation.rs?category=a,b"}},
		"categories in another order":  {"patient/Observation.rs?category=a,b", "patient/Observation.rs?category=b,a", nil},
		"narrowed once more":           {"patient/Observation.rs?category=a", "patient/Observation.rs?category=a&category=b&code=c", nil},
		"one of two conditions":        {"patient/Observation.rs?category=a&category=b", "patient/Observation.rs?category=a", []string{"patient/Observation.rs?category=a"}},
		"a system added to a code":     {"patient/Observation.rs?category=a", "patient/Observation.rs?category=http://s|a", nil},
		"a code added to a system":     {"patient/Observation.rs?category=http://s|", "patient/Observation.rs?category=http://s|a", nil},
		"the system taken away":        {"patient/Observation.rs?category=http://s|a", "patient/Observation.rs?category=a", []string{"patient/Observation.rs?category=a"}},
		"another system":               {"patient/Observation.rs?category=http://s|a", "patient/Observation.rs?category=http://t|a", []string{"patient/Observation.rs?category=http://t|a"}},
		"another role":                 {"launch/imagingstudy?role=x", "launch/imagingstudy?role=reference", nil},
		"another launch context":       {"launch/patient", "launch/patient launch/encounter", nil},
		"patient where user was asked": {"user/Observation.rs", "patient/Observation.rs", nil},
		"an identity scope not asked":  {"openid", "openid fhirUser", []string{"fhirUser"}},
		"offline access not asked for": {"launch", "launch offline_access", []string{"offline_access"}},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(scope.Excess(row.requested, row.granted)).To(Equal(row.excess))
		})
	}
}

func TestContext(t *testing.T) {
	for raw, want := range map[string]string{
		"launch/patient":                      "patient|",
		"launch/list?role=https://a.example/": "list|https://a.example/",
		"launch/list?color=red":               "none",
		"launch/":                             "none",
		"launch":                              "none",
		"patient/List.rs":                     "none",
	} {
		got := "none"
		if kind, role, ok := scope.Context(raw); ok {
			got = kind + "|" + role
		}
		if got != want {
			t.Errorf("%s reads as %s, want %s", raw, got, want)
		}
	}
}
