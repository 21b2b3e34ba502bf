package explore

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
)

// places knows which findings are at which path and layer.
type places struct {
	all   []finding.Finding
	nodes []nodeID         // of each finding; 0 where it is at no path of the image
	at    map[nodeID][]int // right at a path
	below map[nodeID]tally // at a path and below it
	layer map[int]tally
	total tally
}

// tally counts findings and knows the worst.
type tally struct {
	n     int
	worst finding.Severity
}

func (c tally) with(s finding.Severity) tally { return tally{c.n + 1, max(c.worst, s)} }

// newPlaces looks the findings' places up, the worst first. What is suppressed
// is left out: it needs no action.
func newPlaces(t *Tree, findings []finding.Finding) *places {
	p := &places{at: map[nodeID][]int{}, below: map[nodeID]tally{}, layer: map[int]tally{}}
	for _, f := range findings {
		if f.Suppressed == "" {
			p.all = append(p.all, f)
		}
	}
	slices.SortStableFunc(p.all, func(a, b finding.Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	for i, f := range p.all {
		id := t.holder(f.At.Path)
		p.nodes = append(p.nodes, id)
		if id != 0 {
			p.at[id] = append(p.at[id], i)
		}
		for ; id != 0; id = t.parent(id) {
			p.below[id] = p.below[id].with(f.Severity)
		}
		p.layer[f.At.Layer] = p.layer[f.At.Layer].with(f.Severity)
		p.total = p.total.with(f.Severity)
	}
	return p
}

// holder is the path of the image that a finding is at. What is inside an
// archive is at the archive: "app.jar!/lib/log4j.jar".
func (t *Tree) holder(path string) nodeID {
	if path == "" || t == nil {
		return 0
	}
	id, ok := t.find(path)
	if archive, _, inside := strings.Cut(path, "!/"); !ok && inside {
		id, _ = t.find(archive)
	}
	return id
}

// where is a finding's place in words.
func where(f *finding.Finding) string {
	switch {
	case f.At.Path != "":
		return "/" + f.At.Path
	case f.At.Layer >= 0:
		return fmt.Sprintf("layer %d", f.At.Layer)
	}
	return "the image"
}

func severityStyle(s finding.Severity) Style {
	switch s {
	case finding.Critical:
		return Red | Bold
	case finding.High:
		return Red
	case finding.Medium:
		return Yellow
	case finding.Low:
		return Cyan
	}
	return Plain
}
