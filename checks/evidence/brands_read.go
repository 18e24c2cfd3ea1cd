package evidence

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The extensions that brand bundles are made of.
const (
	brandExtension  = "http://hl7.org/fhir/StructureDefinition/organization-brand"
	portalExtension = "http://hl7.org/fhir/StructureDefinition/organization-portal"
	fhirVersion     = "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version"
	absentReason    = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
)

// maxBrandEntries bounds the work for a hostile bundle.
const maxBrandEntries = 500_000

// ReadBrandBundle reads what checks need of a bundle, one entry after the other, so that never more than
// one entry is held in full.
func ReadBrandBundle(text []byte) BrandBundle {
	r := bundleReader{jsonParser: newJSONParser(text)}
	if r.Problem == "" {
		if err := r.read(); err != nil {
			r.Problem = r.explain(err)
		}
	}
	if r.Problem != "" && bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")) {
		r.Problem = "markup instead of JSON (is the address that of a sign-in or error page?)"
	}
	r.bundle.Problem, r.bundle.Flaws = r.Problem, r.Flaws
	return r.bundle
}

type bundleReader struct {
	jsonParser
	bundle  BrandBundle
	members object // all but the entries
}

func (r *bundleReader) read() error {
	if r.decoder.PeekKind() != '{' {
		if _, err := r.value(); err != nil {
			return err
		}
		return fmt.Errorf("the document is no JSON object")
	}
	_, _ = r.decoder.ReadToken()
	r.members = object{}
	for r.decoder.PeekKind() == '"' {
		token, _ := r.decoder.ReadToken()
		if err := r.member(token.String()); err != nil {
			return err
		}
	}
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	r.top()
	return r.end()
}

func (r *bundleReader) member(name string) error {
	if name != "entry" || r.decoder.PeekKind() != '[' {
		value, err := r.value()
		r.members[name] = value
		return err
	}
	_, _ = r.decoder.ReadToken()
	for n := 0; r.decoder.PeekKind() != ']'; n++ {
		if n == maxBrandEntries {
			return fmt.Errorf("the bundle has more than %d entries", maxBrandEntries)
		}
		value, err := r.value()
		if err != nil {
			return err
		}
		r.entry(asObject(value))
	}
	_, err := r.decoder.ReadToken()
	return err
}

// top reads the members of the bundle itself.
func (r *bundleReader) top() {
	b, m := &r.bundle, r.members
	b.ResourceType, b.Type, b.Timestamp = m.text("resourceType"), m.text("type"), m.text("timestamp")
	_, b.Meta = m["meta"]
	b.LastUpdated = m.object("meta").text("lastUpdated")
	b.Absent = append(b.Absent, absentIn(m)...)
}

func (r *bundleReader) entry(m object) {
	resource := m.object("resource")
	entry := BrandEntry{
		FullURL: m.text("fullUrl"), ID: resource.text("id"), Name: resource.text("name"),
		LastUpdated: resource.object("meta").text("lastUpdated"), Absent: absentIn(resource),
	}
	switch resource.text("resourceType") {
	case "Organization":
		r.bundle.Brands = append(r.bundle.Brands, readBrand(entry, resource))
	case "Endpoint":
		r.bundle.Endpoints = append(r.bundle.Endpoints, readBrandEndpoint(entry, resource))
	default:
		r.bundle.Others++
		r.bundle.Absent = append(r.bundle.Absent, entry.Absent...)
	}
}

func readBrand(entry BrandEntry, m object) Brand {
	b := Brand{BrandEntry: entry, PartOf: m.object("partOf").text("reference")}
	for _, identifier := range m.objects("identifier") {
		b.Identifiers = append(b.Identifiers, BrandIdentifier{identifier.text("system"), identifier.text("value")})
	}
	for _, category := range m.objects("type") {
		for _, coding := range category.objects("coding") {
			b.Categories = append(b.Categories, readCoding(coding))
		}
	}
	telecoms := m.objects("telecom")
	b.Telecoms, b.Websites = len(telecoms), websites(telecoms)
	for _, reference := range m.objects("endpoint") {
		b.Endpoints = append(b.Endpoints, reference.text("reference"))
	}
	for _, extension := range m.objects("extension") {
		switch extension.text("url") {
		case brandExtension:
			b.Details = append(b.Details, readExtension(extension))
		case portalExtension:
			b.Portals = append(b.Portals, readExtension(extension))
		}
	}
	return b
}

func readBrandEndpoint(entry BrandEntry, m object) BrandEndpoint {
	e := BrandEndpoint{
		BrandEntry: entry, Status: m.text("status"), Connection: readCoding(m.object("connectionType")),
		PayloadTypes: len(m.objects("payloadType")), Contacts: websites(m.objects("contact")), Address: m.text("address"),
	}
	for _, extension := range m.objects("extension") {
		if extension.text("url") == fhirVersion {
			e.Versions = append(e.Versions, extension.text("valueCode"))
		}
	}
	return e
}

func readCoding(m object) BrandCode { return BrandCode{m.text("system"), m.text("code")} }

func websites(telecoms []object) []string {
	var out []string
	for _, t := range telecoms {
		if t.text("system") == "url" {
			out = append(out, t.text("value"))
		}
	}
	return out
}

func readExtension(m object) BrandExtension {
	var out BrandExtension
	for _, element := range m.objects("extension") {
		out = append(out, readDetail(element))
	}
	return out
}

func readDetail(m object) BrandDetail {
	d := BrandDetail{URL: m.text("url")}
	for _, name := range slices.Sorted(maps.Keys(m)) { // what stands beside a value, such as _valueUrl, comes first
		if !strings.HasPrefix(strings.TrimPrefix(name, "_"), "value") {
			continue
		}
		d.Member = strings.TrimPrefix(name, "_")
		switch value := m[name].(type) {
		case string:
			d.Text = value
		case map[string]any:
			d.Text = object(value).text("reference") + object(value).text("code")
		}
	}
	if strings.HasPrefix(strings.ToLower(d.Text), "data:") {
		image := readDataURL(d.Text)
		d.Text, d.Image = fmt.Sprintf("%.40s… (%d characters)", d.Text, len(d.Text)), &image
	}
	return d
}

// absentIn finds where data of a resource are said to be absent.
func absentIn(resource object) []AbsentData {
	var out []AbsentData
	seekAbsent(resource, "", &out)
	slices.SortFunc(out, func(a, b AbsentData) int {
		return cmp.Or(cmp.Compare(a.Element, b.Element), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}

func seekAbsent(m object, path string, out *[]AbsentData) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		for _, element := range asObjects(m[name]) {
			url := element.text("url")
			if name == "extension" && url == absentReason {
				*out = append(*out, AbsentData{Element: path, Reason: element.text("valueCode"), Filled: m.text("value")+m.text("reference") != ""})
				continue
			}
			before := len(*out)
			seekAbsent(element, below(path, name, url), out)
			if primitive, beside := strings.CutPrefix(name, "_"); beside && len(*out) > before {
				(*out)[before].Filled = m.text(primitive) != ""
			}
		}
	}
}

// below names an element of an element: an extension by the end of its URL.
func below(path, name, url string) string {
	if name == "extension" {
		name = url[strings.LastIndex(url, "/")+1:]
	}
	return strings.TrimPrefix(path+"."+strings.TrimPrefix(name, "_"), ".")
}

// readDataURL reads an image that a data URL holds (RFC 2397).
func readDataURL(address string) BrandImage {
	header, payload, _ := strings.Cut(address, ",")
	if !strings.HasSuffix(strings.ToLower(header), ";base64") {
		return ReadBrandImage([]byte(payload))
	}
	const enough = 4096
	raw := make([]byte, enough)
	n, _ := base64.NewDecoder(base64.StdEncoding, strings.NewReader(payload[:min(len(payload), enough)])).Read(raw)
	return ReadBrandImage(raw[:n])
}

var pngSignature = []byte("\x89PNG\r\n\x1a\n")

// ReadBrandImage tells the format of an image by its first bytes, and the size of a PNG by its header.
func ReadBrandImage(raw []byte) BrandImage {
	start := raw[:min(len(raw), 4096)]
	switch {
	case bytes.HasPrefix(raw, pngSignature) && len(raw) >= 24:
		return BrandImage{"png", int(binary.BigEndian.Uint32(raw[16:])), int(binary.BigEndian.Uint32(raw[20:]))}
	case bytes.Contains(start, []byte("<svg")), bytes.Contains(start, []byte("%3Csvg")):
		return BrandImage{Format: "svg"}
	case bytes.HasPrefix(raw, []byte("GIF8")):
		return BrandImage{Format: "gif"}
	case bytes.HasPrefix(raw, []byte("\xff\xd8\xff")):
		return BrandImage{Format: "jpeg"}
	case bytes.HasPrefix(raw, []byte("RIFF")) && len(raw) >= 12 && string(raw[8:12]) == "WEBP":
		return BrandImage{Format: "webp"}
	default:
		return BrandImage{}
	}
}

// object is a JSON object whose members may have any type.
type object map[string]any

func asObject(value any) object {
	m, _ := value.(map[string]any)
	return m
}

// asObjects returns an object, or the objects of an array.
func asObjects(value any) []object {
	switch value := value.(type) {
	case map[string]any:
		return []object{value}
	case []any:
		var out []object
		for _, item := range value {
			if m, ok := item.(map[string]any); ok {
				out = append(out, m)
			}
		}
		return out
	default:
		return nil
	}
}

func (m object) text(name string) string {
	s, _ := m[name].(string)
	return s
}

func (m object) object(name string) object { return asObject(m[name]) }

func (m object) objects(name string) []object { return asObjects(m[name]) }
