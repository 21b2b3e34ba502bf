package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// count is how often a matcher was right and wrong in one ecosystem.
type count struct {
	Right   int // found, and labelled so (true positives)
	Wrong   int // found, and labelled otherwise (false positives)
	Missed  int // not found though labelled and in the data (false negatives)
	Spared  int // in the data, and rightly not found (true negatives)
	Faults  int // of the wrong and the missed, those where matching does not follow the data
	NoData  int // labelled, but no advisory at hand speaks of it
	Apart   int // cannot be compared; the disagreements say why
	Unasked int // found, and no label says anything of it
}

// set is one collection of labels, judged.
type set struct {
	name string
	by   map[string]*count
	// disagreements are all cases where label and matcher differ.
	disagreements []disagreement
	questions     int // that were asked
	// absent are labelled vulnerabilities by why they were not compared.
	absent map[string]int
}

func newSet(name string) *set {
	return &set{name: name, by: map[string]*count{}, absent: map[string]int{}}
}

func (s *set) count(ecosystem string) *count {
	c := s.by[ecosystem]
	if c == nil {
		c = &count{}
		s.by[ecosystem] = c
	}
	return c
}

// disagreement is one vulnerability of one package that matcher and label see
// differently.
type disagreement struct {
	ecosystem, name, version, id string
	found                        bool // by the matcher
	reason                       reason
	detail                       string // what the advisory says
}

// reason is why matcher and label differ, as a sentence.
type reason string

// Reasons in both sets.
const (
	mistake reason = "matching does not follow the advisory: a mistake"
)

// disagree counts a disagreement. One that is apart says nothing of matching.
func (s *set) disagree(d disagreement, apart bool) {
	c := s.count(d.ecosystem)
	switch {
	case apart:
		c.Apart++
	case d.found:
		c.Wrong++
	default:
		c.Missed++
	}
	if d.reason == mistake {
		c.Faults++
	}
	s.disagreements = append(s.disagreements, d)
}

// sort orders what was gathered, so that each run writes the same.
func (s *set) sort() {
	slices.SortStableFunc(s.disagreements, func(a, b disagreement) int {
		return cmp.Or(strings.Compare(a.ecosystem, b.ecosystem), cmp.Compare(a.reason, b.reason),
			strings.Compare(a.name, b.name), strings.Compare(a.version, b.version), strings.Compare(a.id, b.id))
	})
}

// total adds up all ecosystems.
func (s *set) total() count {
	var t count
	for _, c := range s.by {
		t.Right, t.Wrong, t.Missed, t.Spared = t.Right+c.Right, t.Wrong+c.Wrong, t.Missed+c.Missed, t.Spared+c.Spared
		t.Faults, t.NoData, t.Apart, t.Unasked = t.Faults+c.Faults, t.NoData+c.NoData, t.Apart+c.Apart, t.Unasked+c.Unasked
	}
	return t
}

// precision is the share of what was found that is right; 1 where nothing was found.
func (c count) precision() float64 { return share(c.Right, c.Right+c.Wrong) }

// recall is the share of what is there that was found; 1 where nothing is there.
func (c count) recall() float64 { return share(c.Right, c.Right+c.Missed) }

// f1 is the harmonic mean of both.
func (c count) f1() float64 { return share(2*c.Right, 2*c.Right+c.Wrong+c.Missed) }

// judged is how many decisions the figures rest on.
func (c count) judged() int { return c.Right + c.Wrong + c.Missed + c.Spared }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// figure is what the baseline keeps of a count.
type figure struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Judged    int     `json:"judged"`
}

// baseline is what the figures must not fall below, of the data that it names.
type baseline struct {
	Data    string                       `json:"data"` // digest of labels and advisories
	Figures map[string]map[string]figure `json:"figures"`
}

// baseline gives the figures of all ecosystems of all sets.
func (m *measurement) baseline() baseline {
	b := baseline{m.data, map[string]map[string]figure{}}
	for _, s := range []*set{m.answers, m.labels} {
		b.Figures[s.name] = map[string]figure{}
		for ecosystem, c := range s.by {
			if c.judged() > 0 {
				b.Figures[s.name][ecosystem] = figure{rounded(c.precision()), rounded(c.recall()), rounded(c.f1()), c.judged()}
			}
		}
	}
	return b
}

// rounded keeps four digits, never more than the value is.
func rounded(v float64) float64 { return math.Floor(v*1e4) / 1e4 }

func (b baseline) encode() []byte {
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		panic(err) // numbers and strings only
	}
	return append(data, '\n')
}

// below lists the figures that are lower than another baseline's, or gone.
func (b baseline) below(other baseline) []string {
	var lower []string
	for set, ecosystems := range other.Figures {
		for ecosystem, was := range ecosystems {
			is, ok := b.Figures[set][ecosystem]
			if !ok || is.Precision < was.Precision || is.Recall < was.Recall || is.F1 < was.F1 || is.Judged < was.Judged {
				lower = append(lower, fmt.Sprintf("%s, %s: %+v, was %+v", set, ecosystem, is, was))
			}
		}
	}
	slices.Sort(lower)
	return lower
}
