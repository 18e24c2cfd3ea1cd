package history

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/axe"
	chromium "github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/locale"
)

// TestPageIsAccessible lets axe-core look at the page in a browser, from a file, in light and in dark.
func TestPageIsAccessible(t *testing.T) {
	g := NewWithT(t)
	source, err := axe.Source(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	ctx, stop, err := chromium.Bare(context.Background())
	g.Expect(err).NotTo(HaveOccurred())
	defer stop()
	ctx, late := context.WithTimeout(ctx, time.Minute)
	defer late()

	for _, language := range locale.Languages {
		var page bytes.Buffer
		g.Expect(WriteHTML(&page, sample(t), language)).To(Succeed())
		file := filepath.Join(t.TempDir(), "history.html")
		g.Expect(os.WriteFile(file, page.Bytes(), 0o600)).To(Succeed())
		g.Expect(chromedp.Do(ctx, chromedp.Navigate("file://"+file))).To(Succeed())
		for _, scheme := range []string{"light", "dark"} {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			g.Expect(err).NotTo(HaveOccurred())
			violations, err := axe.Run(ctx, source)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(violations).To(BeEmpty(), "%s, %s", language, scheme)
		}
	}
}
