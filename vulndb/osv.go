package vulndb

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// MaxRecord is the size in bytes above which ParseOSV refuses a record.
const MaxRecord = 16 << 20

const (
	maxID = 256 // bytes of an id; real ones have under 40
	// maxDetails bounds the bytes that are kept of a record's details: what it
	// is about. Proofs of concept and tables that follow are at the source.
	maxDetails = 800
)

// RecordError says which record could not be read and why. A feed yields it
// and goes on; any other error ends the reading.
type RecordError struct {
	ID  string // the record's id, or where it was found if it has none
	Err error
}

// Error names the record before the reason.
func (e *RecordError) Error() string { return fmt.Sprintf("record %s: %v", e.ID, e.Err) }

// Unwrap gives the reason.
func (e *RecordError) Unwrap() error { return e.Err }

var (
	errNoID       = errors.New("no id")
	errNoAffected = errors.New("no affected entry names a package with ranges or versions")
)

// ParseOSV reads one record of the OSV schema, of any version so far. It takes
// what matching, explaining and reporting need: fields that it does not know
// are ignored; ranges of commits (GIT) and entries that name no package are
// left out, because they say nothing about a package version. A record all of
// whose entries lack both ranges and versions is an error, a record without
// any entry is not (sources withdraw records so). Of long details the beginning
// is kept, and of reports of malicious packages (MAL-…) only ids, names,
// versions and days.
//
// Every error is a *RecordError.
func ParseOSV(data []byte) (Advisory, error) {
	if len(data) > MaxRecord {
		return Advisory{}, &RecordError{ID: "(unread)", Err: fmt.Errorf("%d bytes, more than the limit of %d", len(data), MaxRecord)}
	}
	r := record{scanner: scanner{data: data}}
	err := r.object(r.field)
	if err == nil && r.peek() != 0 {
		err = r.failf("more after the record")
	}
	if err == nil {
		err = r.finish()
	}
	if err != nil {
		return Advisory{}, &RecordError{ID: orUnnamed(r.ID), Err: err}
	}
	return r.Advisory, nil
}

func orUnnamed(id string) string {
	if id == "" {
		return "(without id)"
	}
	return id
}

// record is an advisory while it is being read.
type record struct {
	scanner
	Advisory
	detailsAt int // where the details' string begins
	empty     int // affected entries without ranges and versions
}

func (r *record) field(name []byte) (err error) {
	switch string(name) {
	case "id":
		r.ID, err = r.text()
		if len(r.ID) > maxID {
			r.ID = r.ID[:maxID]
			return r.failf("id longer than %d bytes", maxID)
		}
	case "aliases":
		r.Aliases, err = r.texts()
	case "upstream":
		r.Upstream, err = r.texts()
	case "related":
		r.Related, err = r.texts()
	case "published":
		r.Published, err = r.time()
	case "modified":
		r.Modified, err = r.time()
	case "withdrawn":
		r.Withdrawn, err = r.time()
		if err == nil && r.Withdrawn.IsZero() && r.data[r.pos-1] == '"' {
			return r.failf("withdrawn is not a time")
		}
	case "summary":
		r.Summary, err = r.text()
	case "details":
		r.peek()
		r.detailsAt = r.pos
		err = r.skip()
	case "references":
		r.References, err = r.references()
	case "severity":
		err = r.severities(&r.Severities)
	case "database_specific":
		err = r.specific(&Affected{}, &r.Severities)
	case "affected":
		err = r.array(r.affected)
	default:
		err = r.skip()
	}
	return err
}

// finish reads what was put off and judges the whole.
func (r *record) finish() (err error) {
	if r.ID == "" {
		return errNoID
	}
	if len(r.Affected) == 0 && r.empty > 0 && r.Withdrawn.IsZero() {
		return errNoAffected
	}
	if IsMalware(r.ID) {
		r.Malicious = true
		r.Related, r.Summary, r.References, r.Severities = nil, "", nil, nil
		r.Published, r.Modified = r.Published.Truncate(24*time.Hour), r.Modified.Truncate(24*time.Hour)
		return nil
	}
	if r.detailsAt > 0 {
		r.pos = r.detailsAt
		r.Details, err = r.text()
		r.Details = Brief(r.Details)
	}
	return err
}

// Brief is as much of an advisory's details as the database keeps.
func Brief(details string) string {
	if len(details) > maxDetails {
		return strings.Clone(beginning(details))
	}
	return details
}

// IsBrief reports whether details look like the beginning of longer ones.
func IsBrief(details string) bool {
	return len(details) > maxDetails/2 && strings.HasSuffix(details, "…")
}

// beginning is a text up to the end of a paragraph, a sentence or a word,
// the first of these that leaves half of it, and an ellipsis.
func beginning(text string) string {
	head := text[:maxDetails]
	for _, end := range [...]string{"\n\n", "\n", ". ", " "} {
		if at := strings.LastIndex(head, end); at > maxDetails/2 {
			return strings.TrimRight(head[:at+1], " \n") + " …"
		}
	}
	return strings.ToValidUTF8(head, "") + "…"
}

// IsMalware reports whether an id is that of a report of a malicious package,
// which OSV keeps apart under the prefix MAL.
func IsMalware(id string) bool { return strings.HasPrefix(id, "MAL-") }

func (r *record) texts() (list []string, err error) {
	err = r.array(func() error {
		text, err := r.text()
		if text != "" {
			list = append(list, text)
		}
		return err
	})
	return list, err
}

// time reads a time; what is not one is the zero time, because a record with
// a bad date is still worth having.
func (r *record) time() (time.Time, error) {
	text, err := r.word()
	if err != nil || text == "" {
		return time.Time{}, err
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 0 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, nil
}

// same reads a string that is probably one of those in memory already.
func (r *record) same(known ...string) (string, error) {
	if r.peek() == 'n' {
		return r.text()
	}
	b, err := r.bytes()
	for _, s := range known {
		if string(b) == s {
			return s, err
		}
	}
	return string(b), err
}

func (r *record) references() (list []Reference, err error) {
	err = r.array(func() error {
		kind, url, err := r.typed("url")
		if url != "" {
			list = append(list, Reference{Type: kind, URL: url})
		}
		return err
	})
	return list, err
}

func (r *record) severities(to *[]Severity) error {
	return r.array(func() error {
		kind, score, err := r.typed("score")
		if kind != "" && score != "" {
			*to = append(*to, Severity{Type: kind, Score: score})
		}
		return err
	})
}

// typed reads an object of a type and the word in the named field.
func (r *record) typed(field string) (kind, value string, err error) {
	err = r.object(func(name []byte) (err error) {
		switch string(name) {
		case "type":
			kind, err = r.word()
		case field:
			value, err = r.word()
		default:
			err = r.skip()
		}
		return err
	})
	return kind, value, err
}

// specific reads database_specific and ecosystem_specific: the severity words
// of GitHub and Azure ("severity"), Debian ("urgency") and Ubuntu
// ("ubuntu_priority", "priority"), the vendor's state and the rpm module.
func (r *record) specific(a *Affected, words *[]Severity) error {
	if r.peek() != '{' {
		return r.skip()
	}
	return r.object(func(name []byte) (err error) {
		scale := "word"
		switch string(name) {
		case "severity", "urgency":
		case "ubuntu_priority", "priority":
			scale = "Ubuntu"
		case "status":
			a.Status, err = r.word()
			return err
		case "module":
			a.Module, err = r.word()
			return err
		case "cpe", "platform":
			a.Platform, err = r.word()
			return err
		default:
			return r.skip()
		}
		word, err := r.word()
		if s := (Severity{scale, word}); word != "" && !contains(*words, s) {
			*words = append(*words, s)
		}
		return err
	})
}

func contains(list []Severity, s Severity) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

func (r *record) affected() error {
	var a Affected
	var git bool
	err := r.object(func(name []byte) (err error) {
		switch string(name) {
		case "package":
			err = r.pkg(&a)
		case "ranges":
			git, err = r.ranges(&a)
		case "versions":
			a.Versions, err = r.texts()
		case "severity":
			err = r.severities(&a.Severities)
		case "database_specific", "ecosystem_specific":
			err = r.specific(&a, &a.Severities)
		default:
			err = r.skip()
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case len(a.Ranges) == 0 && len(a.Versions) == 0:
		if !git {
			r.empty++
		}
	case a.Ecosystem != "" && a.Name != "":
		r.Affected = append(r.Affected, a)
	}
	return nil
}

func (r *record) pkg(a *Affected) error {
	return r.object(func(name []byte) (err error) {
		switch string(name) {
		case "ecosystem":
			last := "npm"
			if n := len(r.Affected); n > 0 {
				last = r.Affected[n-1].Ecosystem
			}
			a.Ecosystem, err = r.same(last)
		case "name":
			a.Name, err = r.text()
		case "purl":
			var purl string
			purl, err = r.word()
			if module := purlModule(purl); module != "" {
				a.Module = module
			}
		default:
			err = r.skip()
		}
		return err
	})
}

// purlModule is the rpm modularity stream in a purl's rpmmod qualifier.
func purlModule(purl string) string {
	_, qualifiers, _ := strings.Cut(purl, "?")
	if !strings.Contains(qualifiers, "rpmmod=") {
		return ""
	}
	qualifiers, _, _ = strings.Cut(qualifiers, "#")
	values, err := url.ParseQuery(qualifiers)
	if err != nil {
		return ""
	}
	return values.Get("rpmmod")
}

// ranges reads ranges and leaves those of commits out; git says that there were some.
func (r *record) ranges(a *Affected) (git bool, err error) {
	err = r.array(func() error {
		if r.peek() != '{' {
			return r.failf("a range is an object")
		}
		var rg Range
		err := r.object(func(name []byte) (err error) {
			switch string(name) {
			case "type":
				rg.Type, err = r.same("ECOSYSTEM", "SEMVER", "GIT")
			case "events":
				rg.Events = make([]Event, 0, 2)
				err = r.array(func() error { return r.event(&rg) })
			default:
				err = r.skip()
			}
			return err
		})
		switch {
		case rg.Type == "GIT":
			git = true
		case len(rg.Events) > 0:
			a.Ranges = append(a.Ranges, rg)
		}
		return err
	})
	return git, err
}

// event reads one event; one that names several turning points, as early
// records do, is as many events.
func (r *record) event(rg *Range) error {
	return r.object(func(name []byte) (err error) {
		var e Event
		switch string(name) {
		case "introduced":
			e.Introduced, err = r.text()
		case "fixed":
			e.Fixed, err = r.text()
		case "last_affected":
			e.LastAffected, err = r.text()
		case "limit":
			e.Limit, err = r.text()
		default:
			return r.skip()
		}
		if e != (Event{}) {
			rg.Events = append(rg.Events, e)
		}
		return err
	})
}
