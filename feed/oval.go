package feed

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds on an OVAL file.
const (
	maxDefinitions = 1 << 20
	maxTests       = 1 << 23 // real: 500,000 in one file
	maxCriteria    = 200_000 // of a definition
	maxCriteriaFor = 16      // levels of criteria
)

// Definition is one of an OVAL file: what an announcement or a vulnerability says
// of rpm packages (https://oval.mitre.org/language/version5.11).
type Definition struct {
	ID, Class   string // "oval:com.oracle.elsa:def:20070057", "patch" or "vulnerability"
	Title       string
	Description string
	Severity    string
	Issued      string // a day
	Updated     string
	Advisory    string // the announcement's number where it is not a reference
	Patchable   string // of Azure Linux: "true", "false", "Not Applicable"
	References  []DefinitionReference
	Says        []Says
}

// DefinitionReference names what a definition is about: source "CVE", id "CVE-2024-1".
type DefinitionReference struct {
	Source string `xml:"source,attr"`
	ID     string `xml:"ref_id,attr"`
	URL    string `xml:"ref_url,attr"`
}

// Says is what a definition says of one package: it is affected below a version,
// on a release, perhaps in a module.
type Says struct {
	// Release is the comment of the criterion that names it, "Oracle Linux 9 is
	// installed"; empty where no criterion does.
	Release string
	Module  string // that of a module: "Module nodejs:18 is enabled"
	Package string
	Below   string // "epoch:version-release"; empty where every version is affected
	Last    string // the last version that is affected, where no fix is known
}

// ovalCriteria is a node of what has to be true.
type ovalCriteria struct {
	Operator string         `xml:"operator,attr"`
	Negate   bool           `xml:"negate,attr"`
	Inner    []ovalCriteria `xml:"criteria"`
	Tests    []struct {
		Ref     string `xml:"test_ref,attr"`
		Comment string `xml:"comment,attr"`
		Negate  bool   `xml:"negate,attr"`
	} `xml:"criterion"`
}

type ovalDefinition struct {
	ID          string                `xml:"id,attr"`
	Class       string                `xml:"class,attr"`
	Title       string                `xml:"metadata>title"`
	Description string                `xml:"metadata>description"`
	References  []DefinitionReference `xml:"metadata>reference"`
	Advisory    struct {
		Severity string `xml:"severity"`
		Issued   struct {
			Date string `xml:"date,attr"`
		} `xml:"issued"`
		Updated struct {
			Date string `xml:"date,attr"`
		} `xml:"updated"`
	} `xml:"metadata>advisory"`
	// Azure Linux has no advisory around these.
	Severity  string        `xml:"metadata>severity"`
	Date      string        `xml:"metadata>advisory_date"`
	Number    string        `xml:"metadata>advisory_id"`
	Patchable string        `xml:"metadata>patchable"`
	Criteria  *ovalCriteria `xml:"criteria"`
}

// ovalTest holds a package against a state.
type ovalTest struct {
	Check  string `xml:"check,attr"`
	Object struct {
		Ref string `xml:"object_ref,attr"`
	} `xml:"object"`
	State struct {
		Ref string `xml:"state_ref,attr"`
	} `xml:"state"`
}

// oval is a file in memory: tests come after the definitions that use them.
type oval struct {
	definitions []ovalDefinition
	tests       map[string][2]string // ids of object and state
	objects     map[string]string    // names of packages
	states      map[string]ovalState
}

type ovalState struct {
	EVR struct {
		Operation string `xml:"operation,attr"`
		Value     string `xml:",chardata"`
	} `xml:"evr"`
}

// ReadOVAL reads the definitions of an OVAL file and gives each; give ends the
// reading with an error of its own.
func ReadOVAL(ctx context.Context, r io.Reader, give func(Definition) error) error {
	o := oval{tests: map[string][2]string{}, objects: map[string]string{}, states: map[string]ovalState{}}
	if err := o.read(ctx, r); err != nil {
		return err
	}
	for i := range o.definitions {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := give(o.definition(&o.definitions[i])); err != nil {
			return err
		}
		o.definitions[i] = ovalDefinition{} // it may be forgotten
	}
	return nil
}

func (o *oval) read(ctx context.Context, r io.Reader) error {
	d := xml.NewDecoder(r)
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // UTF-8 in practice
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if start, ok := t.(xml.StartElement); ok && err == nil {
			err = o.element(d, start)
		}
		if err != nil {
			return err
		}
	}
}

// element reads the elements that matter; their containers are passed through.
func (o *oval) element(d *xml.Decoder, start xml.StartElement) error {
	if len(o.definitions) > maxDefinitions || len(o.tests)+len(o.objects)+len(o.states) > maxTests {
		return fmt.Errorf("more than %d definitions or %d tests, objects and states", maxDefinitions, maxTests)
	}
	id := ""
	for _, a := range start.Attr {
		if a.Name.Local == "id" {
			id = a.Value
		}
	}
	switch start.Name.Local {
	case "definition":
		var def ovalDefinition
		if err := d.DecodeElement(&def, &start); err != nil {
			return err
		}
		o.definitions = append(o.definitions, def)
	case "rpminfo_test", "dpkginfo_test":
		var t ovalTest
		if err := d.DecodeElement(&t, &start); err != nil {
			return err
		}
		o.tests[id] = [2]string{t.Object.Ref, t.State.Ref}
	case "rpminfo_object", "dpkginfo_object":
		var object struct {
			Name string `xml:"name"`
		}
		if err := d.DecodeElement(&object, &start); err != nil {
			return err
		}
		o.objects[id] = strings.TrimSpace(object.Name)
	case "rpminfo_state", "dpkginfo_state":
		var s ovalState
		if err := d.DecodeElement(&s, &start); err != nil {
			return err
		}
		if s.EVR.Value != "" {
			o.states[id] = s
		}
	}
	return nil
}

func (o *oval) definition(d *ovalDefinition) Definition {
	out := Definition{
		ID: d.ID, Class: d.Class, Title: strings.TrimSpace(d.Title), Description: strings.TrimSpace(d.Description),
		Severity: strings.TrimSpace(cmp.Or(d.Advisory.Severity, d.Severity)), Issued: cmp.Or(d.Advisory.Issued.Date, d.Date), Updated: d.Advisory.Updated.Date,
		References: d.References, Advisory: strings.TrimSpace(d.Number), Patchable: strings.TrimSpace(d.Patchable),
	}
	if d.Criteria != nil {
		w := ovalWalk{oval: o, out: &out}
		w.node(d.Criteria, ovalScope{}, 0)
	}
	return out
}

// ovalScope is what holds for a package because of the criteria around it.
type ovalScope struct {
	releases []string
	module   string
}

// ovalWalk gathers what a definition's criteria say.
type ovalWalk struct {
	*oval
	out *Definition
}

// node reads criteria: what an AND demands beside a package holds for it.
func (w *ovalWalk) node(c *ovalCriteria, scope ovalScope, depth int) {
	if depth > maxCriteriaFor || c.Negate || len(w.out.Says) > maxCriteria {
		return
	}
	if !strings.EqualFold(c.Operator, "OR") {
		for _, t := range c.Tests {
			switch {
			case isRelease(t.Comment):
				scope.releases = []string{t.Comment}
			case isModule(t.Comment):
				scope.module = t.Comment
			}
		}
		for i := range c.Inner {
			if r := releasesOf(&c.Inner[i]); len(r) > 0 {
				scope.releases = r
			}
		}
	}
	for _, t := range c.Tests {
		s, ok := w.says(t.Ref, t.Comment)
		if !ok || t.Negate || isRelease(t.Comment) {
			continue
		}
		releases := scope.releases
		if len(releases) == 0 {
			releases = []string{""}
		}
		for _, release := range releases {
			s.Release, s.Module = release, scope.module
			w.out.Says = append(w.out.Says, s)
		}
	}
	for i := range c.Inner {
		w.node(&c.Inner[i], scope, depth+1)
	}
}

// says reads a test of a package's version: below one, up to one, or any. Where
// a file has no tests, comments say the same.
func (w *ovalWalk) says(test, comment string) (Says, bool) {
	t, known := w.tests[test]
	if !known {
		name, below, ok := strings.Cut(strings.TrimSpace(comment), " is earlier than ")
		return Says{Package: name, Below: withoutZero(below)}, ok && !strings.Contains(name+below, " ")
	}
	state, compared := w.states[t[1]]
	says := Says{Package: w.objects[t[0]]}
	value := strings.TrimSpace(state.EVR.Value)
	switch {
	case !compared || says.Package == "" || value == "":
		return Says{}, false
	case state.EVR.Operation == "less than":
		says.Below = withoutZero(value)
	case state.EVR.Operation == "less than or equal":
		says.Last = withoutZero(value)
	case state.EVR.Operation != "greater than" || strings.Trim(value, "0:-") != "":
		return Says{}, false
	}
	return says, true
}

// withoutZero is a version without an epoch of 0.
func withoutZero(evr string) string { return strings.TrimPrefix(evr, "0:") }

// releasesOf are the releases of criteria that only name some, one of which is
// installed.
func releasesOf(c *ovalCriteria) []string {
	if len(c.Inner) > 0 || !strings.EqualFold(c.Operator, "OR") {
		return nil
	}
	var list []string
	for _, t := range c.Tests {
		if !isRelease(t.Comment) {
			return nil
		}
		list = append(list, t.Comment)
	}
	return list
}

// isRelease reports whether a comment is that of a test for a distribution:
// "Oracle Linux 9 is installed". Files have no other mark for it.
func isRelease(comment string) bool {
	name, ok := strings.CutSuffix(strings.TrimSpace(comment), " is installed")
	return ok && strings.Contains(name, " ")
}

// isModule reports whether a comment is that of a test for an rpm module.
func isModule(comment string) bool {
	return strings.HasPrefix(comment, "Module ") && strings.HasSuffix(comment, " is enabled")
}
