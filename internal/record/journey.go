package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// maxPicture bounds a picture that is kept, in bytes.
const maxPicture = 512 << 10

// Travelled keeps a journey whose document requests were recorded as the exchanges. pictures holds JPEG
// files by the index of their page; their names are put into the pages.
func (s *Scope) Travelled(j evidence.Journey, exchanges []string, pictures map[int][]byte) {
	r := s.recorder
	j.Pages = slices.Clone(j.Pages)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[s.name+"@"]++
	j.ID = fmt.Sprintf("%s@%d", s.name, r.counts[s.name+"@"])
	for i := range j.Pages {
		if picture := pictures[i]; len(picture) > 0 && len(picture) <= maxPicture {
			j.Pages[i].Screenshot = fileName(fmt.Sprintf("%s-%d", j.ID, i+1)) + ".jpg"
			r.pictures[j.Pages[i].Screenshot] = picture
		}
	}
	r.journeys[j.ID] = j
	for _, id := range exchanges {
		if e, ok := r.exchanges[id]; ok {
			e.Journey = j.ID
			r.exchanges[id] = e
		}
	}
}

// fileName makes an id of ours the name of a file.
func fileName(id string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
			return c
		}
		return '-'
	}, id)
}

// Journey returns the journey with that id.
func (r *Recorder) Journey(id string) (evidence.Journey, bool) {
	r.mu.Lock()
	j, ok := r.journeys[id]
	r.mu.Unlock()
	if !ok {
		return j, false
	}
	clean := r.redactor.secrets // of secrets that became known later, too
	j.WaitedFor, j.Trouble, j.Decisions = clean(j.WaitedFor), clean(j.Trouble), cleanAll(j.Decisions, clean)
	j.Pages = slices.Clone(j.Pages)
	for i, p := range j.Pages {
		p.URL, p.Title, p.Text = clean(p.URL), clean(p.Title), clean(p.Text)
		p.Header, p.Console = cleanHeaders(p.Header, clean), cleanAll(p.Console, clean)
		p.Failed = slices.Clone(p.Failed)
		for n := range p.Failed {
			p.Failed[n].URL = clean(p.Failed[n].URL)
		}
		j.Pages[i] = p
	}
	return j, true
}

// Journeys returns every journey so far, by id.
func (r *Recorder) Journeys() []evidence.Journey {
	r.mu.Lock()
	ids := slices.Sorted(maps.Keys(r.journeys))
	r.mu.Unlock()
	all := make([]evidence.Journey, 0, len(ids))
	for _, id := range ids {
		j, _ := r.Journey(id)
		all = append(all, j)
	}
	return all
}

func cleanAll(texts []string, clean func(string) string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, clean(text))
	}
	return out
}

// Picture returns the JPEG file with that name.
func (r *Recorder) Picture(name string) ([]byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	picture, ok := r.pictures[name]
	return picture, ok
}
