package ehr

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestOlderVersionsKnowNoBrands(t *testing.T) {
	for spec, want := range map[string][2]string{
		stu1: {"<nil>", "404"}, stu2: {"<nil>", "404"}, stu22: {"~/brands", "200"},
	} {
		l := inVersion(t, spec)
		NewWithT(t).Expect([2]string{configured("user_access_brand_bundle")(l), brandStatus(l)}).To(Equal(want), spec)
	}
}
