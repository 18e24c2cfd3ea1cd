package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// eachLogo calls look for every logo of brands and portals.
func eachLogo(d evidence.BrandBundle, look func(brand evidence.Brand, logo evidence.BrandDetail)) {
	for _, brand := range d.Brands {
		for _, extensions := range [][]evidence.BrandExtension{brand.Details, brand.Portals} {
			for _, extension := range extensions {
				for _, element := range extension {
					if (element.URL == "brandLogo" || element.URL == "portalLogo") && element.Text != "" {
						look(brand, element)
					}
				}
			}
		}
	}
}

// BrandsLogos verifies that logos are addressed in a way that apps can use.
var BrandsLogos = New(Meta{
	ID:           "brands.logos",
	Title:        "Logos are https or data URLs",
	Level:        Shall,
	Requirements: []string{"brand-logo-address"},
	Versions:     sinceBrands,
	Applies:      "to brands with logos",
	Remedy:       "Write the absolute https address of the logo, or embed it with a data: URL.",
}, evidence.BrandsKind, overBundle("https or data URLs", "every logo is an https or data URL", "no brand has a logo",
	func(d evidence.BrandBundle, t *tally) {
		eachLogo(d, func(brand evidence.Brand, logo evidence.BrandDetail) {
			if logo.Image != nil || web(logo.Text) {
				t.holds()
			} else {
				t.breaks(fmt.Sprintf("%s of %s is %q", logo.URL, brandCalled(brand), cut(logo.Text)))
			}
		})
	}))

// BrandsLogoFormat verifies that logos can be shown in any size that apps use.
var BrandsLogoFormat = New(Meta{
	ID:           "brands.logo-format",
	Title:        "Logos are SVG, or PNG of 1024 by 1024 pixels",
	Level:        Should,
	Requirements: []string{"brand-logo-format"},
	Versions:     sinceBrands,
	Applies:      "to logos that are embedded, and to the first ones that are linked",
	Remedy:       "Publish the logo as SVG, or as a PNG of 1024x1024 pixels with a transparent background.",
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	if why := unreadable(b); why != "" {
		return Skip(why)
	}
	var t tally
	judge := func(name string, i evidence.BrandImage, exchanges ...string) {
		switch {
		case i.Format == "svg", i.Format == "png" && i.Width == 1024 && i.Height == 1024:
			t.holds(exchanges...)
		case i.Format == "png":
			t.breaks(fmt.Sprintf("%s is a PNG of %dx%d pixels", name, i.Width, i.Height), exchanges...)
		case i.Format != "":
			t.breaks(name+" is "+i.Format, exchanges...)
		default:
			t.breaks(name+" is none of the known image formats", exchanges...)
		}
	}
	eachLogo(b.Bundle, func(brand evidence.Brand, logo evidence.BrandDetail) {
		if logo.Image != nil {
			judge(fmt.Sprintf("%s of %s", logo.URL, brandCalled(brand)), *logo.Image, b.Exchanges()...)
		}
	})
	for _, logo := range b.Logos {
		if logo.Answer.Status == 200 && logo.Image.Format != "" { // what is no image is judged by brands.logo-served
			judge(cut(logo.Answer.URL), logo.Image, logo.Answer.Exchanges()...)
		}
	}
	return t.verdict("SVG, or PNG of 1024x1024 pixels", "the logos fit", "there is no logo to look at")
})

// BrandsLogoServed verifies that linked logos can be fetched.
var BrandsLogoServed = New(Meta{
	ID:           "brands.logo-served",
	Title:        "Linked logos can be fetched",
	Level:        Should,
	Requirements: []string{"brand-logo-served"},
	Versions:     sinceBrands,
	Applies:      "to the first logos that are linked",
	Remedy:       "Serve the logo, as an image, to everybody; or change its address in the bundle.",
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	if why := unreadable(b); why != "" {
		return Skip(why)
	}
	var t tally
	var silent []string
	for _, logo := range b.Logos {
		switch a := logo.Answer; {
		case a.Problem != "", unavailable(a.Status):
			silent = append(silent, fmt.Sprintf("%s: %d %s", cut(a.URL), a.Status, a.Problem))
		case a.Status != 200:
			t.breaks(fmt.Sprintf("%d from %s%s", a.Status, cut(a.URL), a.Misdirected), a.Exchanges()...)
		case logo.Image.Format == "":
			t.breaks(fmt.Sprintf("%s from %s, which is no known image", shownMedia(a.Header.MediaType()), cut(a.URL)), a.Exchanges()...)
		default:
			t.holds(a.Exchanges()...)
		}
	}
	if t.judged == 0 { // one host of many that is down for the moment is no reason to judge none
		t.unclear = silent
	}
	return t.verdict("200 with an image", "the logos can be fetched", "no logo was fetched: the bundle links none, or was saved earlier")
})
