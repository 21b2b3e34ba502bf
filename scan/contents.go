package scan

import (
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// contents gives the content of a layer's files to those who work beside the
// walk.
type contents struct {
	*aside
	sums    *summer // nil where nothing is summed
	secrets *secretWorker
}

// newContents starts the work that the scanner asks for, which finish must end;
// it is nil where there is none.
func (s *Scanner) newContents(part *inventory.Part, with tools) *contents {
	c := &contents{}
	var workers []worker
	if s.Secrets != nil {
		c.secrets = &secretWorker{scan: s.Secrets.NewScan("", 0), found: map[string]int{}}
		workers = append(workers, c.secrets)
	}
	if s.wantsSums() {
		workers = append(workers, newSumWorker(&part.Sums))
	}
	if len(workers) == 0 {
		return nil
	}
	c.aside = newAside(with.layers, workers...)
	if s.wantsSums() {
		c.sums = newSummer(&part.Sums, with.algorithms, c.aside)
	}
	return c
}

// onlySums is for a layer of which nothing but the sums is wanted.
func onlySums(sums *inventory.Sums, wanted []inventory.Algorithm) *contents {
	beside := newAside(1, newSumWorker(sums))
	return &contents{aside: beside, sums: newSummer(sums, wanted, beside)}
}

func (c *contents) visitor() walk.Visitor {
	v := walk.Visitor{Name: "contents", Stream: c.stream}
	if c.sums != nil {
		v.Entry = c.sums.entry
	}
	return v
}

func (c *contents) stream(e *walk.Entry) walk.Sink {
	var wanted wantedSums
	if c.sums != nil {
		wanted = c.sums.wants(e)
	}
	if c.secrets == nil && wanted == (wantedSums{}) {
		return nil
	}
	c.begin(e, wanted)
	return c
}

// note records the secrets that were found, once all is done.
func (c *contents) note(part *inventory.Part, show bool) {
	if c.secrets != nil {
		c.secrets.note(part, show)
	}
}
