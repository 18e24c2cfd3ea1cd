package ehr

import (
	"maps"
	"net/http"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// style is what apps read to look like the EHR around them
// (https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#smart_style_url).
var style = map[string]any{
	"color_background":     "#edeae3",
	"color_error":          "#9e2d2d",
	"color_highlight":      "#69b5ce",
	"color_modal_backdrop": "",
	"color_success":        "#498e49",
	"color_text":           "#303030",
	"dim_border_radius":    "6px",
	"dim_font_size":        "13px",
	"dim_spacing_size":     "20px",
	"font_family_body":     "Georgia, Times, 'Times New Roman', serif",
	"font_family_heading":  "'HelveticaNeue-Light', Helvetica, Arial, 'Lucida Grande', sans-serif",
}

func (t *tenant) styleURL() string {
	switch {
	case t.has(faults.StyleURLRelative):
		return "/assets/smart-style.json"
	case t.has(faults.StyleURLPlainHTTP):
		return strings.Replace(t.root, "https://", "http://", 1) + "/assets/smart-style.json"
	case t.has(faults.StyleURLBroken):
		return t.root + "/assets/style-of-last-year.json"
	default:
		return t.root + "/assets/smart-style.json"
	}
}

func (t *tenant) serveStyle(w http.ResponseWriter, _ *http.Request) {
	if !t.has(faults.StyleWithoutCORS) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	writeJSON(w, http.StatusOK, t.style())
}

func (t *tenant) style() map[string]any {
	changed := maps.Clone(style)
	switch {
	case t.has(faults.StyleUnknown):
		return map[string]any{"primary": "#69b5ce", "accent": "#498e49"}
	case t.has(faults.StyleNumbers):
		changed["dim_font_size"], changed["dim_spacing_size"] = 13, 20
	case t.has(faults.StyleChanges):
		changed["color_highlight"] = "#" + opaque()[:6]
	}
	return changed
}
