// Package scan is the line: an opened image goes in, a report comes out. Each
// layer is read once, layers side by side; what they hold is merged, matched
// and judged.
package scan

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plimsoll/plimsoll/cache"
	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/malware"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/policy"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/secret"
	"github.com/plimsoll/plimsoll/vex"
	"github.com/plimsoll/plimsoll/walk"
)

// Data brings the advisories that an inventory needs and says what they are.
type Data interface {
	// Ensure makes advisories for the ecosystems at hand, as fresh as can be
	// had. What cannot be had is no error: it is absent from what is returned,
	// and Database.Missing says why. Close the advisories after use.
	Ensure(ctx context.Context, ecosystems []match.Need) (Advisories, report.Database, error)
}

// Advisories are advisories that are open until Close. Where they are also
// match.Intelligence, that is used.
type Advisories interface {
	match.Advisories
	Close() error
}

// Scanner scans images. Its fields are set once; it may then scan several
// images side by side.
type Scanner struct {
	Catalogers []catalog.Cataloger
	// Data has the advisories; nil leaves vulnerabilities out.
	Data Data
	// VEX sets vulnerabilities aside by what its documents state; nil by nothing.
	VEX *vex.Set
	// SeverityOrder says whose severity is in force: see match.Matcher.
	SeverityOrder []match.SeveritySource
	// KernelHeaders counts the kernel's vulnerabilities also in packages that hold
	// nothing but its headers.
	KernelHeaders bool
	// Rules look at configuration, history and files, with these settings.
	Rules    []rule.Rule
	Settings rule.Settings
	// Secrets finds tokens, keys and passwords; nil leaves them out.
	Secrets *secret.Finder
	// SecretKinds tells which of the kinds that Secrets finds are reported; nil is
	// all. To search for all of them nonetheless keeps a token of a kind that is
	// not wanted from being taken for a secret of no particular kind.
	SecretKinds func(id string) bool
	// Hide finds what instructions and messages must not show, whatever Secrets
	// looks for; nil hides nothing there.
	Hide *secret.Finder
	// ShowSecrets puts secrets themselves into the report. Nothing is kept then.
	ShowSecrets bool
	// Malware are the engines that every file is streamed through. An engine that
	// cannot be reached ends the scan.
	Malware []malware.Engine
	Policy  policy.Policy
	// Cache keeps what was read of a layer; nil keeps nothing.
	Cache *cache.Cache
	// Spool bounds what is kept for random access; nil is the default limits.
	Spool *walk.Spool
	// Workers is how many layers are read side by side; 0 is one more than there are
	// processors, as what reads a layer waits at times for what unpacks and sums it.
	Workers int
	// Now is the clock that the verdict is judged by.
	Now func() time.Time
	// Progress, if there is one, is told of each step, from several goroutines
	// at once.
	Progress func(Event)
}

// Event is a step of a scan.
type Event struct {
	Step   string // "layer", "cached", "advisories", "match"
	Layer  int    // which layer, from 0
	Layers int    // of how many
	Bytes  int64  // of the layer as kept; 0 where unknown
	Done   bool   // the step has ended
}

// Scan reads an image, finds what is installed, and judges it.
func (s *Scanner) Scan(ctx context.Context, img *image.Image) (*report.Report, error) {
	inv, err := s.Inventory(ctx, img)
	if err != nil {
		return nil, err
	}
	inv.Notes = slices.DeleteFunc(inv.Notes, func(n inventory.Note) bool { return n.By == secretNote && !s.wants(n.ID) })
	r := &report.Report{
		Schema:   report.SchemaVersion,
		Target:   s.target(img, inv),
		Checks:   s.checks(),
		Packages: inv.Packages,
		Findings: []finding.Finding{},
		Database: report.Database{Segments: []report.Segment{}, Missing: []report.Missing{}},
		Warnings: slices.Concat(imageWarnings(img), inv.Warnings),
	}
	if s.Data != nil {
		if err := s.match(ctx, inv, r); err != nil {
			return nil, err
		}
		s.applyVEX(img, inv, r.Findings)
	}
	r.Findings = slices.Concat(r.Findings, judgeMalware(inv), s.judgeSecrets(img, inv), s.judgeRules(img, inv))
	facts := policy.Facts{Packages: len(inv.Packages)}
	for _, m := range r.Database.Missing {
		facts.Missing = append(facts.Missing, m.Ecosystem)
	}
	facts.DataAsOf, _ = time.Parse(time.RFC3339, r.Database.AsOf) // the zero time where nothing was asked
	r.Verdict = s.Policy.Judge(r.Findings, facts, s.Now())
	return r, nil
}

// checks are the kinds of findings that the scan looks for.
func (s *Scanner) checks() []finding.Kind {
	looks := map[finding.Kind]bool{
		finding.Vulnerability: s.Data != nil, finding.Malware: len(s.Malware) > 0, finding.Secret: s.Secrets != nil, finding.Rule: len(s.Rules) > 0,
	}
	return slices.DeleteFunc(finding.Kinds(), func(k finding.Kind) bool { return !looks[k] })
}

// match adds the vulnerabilities of what is installed to the report.
func (s *Scanner) match(ctx context.Context, inv *inventory.Inventory, r *report.Report) error {
	m := match.Matcher{Ecosystems: s.ecosystems(), KernelHeaders: s.KernelHeaders, SeverityOrder: s.SeverityOrder}
	s.progress(Event{Step: "advisories"})
	advisories, database, err := s.Data.Ensure(ctx, m.Needs(inv))
	if err != nil {
		return err
	}
	defer advisories.Close()
	s.progress(Event{Step: "match"})
	m.Advisories = advisories
	m.Intelligence, _ = advisories.(match.Intelligence)
	result, err := m.Match(ctx, inv)
	if err != nil {
		return err
	}
	database.Missing = missing(database.Missing, result.Missing)
	database.Notes = result.Notes
	r.Database = database
	r.Findings = append(r.Findings, result.Findings...)
	r.Warnings = append(r.Warnings, result.Warnings...)
	return nil
}

// Inventory reads an image and lists what is installed in it.
func (s *Scanner) Inventory(ctx context.Context, img *image.Image) (*inventory.Inventory, error) {
	read, err := s.layers(ctx, img)
	if err != nil {
		return nil, err
	}
	inv := inventory.Merge(read.parts)
	return inv, s.completeSums(ctx, img, read, inv.Disk)
}

// layersRead is what each layer says, and under which key of the cache it is
// kept; an empty key is for what is not kept.
type layersRead struct {
	parts []inventory.Part
	keys  []string
}

// layers reads the layers, those that were read before from the cache.
func (s *Scanner) layers(ctx context.Context, img *image.Image) (*layersRead, error) {
	engines, err := newEngines(ctx, s.Malware)
	if err != nil {
		return nil, err
	}
	read := &layersRead{make([]inventory.Part, len(img.Layers)), make([]string, len(img.Layers))}
	workers := cmp.Or(s.Workers, runtime.GOMAXPROCS(0)+1)
	with := tools{spool: s.Spool, engines: engines, algorithms: likelyAlgorithms(img.Config), layers: min(workers, len(img.Layers))}
	order := make([]int, len(img.Layers))
	for i := range order {
		order[i] = i
	}
	// The largest first, so that no worker is left alone with it at the end.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(img.Layers[b].Size, img.Layers[a].Size) })
	if with.spool == nil {
		with.spool = &walk.Spool{}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for _, n := range order {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			part, key, err := s.part(ctx, n, img, with)
			if err != nil {
				return err
			}
			read.parts[n], read.keys[n] = *part, key
			return nil
		})
	}
	if err = g.Wait(); err == nil {
		err = engines.end()
	}
	s.Cache.Trim()
	return read, err
}

// tools are what the layers of one scan share.
type tools struct {
	spool      *walk.Spool
	engines    *engines
	algorithms []inventory.Algorithm // that the image's packages likely use
	layers     int                   // that are read side by side
}

// part gives what one layer says, and its key in the cache.
func (s *Scanner) part(ctx context.Context, n int, img *image.Image, with tools) (_ *inventory.Part, key string, err error) {
	layer := img.Layers[n]
	event := Event{Step: "layer", Layer: n, Layers: len(img.Layers), Bytes: layer.Size}
	if layer.Foreign {
		part := &inventory.Part{Listing: &inventory.Listing{Partial: true}}
		part.Warn("", "the layer lies elsewhere (a foreign layer of a Windows base): not looked into")
		return part, "", nil
	}
	if !s.ShowSecrets && !with.engines.vague {
		key = cacheName(layer.DiffID, append(s.readers(), with.engines.versions...))
	}
	if part, ok := s.load(key); ok {
		event.Step, event.Done = "cached", true
		s.progress(event)
		return part, key, nil
	}
	s.progress(event)
	failures := with.spool.Failures()
	part, err := s.read(ctx, n, layer, with)
	if err != nil {
		return nil, "", err
	}
	// Else there may be more to see another time.
	if with.spool.Failures() != failures || unscanned(part) {
		key = ""
	}
	s.save(key, part)
	event.Done = true
	s.progress(event)
	return part, key, nil
}

// read walks one layer with all catalogers.
func (s *Scanner) read(ctx context.Context, n int, layer image.Layer, with tools) (*inventory.Part, error) {
	part := &inventory.Part{}
	visitors := make([]walk.Visitor, len(s.Catalogers))
	for i, c := range s.Catalogers {
		visitors[i] = walk.Visitor{Name: c.Name, Want: c.Want, ByContent: c.ByContent, Visit: func(ctx context.Context, f *walk.File) error {
			return c.Read(ctx, f, part)
		}}
	}
	visitors = append(visitors, s.fileVisitors(part)...)
	if s.wantsSums() || s.wantsListing() {
		visitors = append(visitors, lister(part))
	}
	contents := s.newContents(part, with)
	if contents != nil {
		visitors = append(visitors, contents.visitor())
	}
	visitors = append(visitors, with.engines.visitors(ctx, part)...)
	result, err := walk.Layer(ctx, n, layer, visitors, with.spool, part.Forget)
	if contents != nil {
		contents.finish()
		contents.note(part, s.ShowSecrets)
	}
	if err != nil {
		return nil, err
	}
	if err := with.engines.err(); err != nil {
		return nil, err
	}
	part.Hidden, part.Opaque, part.Links = result.Hidden, result.Opaque, result.Links
	part.Seen, part.SeenDirs = result.Files, result.Dirs
	part.Warnings = append(part.Warnings, result.Warnings...)
	part.Finish()
	return part, nil
}

// readers names all that reads a layer, each with its version.
func (s *Scanner) readers() []string {
	var names []string
	for _, c := range s.Catalogers {
		names = append(names, fmt.Sprintf("%s %d", c.Name, c.Version))
	}
	if s.Secrets != nil {
		names = append(names, "secrets "+s.Secrets.Version())
	}
	if s.wantsSums() {
		names = append(names, fmt.Sprintf("sums %d", sumsVersion))
	}
	if s.wantsSums() || s.wantsListing() {
		names = append(names, fmt.Sprintf("listing %d", listingVersion))
	}
	return append(names, s.fileReaders()...)
}

func (s *Scanner) ecosystems() []inventory.Ecosystem {
	var all []inventory.Ecosystem
	for _, c := range s.Catalogers {
		if c.Ecosystem.Type != "" {
			all = append(all, c.Ecosystem)
		}
	}
	return all
}

func (s *Scanner) progress(e Event) {
	if s.Progress != nil {
		s.Progress(e)
	}
}

// missing joins what could not be had with what was not checked for another
// reason.
func missing(had []report.Missing, unchecked []match.Missing) []report.Missing {
	all := append([]report.Missing{}, had...)
	for _, m := range unchecked {
		if !slices.ContainsFunc(had, func(h report.Missing) bool { return h.Ecosystem == m.Ecosystem }) {
			all = append(all, report.Missing{Ecosystem: m.Ecosystem, Packages: m.Packages, Reason: m.Reason})
		}
	}
	return all
}
