package ehr

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"
	"sync"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// brandRoutes serves the bundle, its entries and the logos to anybody. Older versions of SMART App Launch
// know no brands.
func (t *tenant) brandRoutes() {
	if !t.since(stu22) {
		return
	}
	t.mux.HandleFunc(brandsPath, t.serveBrands)
	t.mux.HandleFunc(brandsPath+"/{type}/{id}", t.serveBrand)
	t.mux.HandleFunc("GET /assets/brand.svg", logo("image/svg+xml", func() []byte { return []byte(brandLogo) }))
	t.mux.HandleFunc("GET /assets/portal.png", logo("image/png", square))
	t.mux.HandleFunc("GET /assets/banner.png", logo("image/png", banner))
}

func (t *tenant) serveBrands(w http.ResponseWriter, r *http.Request) {
	switch {
	case t.has(faults.BrandsNeedToken):
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	case t.has(faults.BrandsMissing):
		http.NotFound(w, r)
		return
	case t.has(faults.BrandsSignInPage):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(signInPage))
		return
	}
	t.servePublic(w, r, t.brandBundle(), !t.has(faults.BrandsCORSClosed))
}

// brandBundle is the bundle as it is published.
func (t *tenant) brandBundle() fhirElement {
	book := t.misbrand(t.brandBook())
	entries := make([]fhirElement, len(book.resources))
	for i, r := range book.resources {
		entries[i] = fhirElement{"fullUrl": fmt.Sprintf("%s%s/%s/%s", t.root, brandsPath, r["resourceType"], r["id"]), "resource": r}
	}
	book.envelope["entry"] = entries
	return book.envelope
}

// serveBrand serves one entry of the bundle.
func (t *tenant) serveBrand(w http.ResponseWriter, r *http.Request) {
	book := t.misbrand(t.brandBook())
	for _, resource := range book.resources {
		if resource["resourceType"] == r.PathValue("type") && resource["id"] == r.PathValue("id") {
			t.servePublic(w, r, resource, !t.has(faults.BrandsCORSEntriesClosed))
			return
		}
	}
	http.NotFound(w, r)
}

// servePublic serves a resource to anybody, with an ETag by which it is not sent twice.
func (t *tenant) servePublic(w http.ResponseWriter, r *http.Request, resource fhirElement, anyOrigin bool) {
	h := w.Header()
	if anyOrigin {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "ETag")
	}
	switch {
	case r.Method == http.MethodOptions && !t.has(faults.BrandsPreflightUnknown):
		h.Set("Access-Control-Allow-Methods", "GET")
		h.Set("Access-Control-Allow-Headers", "If-None-Match, Accept")
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		t.sendPublic(w, r, resource)
	default:
		h.Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "use GET", http.StatusMethodNotAllowed)
	}
}

func (t *tenant) sendPublic(w http.ResponseWriter, r *http.Request, resource fhirElement) {
	raw, err := json.Marshal(resource)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256(raw)
	tag := fmt.Sprintf(`W/"%x"`, sum[:8])
	if t.has(faults.BrandsETagStrong) {
		tag = strings.TrimPrefix(tag, "W/")
	}
	if !t.has(faults.BrandsETagMissing) {
		w.Header().Set("ETag", tag)
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	if r.Header.Get("If-None-Match") == tag && !t.has(faults.BrandsIfNoneMatchIgnored) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/fhir+json")
	_, _ = w.Write(raw)
}

const brandLogo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><circle cx="32" cy="32" r="28" fill="#2b6777"/>` +
	`<path d="M20 44V20l24 24V20" fill="none" stroke="#fff" stroke-width="6"/></svg>`

// logo serves an image that is drawn when it is asked for first.
func logo(media string, draw func() []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = w.Write(draw())
	}
}

// The logos in PNG: one as brands should publish it, and one as they do.
var (
	square = sync.OnceValue(func() []byte { return drawn(1024, 1024) })
	banner = sync.OnceValue(func() []byte { return drawn(240, 60) })
)

// drawn is an ellipse on a transparent ground.
func drawn(width, height int) []byte {
	picture := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Transparent, color.RGBA{0x2b, 0x67, 0x77, 0xff}})
	for y := range height {
		for x := range width {
			dx, dy := float64(2*x-width)/float64(width), float64(2*y-height)/float64(height)
			if dx*dx+dy*dy < 0.9 {
				picture.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	_ = png.Encode(&out, picture) // a buffer takes everything
	return out.Bytes()
}
