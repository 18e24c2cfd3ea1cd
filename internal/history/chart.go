package history

import (
	"fmt"
	"math"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
)

// Size of a chart, in units of its view box.
const (
	chartWidth  = 720.0
	chartHeight = 160.0
	chartLeft   = 40.0 // for the numbers of the axis
	chartRight  = 8.0
	chartTop    = 10.0
	chartBottom = 24.0 // for the dates
)

// chart is the geometry of a trend: what failed, warned and could not be judged, run by run at equal distances.
type chart struct {
	Width, Height float64
	Curves        []curve
	Grid          []gridLine
	Left, Right   float64 // of the plot
	Base          float64 // y of zero
}

type curve struct {
	Status checks.Status
	Points string // of a polyline
	Last   int
	Dots   []dot
}

type dot struct {
	X, Y  string
	Title string
}

type gridLine struct {
	Y     string
	Count int
}

// drawn are the statuses that a chart shows.
var drawn = []checks.Status{checks.Failed, checks.Warned, checks.Undecided}

func chartOf(runs []Run) chart {
	highest := 1
	for _, r := range runs {
		for _, status := range drawn {
			highest = max(highest, r.Summary.Count(status))
		}
	}
	step := gridStep(highest)
	top := step * int(math.Ceil(float64(highest)/float64(step)))
	c := chart{Width: chartWidth, Height: chartHeight, Left: chartLeft, Right: chartWidth - chartRight, Base: chartHeight - chartBottom}
	y := func(count int) string {
		return coordinate(c.Base - (c.Base-chartTop)*float64(count)/float64(top))
	}
	x := func(i int) string {
		if len(runs) == 1 {
			return coordinate((c.Left + c.Right) / 2)
		}
		return coordinate(c.Left + (c.Right-c.Left)*float64(i)/float64(len(runs)-1))
	}
	for count := 0; count <= top; count += step {
		c.Grid = append(c.Grid, gridLine{y(count), count})
	}
	for _, status := range drawn {
		one := curve{Status: status}
		var points []string
		for i, r := range runs {
			n := r.Summary.Count(status)
			one.Last = n
			points = append(points, x(i)+","+y(n))
			one.Dots = append(one.Dots, dot{x(i), y(n), fmt.Sprintf("%s %s %d", minute(r.Started), status, n)})
		}
		one.Points = strings.Join(points, " ")
		c.Curves = append(c.Curves, one)
	}
	return c
}

// gridStep is the distance of grid lines: 1, 2 or 5 times a power of ten, so that there are at most five.
func gridStep(highest int) int {
	for power := 1; ; power *= 10 {
		for _, factor := range []int{1, 2, 5} {
			if step := factor * power; highest <= 5*step {
				return step
			}
		}
	}
}

func coordinate(v float64) string { return fmt.Sprintf("%.1f", v) }
