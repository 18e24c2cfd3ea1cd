package reporters

import (
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestTicksDiffer(t *testing.T) {
	g := NewWithT(t)
	for _, length := range []time.Duration{5 * time.Millisecond, 40 * time.Millisecond, 146 * time.Millisecond, 1250 * time.Millisecond, 54 * time.Second, time.Hour} {
		all := ticks(length)
		g.Expect(slices.Compact(slices.Clone(all))).To(HaveLen(5), "%v: %v", length, all)
	}
	g.Expect(ticks(54 * time.Second)).To(Equal([]string{"0.0 s", "13.5 s", "27.0 s", "40.5 s", "54.0 s"}))
	g.Expect(ticks(1250 * time.Millisecond)).To(Equal([]string{"0.00 s", "0.31 s", "0.62 s", "0.94 s", "1.25 s"}))
}
