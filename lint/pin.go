package lint

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// Pin gives the fixes that add digests to base images which have none: digest
// asks the registry for that of an image. An image that holds a variable, is a
// stage of the file or scratch is left alone; one that the registry does not
// answer for goes to failed.
func Pin(f *dockerfile.File, digest func(image string) (string, error), failed func(image string, err error)) []*rule.Fix {
	var fixes []*rule.Fix
	known := map[string]string{}
	for n, s := range f.Stages {
		if !pinnable(f.Stages[:n], s) {
			continue
		}
		sum, ok := known[s.Image]
		if !ok {
			var err error
			if sum, err = digest(s.Image); err != nil {
				failed(s.Image, err)
			}
			known[s.Image] = sum
		}
		if sum != "" {
			at := s.From.Args[0].Span.End.Offset
			fixes = append(fixes, &rule.Fix{
				Title: "pin " + s.Image + " to its digest", Edits: []rule.Edit{{Start: at, End: at, New: "@" + sum}},
			})
		}
	}
	return fixes
}

func pinnable(before []*dockerfile.Stage, s *dockerfile.Stage) bool {
	if len(s.From.Args) == 0 || s.Image == "" || strings.ContainsAny(s.Image, "@$\"'\\`") || strings.EqualFold(s.Image, "scratch") {
		return false
	}
	for _, b := range before {
		if strings.EqualFold(b.Name, s.Image) {
			return false
		}
	}
	return true
}
