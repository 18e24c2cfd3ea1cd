package tlsprobe

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// group is a set of suites that are offered together and nothing else.
type group struct {
	name   string
	suites []suite
}

// suite is one row of the IANA registry "TLS Cipher Suites".
type suite struct {
	id   uint16
	name string
}

// groups are the suites that RFC 9325 sections 4.1 and 4.2 advise against, from the forbidden to the
// merely discouraged.
var groups = []group{
	{evidence.SuitesNull, []suite{
		{0x0001, "TLS_RSA_WITH_NULL_MD5"},
		{0x0002, "TLS_RSA_WITH_NULL_SHA"},
		{0x003b, "TLS_RSA_WITH_NULL_SHA256"},
		{0xc001, "TLS_ECDH_ECDSA_WITH_NULL_SHA"},
		{0xc006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA"},
		{0xc00b, "TLS_ECDH_RSA_WITH_NULL_SHA"},
		{0xc010, "TLS_ECDHE_RSA_WITH_NULL_SHA"},
	}},
	{evidence.SuitesAnonymous, []suite{
		{0x0018, "TLS_DH_anon_WITH_RC4_128_MD5"},
		{0x001a, "TLS_DH_anon_WITH_DES_CBC_SHA"},
		{0x001b, "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA"},
		{0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA"},
		{0x003a, "TLS_DH_anon_WITH_AES_256_CBC_SHA"},
		{0x0046, "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA"},
		{0x006c, "TLS_DH_anon_WITH_AES_128_CBC_SHA256"},
		{0x006d, "TLS_DH_anon_WITH_AES_256_CBC_SHA256"},
		{0x0089, "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA"},
		{0x009b, "TLS_DH_anon_WITH_SEED_CBC_SHA"},
		{0x00a6, "TLS_DH_anon_WITH_AES_128_GCM_SHA256"},
		{0x00a7, "TLS_DH_anon_WITH_AES_256_GCM_SHA384"},
		{0xc015, "TLS_ECDH_anon_WITH_NULL_SHA"},
		{0xc016, "TLS_ECDH_anon_WITH_RC4_128_SHA"},
		{0xc017, "TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA"},
		{0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"},
		{0xc019, "TLS_ECDH_anon_WITH_AES_256_CBC_SHA"},
	}},
	{evidence.SuitesExport, []suite{
		{0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"},
		{0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5"},
		{0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"},
		{0x000b, "TLS_DH_DSS_EXPORT_WITH_DES40_CBC_SHA"},
		{0x000e, "TLS_DH_RSA_EXPORT_WITH_DES40_CBC_SHA"},
		{0x0011, "TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA"},
		{0x0014, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"},
		{0x0017, "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5"},
		{0x0019, "TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA"},
	}},
	{evidence.SuitesRC4, []suite{
		{0x0004, "TLS_RSA_WITH_RC4_128_MD5"},
		{0x0005, "TLS_RSA_WITH_RC4_128_SHA"},
		{0xc002, "TLS_ECDH_ECDSA_WITH_RC4_128_SHA"},
		{0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"},
		{0xc00c, "TLS_ECDH_RSA_WITH_RC4_128_SHA"},
		{0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"},
	}},
	{evidence.SuitesDES, []suite{
		{0x0009, "TLS_RSA_WITH_DES_CBC_SHA"},
		{0x000c, "TLS_DH_DSS_WITH_DES_CBC_SHA"},
		{0x000f, "TLS_DH_RSA_WITH_DES_CBC_SHA"},
		{0x0012, "TLS_DHE_DSS_WITH_DES_CBC_SHA"},
		{0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA"},
	}},
	{evidence.Suites3DES, []suite{
		{0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
		{0x000d, "TLS_DH_DSS_WITH_3DES_EDE_CBC_SHA"},
		{0x0010, "TLS_DH_RSA_WITH_3DES_EDE_CBC_SHA"},
		{0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA"},
		{0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"},
		{0xc003, "TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA"},
		{0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"},
		{0xc00d, "TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA"},
		{0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"},
	}},
	{evidence.SuitesStaticRSA, staticRSA},
	{evidence.SuitesCBC, cbc},
}

var staticRSA = []suite{
	{0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"},
	{0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"},
	{0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"},
	{0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"},
	{0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"},
	{0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"},
	{0x0096, "TLS_RSA_WITH_SEED_CBC_SHA"},
	{0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
	{0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"},
	{0xc09c, "TLS_RSA_WITH_AES_128_CCM"},
	{0xc09d, "TLS_RSA_WITH_AES_256_CCM"},
}

var cbc = []suite{
	{0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"},
	{0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
	{0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"},
	{0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"},
	{0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"},
	{0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"},
	{0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
	{0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
	{0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
	{0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
	{0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
	{0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"},
	{0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
	{0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
}

// modern are the suites that RFC 9325 section 4.2 recommends, and their nearest relatives.
var modern = []suite{
	{0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
	{0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
	{0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
	{0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
	{0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
	{0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
	{0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
	{0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
	{0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
	{0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
	{0xc0ad, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"},
}

// tls13 are the suites of RFC 8446 section B.4.
var tls13 = []suite{
	{0x1301, "TLS_AES_128_GCM_SHA256"},
	{0x1302, "TLS_AES_256_GCM_SHA384"},
	{0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
	{0x1304, "TLS_AES_128_CCM_SHA256"},
	{0x1305, "TLS_AES_128_CCM_8_SHA256"},
}

// everything returns every suite that a server of TLS 1.2 or older may choose, the best first, so that a
// refusal is about the protocol version and not about the suites.
func everything() []suite {
	all := append([]suite{}, modern...)
	for i := len(groups) - 1; i >= 0; i-- {
		all = append(all, groups[i].suites...)
	}
	return all
}

func ids(suites []suite) []uint16 {
	out := make([]uint16, len(suites))
	for i, s := range suites {
		out[i] = s.id
	}
	return out
}

// suiteName returns the IANA name of the suite, or its code point.
func suiteName(id uint16) string {
	for _, s := range append(everything(), tls13...) {
		if s.id == id {
			return s.name
		}
	}
	return fmt.Sprintf("suite 0x%04x", id)
}
