package schemas_test

import (
	"encoding/json"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/schemas"
)

func TestViolationsAreInWords(t *testing.T) {
	const smart = "smart-configuration-2.2.0.schema.json"
	for _, tc := range []struct {
		schema, document string
		want             []string
	}{
		{smart, `{"token_endpoint":"https://x/t","grant_types_supported":["authorization_code"],"capabilities":[],"code_challenge_methods_supported":["S256"]}`, nil},
		{smart, `[]`, []string{"expected an object, found []"}},
		{smart, `{}`, []string{
			"the member capabilities is missing", "the member code_challenge_methods_supported is missing",
			"the member grant_types_supported is missing", "the member token_endpoint is missing",
		}},
		{smart, `{"token_endpoint":7,"grant_types_supported":"authorization_code","capabilities":["a","b","c",7,{}],"code_challenge_methods_supported":["S256","plain"]}`, []string{
			`/capabilities/3: expected a string, found 7`,
			`/capabilities/4: expected a string, found an object with 0 members`,
			`/code_challenge_methods_supported: holds an item that is not allowed: ["S256","plain"]`,
			`/grant_types_supported: expected an array, found "authorization_code"`,
			`/token_endpoint: expected a string, found 7`,
		}},
		{smart, `{"token_endpoint":"","grant_types_supported":[],"capabilities":[],"code_challenge_methods_supported":["plane"],"associated_endpoints":[{"url":1}]}`, []string{
			"/associated_endpoints/0: the member capabilities is missing",
			"/associated_endpoints/0/url: expected a string, found 1",
			`/code_challenge_methods_supported: the wanted item is missing from ["plane"]`,
			"/grant_types_supported: expected at least one item, found none",
			"/token_endpoint: expected a text, found an empty one",
		}},
		{"jwks.schema.json", `{"keys":[{"kty":"RSA","n":"a b","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"x"},{"kid":"1"}]}`, []string{
			`/keys/0/n: expected text of the form '^[A-Za-z0-9_-]+$', found "a b"`,
			"/keys/1: the member y is missing",
			"/keys/2: the member kty is missing",
		}},
		{"openid-configuration.schema.json", `{"issuer":"https://x","authorization_endpoint":"https://x/a","token_endpoint":"https://x/t","jwks_uri":"https://x/j","response_types_supported":["code"],"subject_types_supported":["secret"],"id_token_signing_alg_values_supported":["RS256"],"request_parameter_supported":"true"}`, []string{
			`/request_parameter_supported: expected a boolean, found "true"`,
			`/subject_types_supported/0: expected one of "public", "pairwise", found "secret"`,
		}},
	} {
		t.Run(fmt.Sprintf("%s %.40s", tc.schema, tc.document), func(t *testing.T) {
			g := NewWithT(t)
			var document any
			g.Expect(json.Unmarshal([]byte(tc.document), &document)).To(Succeed())
			var got []string
			for _, v := range schemas.Validate(tc.schema, document) {
				got = append(got, v.String())
			}
			g.Expect(got).To(Equal(tc.want))
		})
	}
}

func TestEverySchemaCompiles(t *testing.T) {
	for _, name := range []string{
		"smart-configuration-1.0.0.schema.json", "smart-configuration-2.0.0.schema.json",
		"smart-configuration-2.2.0.schema.json", "openid-configuration.schema.json", "jwks.schema.json",
	} {
		NewWithT(t).Expect(schemas.Validate(name, "not an object")).To(HaveLen(1), name)
	}
}
