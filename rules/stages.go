package rules

import (
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// finalStage is the stage that is built where no other is asked for; nil in a
// file without FROM.
func finalStage(d *rule.Dockerfile) *dockerfile.Stage {
	if len(d.Stages) == 0 {
		return nil
	}
	return d.Stages[len(d.Stages)-1]
}

// parentStage is the earlier stage that a stage builds upon; nil where it builds
// upon an image. The last stage of a name counts, as in BuildKit.
func parentStage(d *rule.Dockerfile, s *dockerfile.Stage) *dockerfile.Stage {
	return stageNamed(d, baseName(d, s), s.Index)
}

// maxLook bounds how many stages are looked at for one answer, so that a file of
// a million stages takes no million times as long.
const maxLook = 100

// stageNamed is the last stage of a name among the first n.
func stageNamed(d *rule.Dockerfile, name string, n int) *dockerfile.Stage {
	last := d.StageNamed(name)
	if name == "" || last == nil || last.Index < n {
		return last
	}
	for i := n - 1; i >= max(0, n-maxLook); i-- {
		if strings.EqualFold(d.Stages[i].Name, name) {
			return d.Stages[i]
		}
	}
	return nil
}

// stageReferred is the stage that a --from means in stage s, by name or index;
// nil where it means an image.
func stageReferred(d *rule.Dockerfile, s *dockerfile.Stage, from string) *dockerfile.Stage {
	if n, err := strconv.Atoi(from); err == nil {
		if n >= 0 && n < len(d.Stages) {
			return d.Stages[n]
		}
		return nil
	}
	n := len(d.Stages)
	if s != nil {
		n = s.Index
	}
	return stageNamed(d, from, n)
}

// lineage calls f for a stage and then for the stages it builds upon, until f
// is false.
func lineage(d *rule.Dockerfile, s *dockerfile.Stage, f func(*dockerfile.Stage) bool) {
	for range maxLook {
		if s == nil || !f(s) {
			return
		}
		s = parentStage(d, s)
	}
}

// built are the stages that a build of the final stage needs: BuildKit does not
// look at the instructions of others.
func built(d *rule.Dockerfile) map[*dockerfile.Stage]bool {
	needed := map[*dockerfile.Stage]bool{}
	next := []*dockerfile.Stage{finalStage(d)}
	for len(next) > 0 {
		s := next[len(next)-1]
		next = next[:len(next)-1]
		if s == nil || needed[s] {
			continue
		}
		needed[s] = true
		next = append(next, parentStage(d, s))
		for _, i := range s.Instructions {
			for _, from := range sources(i) {
				next = append(next, stageReferred(d, s, from))
			}
		}
	}
	return needed
}

// dispatched are the stages whose instructions BuildKit comes to look at: those
// that are built, and none at all where it gives up at a FROM before that.
func dispatched(d *rule.Dockerfile) map[*dockerfile.Stage]bool {
	if !defaultsExpand(d) {
		return nil
	}
	stages := built(d)
	for s := range stages {
		if parentStage(d, s) == nil && !validImage(baseName(d, s)) {
			return nil
		}
	}
	return stages
}

// defaultsExpand tells whether the defaults of all global ARGs can be worked out.
func defaultsExpand(d *rule.Dockerfile) bool {
	for _, i := range d.Instructions {
		if i.Stage != nil {
			break
		}
		for _, p := range i.Pairs() {
			if _, _, err := d.Scope(i).Expand(p.Raw); err != nil {
				return false
			}
		}
	}
	return true
}

// sources are the stages or images that an instruction takes files from: --from
// of COPY and from= in a --mount of RUN.
func sources(i *dockerfile.Instruction) []string {
	var from []string
	for _, f := range i.Flags {
		switch {
		case i.Name == "COPY" && f.Name == "from":
			from = append(from, f.Value)
		case i.Name == "RUN" && f.Name == "mount":
			for part := range strings.SplitSeq(f.Value, ",") {
				if v, ok := strings.CutPrefix(part, "from="); ok {
					from = append(from, v)
				}
			}
		}
	}
	return from
}

// groups are the instructions stage by stage, those before the first FROM being
// a group of their own, so that a fragment without FROM is judged too.
func groups(d *rule.Dockerfile) [][]*dockerfile.Instruction {
	var out [][]*dockerfile.Instruction
	n := 0
	for n < len(d.Instructions) && d.Instructions[n].Stage == nil {
		n++
	}
	if n > 0 {
		out = append(out, d.Instructions[:n])
	}
	for _, s := range d.Stages {
		out = append(out, s.Instructions)
	}
	return out
}

// each calls f for every instruction of one of the names, those inside an
// ONBUILD not included.
func each(d *rule.Dockerfile, f func(*dockerfile.Instruction), names ...string) {
	for _, i := range d.Instructions {
		for _, n := range names {
			if i.Name == n {
				f(i)
				break
			}
		}
	}
}

// replace is the edit that puts text in the place of a span.
func replace(s dockerfile.Span, text string) rule.Edit {
	return rule.Edit{Start: s.Start.Offset, End: s.End.Offset, New: text}
}

// insert is the edit that puts text at a place.
func insert(at dockerfile.Pos, text string) rule.Edit {
	return rule.Edit{Start: at.Offset, End: at.Offset, New: text}
}

// unquote takes away quotes around a word.
func unquote(s string) string {
	if len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// without are the ids but for some of them.
func without(ids []string, drop ...string) []string {
	kept := make([]string, 0, len(ids))
	for _, id := range ids {
		if !has(drop, id) {
			kept = append(kept, id)
		}
	}
	return kept
}

func has(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

// written is the source of a span.
func written(d *rule.Dockerfile, s dockerfile.Span) string {
	return string(d.Source[s.Start.Offset:s.End.Offset])
}
