package reference

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the candidate that somebody who typed word most likely meant: one that holds the
// word, or one that differs in few letters. It returns "" when nothing is near.
func Nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	if word == "" {
		return ""
	}
	best, bestDistance := "", max(2, len(word)/3)+1
	for _, candidate := range slices.Sorted(slices.Values(candidates)) {
		distance := levenshtein.ComputeDistance(word, candidate)
		if len(word) >= 4 && strings.Contains(candidate, word) {
			distance = min(distance, 2)
		}
		if distance < bestDistance {
			best, bestDistance = candidate, distance
		}
	}
	return best
}

// NearestID is Nearest among the ids of checks and requirements.
func (r Reference) NearestID(word string) string {
	var ids []string
	for _, c := range r.Checks {
		ids = append(ids, c.ID)
	}
	for _, q := range r.Requirements {
		if !numeric(q.ID) {
			ids = append(ids, q.ID)
		}
	}
	return Nearest(word, ids)
}
