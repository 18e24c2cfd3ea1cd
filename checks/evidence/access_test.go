package evidence_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

func TestFHIRAnswerInWords(t *testing.T) {
	for want, answer := range map[string]evidence.FHIRAnswer{
		"401":                      {Status: 401, Problem: "the body is not a JSON object"},
		"403":                      {Status: 403, ResourceType: "OperationOutcome"},
		"200 with Patient/amy":     {Status: 200, ResourceType: "Patient", ID: "amy"},
		"200 with 0 entries":       {Status: 200, ResourceType: "Bundle"},
		"200 with 1 entry":         {Status: 200, ResourceType: "Bundle", Entries: 1},
		"200 with 2 entries":       {Status: 200, ResourceType: "Bundle", Entries: 2},
		"200 (the body is a page)": {Status: 200, Problem: "the body is a page"},
	} {
		NewWithT(t).Expect(answer.Describe()).To(Equal(want))
	}
}
