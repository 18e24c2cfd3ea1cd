package browser

import "errors"

// leave turns what the driver decided about a page into waiting where a person answers it. A page that
// says that something is wrong and offers nothing to go on with is final for a person too.
func (h Hand) leave(d decision, o *outline) decision {
	waiting := decision{kind: d.kind, waits: true}
	switch {
	case h == Everything && d.final && len(o.offers()) == 0:
		return decision{kind: d.kind, final: true}
	case h == Everything:
		return waiting
	case h == Credentials && errors.Is(d.stuck, ErrNoCredentials) || h == Credentials && errors.Is(d.stuck, ErrPersonNeeded):
		return waiting
	}
	return d
}
