package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/feed"
	feeds "github.com/plimsoll/plimsoll/feed/all"
	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/refresh"
	"github.com/plimsoll/plimsoll/report"
)

// nvdKey is the variable with the user's key for NVD's API, under the name that
// other tools know, too.
const nvdKey = "NVD_API_KEY"

// noIntelligence as a source means that none is asked.
const noIntelligence = "none"

func (f *dataFlags) addIntelligence(flags *pflag.FlagSet) {
	flags.StringVar(&f.intelligence, "intel-source", "", "`URL` or directory to take EPSS scores, CISA's catalogue of exploited vulnerabilities and ends of life from, or \"none\" (default: where they are published; with --db-source none)")
}

// intelligence keeps what is known of CVEs fresh; nil where its sources are not
// to be asked.
func (d *data) intelligence() *refresh.Intelligence {
	a := d.app
	if d.starter || d.flags.intelligence == noIntelligence || d.flags.intelligence == "" && d.flags.source != "" {
		return nil
	}
	return &refresh.Intelligence{
		Dir: d.flags.dir, Sources: feeds.Intelligence(), URL: d.flags.intelligence, Client: &http.Client{}, Now: a.now,
		Keys:   map[string]string{"nvd": os.Getenv(nvdKey)},
		MaxAge: d.flags.refresh, Offline: a.offline,
		Progress: func(source string, done, total int64) {
			switch {
			case total > 0 && source == "nvd":
				a.progress.say("fetching %s: %d of %d CVEs", source, done, total)
			case total > 0:
				a.progress.say("fetching %s: %s of %s", source, humanBytes(done), humanBytes(total))
			}
		},
	}
}

// openIntelligence reads the file as it is; nil where there is none. One that
// cannot be used is told of: it is made anew by the next update.
func (d *data) openIntelligence() *intel.File {
	if d.starter {
		return nil
	}
	f, err := intel.Open(filepath.Join(d.flags.dir, intel.FileName))
	if errors.Is(err, intel.ErrFormat) {
		d.app.warn("what is known of CVEs is left out: %v", err)
	}
	return f
}

// lifetimes gives when releases end, as the last update has it: nil where that
// was never fetched or is not wanted. The file is read when a rule first asks.
func (d *data) lifetimes() func() *intel.Lifetimes {
	if d.starter || d.flags.intelligence == noIntelligence {
		return nil
	}
	return lifetimesIn(d.flags.dir)
}

func lifetimesIn(dir string) func() *intel.Lifetimes {
	return sync.OnceValue(func() *intel.Lifetimes {
		f, err := intel.Open(filepath.Join(dir, intel.FileName))
		if err != nil {
			return nil // the rules have a table of their own
		}
		return f.Lifetimes()
	})
}

// usualSources are the sources of intelligence to ask where none is named:
// those that answer quickly, and those that were asked for before.
func (d *data) usualSources() []string {
	var names []string
	have := d.openIntelligence().Sources()
	for _, s := range feeds.Intelligence() {
		if !s.Slow || slices.ContainsFunc(have, func(h intel.Source) bool { return h.Name == s.Name }) {
			names = append(names, s.Name)
		}
	}
	return names
}

// learned is what came of asking for intelligence beside advisories.
type learned struct {
	results []refresh.SourceResult
	err     error
}

// learn asks the sources of intelligence while something else is done, unless
// that has already begun.
func (d *data) learn(ctx context.Context) <-chan learned {
	if begun := d.learning; begun != nil {
		d.learning = nil
		return begun
	}
	done := make(chan learned, 1)
	k := d.intelligence()
	if k == nil {
		done <- learned{}
		return done
	}
	if !d.lacking() {
		k.Client = hurriedClient()
	}
	go func() {
		ctx, cancel := context.WithTimeout(ctx, besideTime)
		defer cancel()
		results, err := k.Ensure(ctx, d.usualSources())
		done <- learned{results, err}
	}()
	return done
}

// lacking reports whether a source that is usually asked has never answered.
func (d *data) lacking() bool {
	have := d.openIntelligence().Sources()
	return slices.ContainsFunc(d.usualSources(), func(name string) bool {
		s, _ := feed.FindIntelligence(feeds.Intelligence(), name)
		return !s.Optional && !slices.ContainsFunc(have, func(h intel.Source) bool { return h.Name == name })
	})
}

// await is what came of asking. Where what is at hand is young enough to be used,
// nobody waits: what comes later is there for the next scan.
func (d *data) await(learning <-chan learned) learned {
	old := func(s intel.Source) bool { return d.app.now().Sub(s.Fetched) >= waits*d.flags.refresh }
	if d.lacking() || slices.ContainsFunc(d.openIntelligence().Sources(), old) {
		return <-learning
	}
	select {
	case l := <-learning:
		return l
	default:
		return learned{}
	}
}

// know opens what is known of CVEs and describes it in a report. That some of it
// could not be had is a warning: it changes no finding, only their order.
func (d *data) know(learning <-chan learned, database *report.Database) *intel.File {
	l, stale := d.await(learning), map[string]string{}
	if l.err != nil {
		d.app.warn("what is known of CVEs could not be brought up to date: %v", l.err)
	}
	for _, r := range l.results {
		if r.Err == nil || errors.Is(r.Err, refresh.ErrOffline) || d.lacks(r) {
			continue
		}
		stale[r.Name] = r.Err.Error()
		d.app.warn("%s could not be brought up to date: %v", r.Name, r.Err)
	}
	f := d.openIntelligence()
	for _, s := range f.Sources() {
		database.Intelligence = append(database.Intelligence, report.Intelligence{
			Name: s.Name, Source: s.URL, AsOf: report.Time(s.AsOf), Fetched: report.Time(s.Fetched), Records: s.Records, Stale: stale[s.Name],
		})
	}
	return f
}

// lacks reports whether a source was not found at a mirror, which need not have it.
func (d *data) lacks(r refresh.SourceResult) bool {
	s, ok := feed.FindIntelligence(feeds.Intelligence(), r.Name)
	return ok && s.Optional && d.flags.intelligence != "" && errors.Is(r.Err, feed.ErrNoData)
}

// counted is what a source has records of.
func counted(source string) string {
	if s, ok := feed.FindIntelligence(feeds.Intelligence(), source); ok && s.Counts != "" {
		return s.Counts
	}
	return "CVEs"
}

// splitIntelligence parts the names of sources of intelligence from those of ecosystems.
func splitIntelligence(args []string) (sources, ecosystems []string) {
	all := feeds.Intelligence()
	for _, arg := range args {
		known := false
		for _, s := range all {
			known = known || s.Name == arg
		}
		if known {
			sources = append(sources, arg)
		} else {
			ecosystems = append(ecosystems, arg)
		}
	}
	return sources, ecosystems
}

// updateIntelligence asks sources now, those named or else the usual ones, and
// says what became of each. Where they were not what the user asked for, a
// failure is only a warning.
func (a *app) updateIntelligence(ctx context.Context, d *data, named []string, must bool) error {
	k := d.intelligence()
	if k == nil && len(named) > 0 && d.flags.intelligence == "" {
		return usageError("%s: name its source too, with --intel-source", named[0])
	}
	if k == nil && len(named) > 0 {
		return usageError("%s: with --intel-source none it is not asked", named[0])
	}
	if k == nil {
		return nil
	}
	k.MaxAge = 0 // whatever is there is too old
	names := named
	if len(names) == 0 {
		names = d.usualSources()
	}
	results, err := k.Ensure(ctx, names)
	if err != nil {
		return &exitError{exitFailed, err}
	}
	a.progress.clear()
	var failed []error
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, r := range results {
		switch {
		case !slices.Contains(named, r.Name) && d.lacks(r):
		case r.Err == nil:
			fmt.Fprintf(w, "%s\t%d %s\tas of %s\n", r.Name, r.Source.Records, counted(r.Name), r.Source.AsOf.Format(time.DateOnly))
		case must:
			failed = append(failed, fmt.Errorf("%s: %w", r.Name, r.Err))
			fmt.Fprintf(w, "%s\t%s\n", r.Name, map[bool]string{true: "missing", false: "not brought up to date"}[r.State == refresh.Missing])
		default:
			a.warn("%s could not be brought up to date: %v", r.Name, r.Err)
		}
	}
	w.Flush()
	if len(failed) > 0 {
		return &exitError{exitFailed, errors.Join(failed...)}
	}
	return nil
}

// intelligenceStatus lists the sources of what is known of CVEs.
func (a *app) intelligenceStatus(d *data) {
	sources := d.openIntelligence().Sources()
	if len(sources) == 0 {
		return
	}
	fmt.Fprintln(a.out)
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KNOWN BESIDES\tRECORDS\tUP TO DATE\tAS OF\tSOURCE")
	for _, s := range sources {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", clean(s.Name), s.Records, a.ago(s.Fetched), s.AsOf.Format(time.DateOnly), clean(s.URL))
	}
	w.Flush()
}
