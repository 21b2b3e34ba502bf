package debian

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	maxPackages = 1 << 18 // real: 4,000 that have or had a vulnerability
	maxSaid     = 1 << 24 // what is said of a package in a release; real: 700,000
	maxID       = 64      // bytes
)

// issue is what the tracker says of one vulnerability in one source package.
type issue struct {
	Description string             `json:"description"`
	Releases    map[string]release `json:"releases"`
}

// release is the state of a vulnerability in one release.
type release struct {
	Status  string  `json:"status"` // open, resolved, undetermined
	Fixed   string  `json:"fixed_version"`
	Urgency string  `json:"urgency"`
	NoDSA   *string `json:"nodsa"` // why there will be no announcement
	Reason  string  `json:"nodsa_reason"`
}

// said is one statement in little memory, until all of a vulnerability are there.
type said struct{ pkg, release, fixed, status, urgency string }

// vulnerability gathers what is said of one id.
type vulnerability struct {
	description string
	said        []said
}

// parse reads the tracker's data. It is ordered by package, a record by
// vulnerability, so all of it is read before the first record is yielded.
func parse(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		c, err := feed.OpenCopy(dir, file)
		if err != nil {
			yield(vulndb.Advisory{}, fmt.Errorf("read Debian's tracker: %w", err))
			return
		}
		r := reader{ctx: ctx, byID: map[string]*vulnerability{}, words: map[string]string{}, ranges: map[string][]vulndb.Range{}, urgencies: map[string][]vulndb.Severity{}}
		if err := errors.Join(r.read(c), c.Close()); err != nil {
			yield(vulndb.Advisory{}, fmt.Errorf("read Debian's tracker: %w", err))
			return
		}
		r.yield(yield)
	}
}

// reader gathers the tracker's data by vulnerability.
type reader struct {
	ctx    context.Context
	byID   map[string]*vulnerability
	words  map[string]string // one copy of each string that comes often
	broken []error
	count  int

	ranges    map[string][]vulndb.Range
	urgencies map[string][]vulndb.Severity
}

// read reads package after package, so that only one is in memory as JSON.
func (r *reader) read(from io.Reader) error {
	d := json.NewDecoder(from)
	if t, err := d.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return fmt.Errorf("want an object of packages, not %v", t)
	}
	for n := 0; d.More(); n++ {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if n >= maxPackages {
			return fmt.Errorf("more than %d packages", maxPackages)
		}
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string) // the decoder takes no other keys
		var raw map[string]json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return fmt.Errorf("package %s: %w", name, err)
		}
		for _, id := range slices.Sorted(maps.Keys(raw)) {
			if err := r.issue(name, id, raw[id]); err != nil {
				return err
			}
		}
	}
	_, err := d.Token()
	return err
}

func (r *reader) issue(pkg, id string, data []byte) error {
	var i issue
	if len(id) > maxID || id == "" {
		r.broken = append(r.broken, &vulndb.RecordError{ID: pkg, Err: errors.New("a vulnerability without a usable id")})
		return nil
	}
	if err := json.Unmarshal(data, &i); err != nil {
		r.broken = append(r.broken, &vulndb.RecordError{ID: id, Err: fmt.Errorf("package %s: %w", pkg, err)})
		return nil
	}
	v := r.byID[id]
	if v == nil {
		v = &vulnerability{description: i.Description}
		r.byID[strings.Clone(id)] = v
	}
	for codename, state := range i.Releases {
		number := number(codename)
		if number == "" {
			continue // unstable, experimental, and releases to come
		}
		if r.count++; r.count > maxSaid {
			return fmt.Errorf("more than %d statements", maxSaid)
		}
		s, err := state.read()
		if err != nil {
			r.broken = append(r.broken, &vulndb.RecordError{ID: id, Err: fmt.Errorf("package %s in %s: %w", pkg, codename, err)})
			continue
		}
		s.pkg, s.release, s.fixed = r.word(pkg), number, r.word(s.fixed)
		v.said = append(v.said, s)
	}
	return nil
}

// word keeps one copy of a string.
func (r *reader) word(s string) string {
	if have, ok := r.words[s]; ok {
		return have
	}
	s = strings.Clone(s)
	r.words[s] = s
	return s
}

// read turns a state into the words of this program. A fixed version of "0"
// means that the release never had the vulnerability.
func (state release) read() (said, error) {
	s := said{}
	switch state.Urgency {
	case "unimportant", "low", "medium", "high", "end-of-life":
		s.urgency = state.Urgency
	case "low*", "low**", "medium*", "medium**", "high*", "high**":
		s.urgency = strings.TrimRight(state.Urgency, "*") // not Debian's own word, but a guess from the CVSS vector
	}
	switch {
	case state.Status == "resolved" && state.Fixed == "0":
		s.fixed, s.status = "0", "not-affected"
	case state.Status == "resolved" && state.Fixed == "":
		return s, errors.New("resolved without a version")
	case state.Status == "resolved":
		s.fixed = state.Fixed
	case state.Status == "undetermined":
		s.status = "undetermined"
	case state.Status != "open":
		return s, fmt.Errorf("unknown status %q", state.Status)
	case state.Urgency == "end-of-life":
		s.status = "end-of-life"
	case state.Reason == "ignored" || state.Reason == "postponed":
		s.status = map[string]string{"ignored": "ignored", "postponed": "postponed"}[state.Reason]
	case state.NoDSA != nil:
		s.status = "no-dsa"
	}
	return s, nil
}

func (r *reader) yield(yield func(vulndb.Advisory, error) bool) {
	for _, err := range r.broken {
		if !yield(vulndb.Advisory{}, err) {
			return
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.byID)) {
		v := r.byID[id]
		if len(v.said) == 0 {
			continue
		}
		if !yield(r.advisory(id, v), nil) {
			return
		}
		delete(r.byID, id)
	}
}

// advisory is what is said of a vulnerability as a record like OSV's, which
// names Debian's so: DEBIAN-CVE-2024-1.
func (r *reader) advisory(id string, v *vulnerability) vulndb.Advisory {
	a := vulndb.Advisory{
		ID: "DEBIAN-" + id, Upstream: []string{id}, Details: vulndb.Brief(v.description),
		References: []vulndb.Reference{{Type: "ADVISORY", URL: "https://security-tracker.debian.org/tracker/" + id}},
	}
	slices.SortFunc(v.said, func(a, b said) int {
		return strings.Compare(a.pkg+"\x00"+a.release, b.pkg+"\x00"+b.release)
	})
	a.Affected = make([]vulndb.Affected, 0, len(v.said))
	for _, s := range v.said {
		a.Affected = append(a.Affected, vulndb.Affected{
			Ecosystem: r.word("Debian:" + s.release), Name: s.pkg, Status: s.status, Ranges: r.until(s.fixed), Severities: r.urgency(s.urgency),
		})
	}
	return a
}

// until is the range of all versions below one; of all, if it is empty. Most
// statements share one of few.
func (r *reader) until(version string) []vulndb.Range {
	if have, ok := r.ranges[version]; ok {
		return have
	}
	events := []vulndb.Event{{Introduced: "0"}}
	if version != "" {
		events = append(events, vulndb.Event{Fixed: version})
	}
	r.ranges[version] = []vulndb.Range{{Type: "ECOSYSTEM", Events: events}}
	return r.ranges[version]
}

// urgency is Debian's word, if it says something.
func (r *reader) urgency(word string) []vulndb.Severity {
	if word == "" {
		return nil
	}
	if r.urgencies[word] == nil {
		r.urgencies[word] = []vulndb.Severity{{Type: "word", Score: word}}
	}
	return r.urgencies[word]
}
