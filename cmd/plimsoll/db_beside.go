package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plimsoll/plimsoll/mirror"
	"github.com/plimsoll/plimsoll/refresh"
	"github.com/plimsoll/plimsoll/vulndb"
)

// usedFile in the database says which ecosystems the last scan needed, so that
// the next can bring them up to date while it reads the image.
const usedFile = "used.json"

// The bounds of that file, in bytes and in ecosystems.
const (
	maxUsed      = 64 << 10
	maxUsedNames = 40
)

// besideTime bounds an update that runs beside a scan.
const besideTime = 2 * time.Minute

// waits is by how many times data may be older than --db-refresh before a scan
// waits for the update; younger data are used as they are.
const waits = 2

// beside is the update that runs while images are scanned. Nothing waits for it:
// what it has not come to when the program ends, the next one does.
type beside struct {
	refresher *refresh.Refresher // of its own, which shows nothing
	ctx       context.Context

	mu      sync.Mutex
	started map[string]bool
	done    []refresh.Result
	refused []string // why mirrors are not believed
}

// begin starts to update what the last scan needed, if it is old but not too
// old: an update, and the question whether there is one, delays no scan.
func (d *data) begin(ctx context.Context) {
	if d.starter || d.app.offline || d.flags.refresh <= 0 {
		return
	}
	d.learning = d.learn(ctx)
	r := d.refresher()
	r.Progress = nil
	ctx, cancel := context.WithTimeout(ctx, besideTime)
	context.AfterFunc(ctx, cancel)
	d.beside = &beside{refresher: r, ctx: ctx, started: map[string]bool{}}
	r.Trouble = d.beside.trouble
	d.later(d.used())
}

// later starts the update of those ecosystems that need not be waited for, and
// gives the others.
func (d *data) later(names []string) (now []string) {
	b := d.beside
	if b == nil {
		return names
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var old []string
	for _, name := range names {
		switch {
		case b.started[name]:
		case d.old(name):
			b.started[name] = true
			old = append(old, name)
		default:
			now = append(now, name)
		}
	}
	if len(old) > 0 {
		go b.update(old)
	}
	return now
}

// old reports whether data are to be brought up to date and can be used
// meanwhile: under --max-data-age only if that allows it.
func (d *data) old(ecosystem string) bool {
	age, ok := d.usable(ecosystem)
	return ok && age >= d.flags.refresh && age < waits*d.flags.refresh
}

// usable gives the age of data that a scan may use if no newer ones are to be had.
func (d *data) usable(ecosystem string) (age time.Duration, ok bool) {
	db, err := vulndb.OpenSegment(filepath.Join(d.flags.dir, vulndb.SegmentName(ecosystem)+vulndb.Extension))
	if err != nil {
		return 0, false
	}
	info := db.Segments()[0]
	_ = db.Close() // it was only looked at
	if from := d.flags.source; from != "" && !strings.HasSuffix(info.Source, " "+strings.TrimSuffix(from, "/")) {
		return 0, false
	}
	age = d.app.now().Sub(info.Fetched)
	return age, info.Ecosystem == ecosystem && (d.flags.maxAge == 0 || age < d.flags.maxAge)
}

// ensure brings data up to date before they are used. A server that is slow is
// waited for only where there would be nothing to use without it.
func (d *data) ensure(ctx context.Context, names []string) ([]refresh.Result, error) {
	var have, lack []string
	for _, name := range names {
		if _, ok := d.usable(name); ok {
			have = append(have, name)
		} else {
			lack = append(lack, name)
		}
	}
	r := d.refresher()
	results, err := r.Ensure(ctx, lack)
	if err != nil || len(have) == 0 {
		return results, err
	}
	r.Client = hurriedClient()
	more, err := r.Ensure(ctx, have)
	return append(results, more...), err
}

// trouble keeps what somebody must hear of also if the data at hand were enough: a
// mirror that is not what it should be. One that is down is no news yet.
func (b *beside) trouble(mirrorRef string, err error) {
	if !errors.Is(err, mirror.ErrRefused) && !errors.Is(err, refresh.ErrBack) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused = append(b.refused, fmt.Sprintf("%s is not believed: %s", mirrorRef, without(mirrorRef, err)))
}

func (b *beside) update(names []string) {
	results, err := b.refresher.Ensure(b.ctx, names)
	if err != nil {
		return // the scan has ended, or the next one says it
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done = append(b.done, results...)
}

// tellLater says what the update has come to since the advisories were opened.
func (d *data) tellLater() {
	for _, r := range d.come() {
		switch {
		case r.State == refresh.Updated:
			d.app.note("newer advisories for %s came during this scan: the next one uses them", r.Ecosystem)
		case r.Err != nil:
			d.app.warn("the advisories for %s could not be brought up to date, older ones are used: %v", r.Ecosystem, r.Err)
		}
	}
	if d.beside == nil {
		return
	}
	d.beside.mu.Lock()
	defer d.beside.mu.Unlock()
	for _, why := range d.beside.refused {
		d.app.warn("%s", why)
	}
	d.beside.refused = nil
}

// used reads what the last scan needed.
func (d *data) used() []string {
	data, err := os.ReadFile(filepath.Join(d.flags.dir, usedFile))
	var names []string
	if err != nil || len(data) > maxUsed || json.Unmarshal(data, &names) != nil {
		return nil // nothing is known of the last scan
	}
	return names[:min(len(names), maxUsedNames)]
}

// remember notes what this scan needs.
func (d *data) remember(names []string) {
	if len(names) > maxUsedNames || slices.Equal(names, d.used()) {
		return
	}
	if data, err := json.Marshal(names); err == nil {
		_ = vulndb.Replace(filepath.Join(d.flags.dir, usedFile), data) // without it the next scan only starts later
	}
}

// come gives what the update beside the scan has done so far, each thing once.
func (d *data) come() []refresh.Result {
	if d.beside == nil {
		return nil
	}
	d.beside.mu.Lock()
	defer d.beside.mu.Unlock()
	done := d.beside.done
	d.beside.done = nil
	return done
}

// note tells the user something that is no cause for concern.
func (a *app) note(format string, args ...any) {
	if a.quiet {
		return
	}
	a.progress.clear()
	fmt.Fprintf(a.err, "plimsoll: %s\n", clean(fmt.Sprintf(format, args...)))
}
