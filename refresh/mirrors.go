package refresh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/mirror"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	// mirrorsFile says what mirrors had when they were last asked.
	mirrorsFile = "mirrors.json"
	// MirrorAge is how old a mirror's data may be and still be enough. Mirrors
	// are filled once a day: older data means that this one is not any more.
	MirrorAge = 48 * time.Hour
	// listTime bounds the asking for what a mirror has.
	listTime = 30 * time.Second
)

// offered is what mirrors had, by their references.
type offered map[string]offer

type offer struct {
	Asked    time.Time            `json:"asked"`
	Segments map[string]time.Time `json:"segments"` // by ecosystem, when their sources answered
}

func (r *Refresher) readOffered() offered {
	had := offered{}
	f, err := os.ReadFile(filepath.Join(r.Dir, mirrorsFile))
	if err != nil || len(f) > maxSeen || json.Unmarshal(f, &had) != nil {
		return offered{} // they are asked again
	}
	return had
}

// fromMirrors sees to the results for which mirrors have segments that are
// young enough, and gives the rest. Mirrors are left alone when a source is
// named, for that is then what is wanted.
func (r *Refresher) fromMirrors(ctx context.Context, results []*Result) []*Result {
	mirrors := slices.Clone(r.Mirrors)
	if r.Offline { // a directory is no network
		mirrors = slices.DeleteFunc(mirrors, func(m *mirror.Mirror) bool { return !mirror.Local(m.Ref) })
	}
	if len(mirrors) == 0 || r.URL != "" {
		return results
	}
	if results = r.unsettled(results, r.readOffered()); len(results) == 0 {
		return nil
	}
	unlock, err := vulndb.Lock(ctx, filepath.Join(r.Dir, mirrorsFile+".lock"))
	if err != nil {
		r.trouble(mirrors[0], err)
		return results
	}
	defer unlock()
	had := r.readOffered()
	for _, m := range mirrors {
		if results = r.unsettled(results, had); len(results) == 0 {
			return nil
		}
		results = r.ask(ctx, m, results, had)
	}
	if err := r.writeOffered(had); err != nil {
		r.trouble(mirrors[0], err)
	}
	return results
}

func (r *Refresher) writeOffered(had offered) error {
	data, err := json.Marshal(had)
	if err != nil {
		return err
	}
	return vulndb.Replace(filepath.Join(r.Dir, mirrorsFile), data)
}

// note keeps what a mirror has now. One that is checked must not go back.
func (r *Refresher) note(m *mirror.Mirror, list mirror.List, had offered) error {
	now := offer{Asked: r.Now(), Segments: map[string]time.Time{}}
	all := maps.Clone(list.Segments)
	if list.Intelligence.Size > 0 {
		all[mirror.Intelligence] = list.Intelligence
	}
	for ecosystem, s := range all {
		before := had[m.Ref].Segments[ecosystem]
		if m.Check != nil && s.Fetched.Before(before) && !r.AllowOlder {
			return fmt.Errorf("mirror %s: %s for %s is of %s, %w, %s: an old state is shown again (db pull --allow-older takes it)",
				m.Ref, list.Digest, ecosystem, s.Fetched.UTC().Format(time.RFC3339), ErrBack, before.UTC().Format(time.RFC3339))
		}
		now.Segments[ecosystem] = s.Fetched
	}
	had[m.Ref] = now
	return nil
}

// unsettled leaves out results whose segments are young enough, or as young as
// mirrors had them when they were lately asked.
func (r *Refresher) unsettled(results []*Result, had offered) []*Result {
	var left []*Result
	for _, result := range results {
		info, err := r.look(result.Ecosystem)
		if err != nil || !r.young(info.Fetched) && !r.newestOf(info, had) {
			left = append(left, result)
			continue
		}
		result.Segment, result.State, result.Err = info, Fresh, nil
	}
	return left
}

// newestOf reports whether a mirror has nothing newer and was asked lately.
func (r *Refresher) newestOf(info vulndb.SegmentInfo, had offered) bool {
	for _, m := range r.Mirrors {
		at, ok := had[m.Ref].Segments[info.Ecosystem]
		if ok && r.young(had[m.Ref].Asked) {
			return !info.Fetched.Before(at) && r.within(info.Fetched, MirrorAge)
		}
	}
	return false
}

// ask pulls from one mirror what it has of the results, and gives the rest.
func (r *Refresher) ask(ctx context.Context, m *mirror.Mirror, results []*Result, had offered) []*Result {
	if r.young(had[m.Ref].Asked) && !slices.ContainsFunc(results, func(result *Result) bool {
		_, has := had[m.Ref].Segments[result.Ecosystem]
		return has
	}) {
		return results // it had none of these a moment ago
	}
	bounded, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	list, err := m.List(bounded)
	if err != nil {
		r.trouble(m, err)
		return results
	}
	if err := r.note(m, list, had); err != nil {
		r.trouble(m, err)
		return results
	}
	if _, err := r.takeIntelligence(ctx, m, list); err != nil {
		r.trouble(m, err)
	}
	var left []*Result
	for _, result := range results {
		names := partsOf(result.Ecosystem, list)
		for _, name := range names {
			info, err := r.take(ctx, m, list.Segments[name])
			if err == nil && !r.within(info.Fetched, MirrorAge) {
				err = fmt.Errorf("its advisories for %s are of %s, which is too long ago", name, info.Fetched.UTC().Format(time.RFC3339))
			}
			if err != nil {
				r.trouble(m, err)
				names = nil
				break
			}
			if name == result.Ecosystem {
				result.Segment = info
			} else {
				result.Parts = append(result.Parts, info)
			}
		}
		if len(names) == 0 {
			result.Parts = nil
			left = append(left, result)
			continue
		}
		result.State, result.Err = Updated, nil
	}
	return left
}

// partsOf are the segments of a list that make up an ecosystem: itself, or all
// releases of a family.
func partsOf(ecosystem string, list mirror.List) []string {
	if _, ok := list.Segments[ecosystem]; ok {
		return []string{ecosystem}
	}
	return slices.DeleteFunc(list.Ecosystems(), func(part string) bool { return vulndb.Family(part) != ecosystem })
}

// take brings a segment to what a mirror has. One that is newer here stays, unless
// AllowOlder is set.
func (r *Refresher) take(ctx context.Context, m *mirror.Mirror, s mirror.Segment) (vulndb.SegmentInfo, error) {
	info, err := r.look(s.Ecosystem)
	switch {
	case err == nil && !info.Fetched.Before(s.Fetched) && (!r.AllowOlder || info.Fetched.Equal(s.Fetched)):
		return info, nil
	case err == nil && info.Digest == s.Digest:
		if err := vulndb.Stamp(r.segment(s.Ecosystem), s.Fetched); err != nil {
			return info, err
		}
		return r.look(s.Ecosystem)
	}
	if r.Progress != nil {
		r.Progress(s.Ecosystem, 0, s.Size)
	}
	data, err := m.Get(ctx, s)
	if err != nil {
		return info, err
	}
	if info, err = vulndb.Install(r.Dir, s.Ecosystem, data, s.Fetched); err == nil && info.Digest != s.Digest {
		err = fmt.Errorf("the advisories for %s are others than announced", s.Ecosystem)
	}
	return info, err
}

// takeIntelligence brings what is known of CVEs to what a mirror has, and reports
// whether it was newer. Sources are asked for it elsewhere: see Intelligence.
func (r *Refresher) takeIntelligence(ctx context.Context, m *mirror.Mirror, list mirror.List) (bool, error) {
	path := filepath.Join(r.Dir, intel.FileName)
	if list.Intelligence.Size == 0 {
		return false, nil
	}
	if have, err := intel.Open(path); err == nil && !Asked(have).Before(list.Intelligence.Fetched) && !r.AllowOlder {
		return false, nil
	}
	data, err := m.Get(ctx, list.Intelligence)
	if err != nil {
		return false, err
	}
	if _, err := intel.Read(data); err != nil {
		return false, err
	}
	return true, vulndb.Replace(path, data)
}

// Asked is when the sources of a file of what is known of CVEs were last asked:
// the time of the one that was asked first.
func Asked(f *intel.File) (first time.Time) {
	for _, s := range f.Sources() {
		if first.IsZero() || s.Fetched.Before(first) {
			first = s.Fetched
		}
	}
	return first.Truncate(time.Second)
}

func (r *Refresher) trouble(m *mirror.Mirror, err error) {
	if r.Trouble != nil && !errors.Is(err, context.Canceled) {
		r.Trouble(m.Ref, err)
	}
}

// within reports whether a time is not longer ago than an age, and not in the
// future: then a clock was wrong.
func (r *Refresher) within(t time.Time, age time.Duration) bool {
	passed := r.Now().Sub(t)
	return passed >= -time.Minute && passed < age
}

// Pull brings all segments that a mirror has, or those of some ecosystems, into
// the directory. Those that are newer here stay, with ErrOlder in their results,
// unless AllowOlder is set. With all of them comes what is known of CVEs. The results
// are in the order of ecosystems, or else of their names.
func (r *Refresher) Pull(ctx context.Context, m *mirror.Mirror, ecosystems []string) ([]Result, error) {
	if r.Offline {
		return nil, ErrOffline
	}
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("advisory database: %w", err)
	}
	unlock, err := vulndb.Lock(ctx, filepath.Join(r.Dir, mirrorsFile+".lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	list, err := m.List(ctx)
	if err != nil {
		return nil, err
	}
	had := r.readOffered()
	if err := r.note(m, list, had); err != nil {
		return nil, err
	}
	if err := r.writeOffered(had); err != nil {
		return nil, fmt.Errorf("advisory database: %w", err)
	}
	all := len(ecosystems) == 0
	if all {
		ecosystems = list.Ecosystems()
	} else {
		ecosystems = releases(ecosystems, list.Ecosystems())
	}
	var results []Result
	if all {
		if moved, err := r.takeIntelligence(ctx, m, list); moved || err != nil {
			results = append(results, Result{Ecosystem: mirror.Intelligence, State: Updated, Err: err})
		}
	}
	for _, ecosystem := range ecosystems {
		results = append(results, r.pull(ctx, m, list, ecosystem))
		if ctx.Err() != nil {
			return results, ctx.Err()
		}
	}
	return results, nil
}

// releases puts in the place of a family of which there is nothing by its own name
// ("Debian") those of its releases that there are.
func releases(named, there []string) []string {
	var out []string
	for _, name := range named {
		of := slices.DeleteFunc(slices.Clone(there), func(e string) bool { return vulndb.Family(e) != name })
		if slices.Contains(there, name) || len(of) == 0 {
			of = []string{name}
		}
		out = append(out, of...)
	}
	return out
}

// pull brings one segment.
func (r *Refresher) pull(ctx context.Context, m *mirror.Mirror, list mirror.List, ecosystem string) Result {
	result := Result{Ecosystem: ecosystem, State: Missing}
	before, missing := r.look(ecosystem)
	s, ok := list.Segments[ecosystem]
	if !ok {
		result.Err = fmt.Errorf("%s has none", m.Ref)
		return result
	}
	if result.Segment, result.Err = r.take(ctx, m, s); result.Err != nil {
		return result
	}
	result.State = Updated
	if missing == nil && before.Digest == result.Segment.Digest {
		result.State = Fresh
	}
	if result.Segment.Fetched.After(s.Fetched) {
		result.Err = fmt.Errorf("what %s has is of %s, %w, %s", m.Ref, s.Fetched.UTC().Format(time.RFC3339), ErrOlder, result.Segment.Fetched.UTC().Format(time.RFC3339))
	}
	return result
}

// Rebuild makes a segment anew that was found damaged while it was read.
func (r *Refresher) Rebuild(ctx context.Context, ecosystem string) (Result, error) {
	if err := os.Remove(r.segment(ecosystem)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return Result{}, fmt.Errorf("advisory database: %w", err)
	}
	results, err := r.Ensure(ctx, []string{ecosystem})
	if err != nil {
		return Result{}, err
	}
	return results[0], nil
}

// MirrorOf is a mirror that is asked in the way of this refresher.
func (r *Refresher) MirrorOf(ref string) *mirror.Mirror {
	var transport http.RoundTripper
	if r.Client != nil {
		transport = r.Client.Transport
	}
	return &mirror.Mirror{Ref: ref, Transport: transport}
}
