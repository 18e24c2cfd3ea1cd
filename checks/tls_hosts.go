package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// hostOpinion is what a check thinks of one host.
type hostOpinion struct {
	outcome   outcome
	text      string
	exchanges []string
}

func hostMeets(format string, a ...any) hostOpinion {
	return hostOpinion{outcome: holds, text: fmt.Sprintf(format, a...)}
}

func hostBreaks(format string, a ...any) hostOpinion {
	return hostOpinion{outcome: broken, text: fmt.Sprintf(format, a...)}
}

func hostLags(format string, a ...any) hostOpinion {
	return hostOpinion{outcome: discouraged, text: fmt.Sprintf(format, a...)}
}

func hostUnclear(format string, a ...any) hostOpinion {
	return hostOpinion{outcome: undecided, text: fmt.Sprintf(format, a...)}
}

func (o hostOpinion) with(exchanges []string) hostOpinion {
	o.exchanges = exchanges
	return o
}

// eachHost judges every host and sums up: one that is bad decides, then one that cannot be judged, then one
// that is poor. Each is named with its port.
func eachHost(t evidence.Transport, expected string, judge func(evidence.TLSHost) hostOpinion) Verdict {
	if len(t.Hosts) == 0 {
		return Skip("no endpoint has an https URL")
	}
	said := map[outcome][]string{}
	proof := map[outcome][]string{}
	for _, h := range t.Hosts {
		o := hostUnclear("cannot be reached: %s", h.Error)
		if h.Error == "" {
			o = judge(h)
		}
		said[o.outcome] = append(said[o.outcome], h.Address+" "+o.text)
		proof[o.outcome] = append(proof[o.outcome], o.exchanges...)
	}
	switch {
	case len(said[broken]) > 0:
		return Broken(expected, strings.Join(said[broken], "; "), unique(proof[broken])...)
	case len(said[undecided]) > 0:
		return CannotJudge(strings.Join(said[undecided], "; "), unique(proof[undecided])...)
	case len(said[discouraged]) > 0:
		return Discouraged(expected, strings.Join(said[discouraged], "; "), unique(proof[discouraged])...)
	default:
		return Holds(strings.Join(said[holds], "; "), unique(proof[holds])...)
	}
}
