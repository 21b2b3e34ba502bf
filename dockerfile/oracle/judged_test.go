package oracle

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/solver/pb"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/rules"
)

// TestCasesJudgedAlike holds every real Dockerfile of one stage, and the image
// that BuildKit would make of it, against the rules that look at both: they
// must find the same, as often. A history does not show a mounted cache.
func TestCasesJudgedAlike(t *testing.T) {
	var both []rule.Rule
	for _, r := range rules.All() {
		if r.Dockerfile != nil && (r.History || r.Image != nil && (strings.HasSuffix(r.ID, "-cache-left") || r.ID == "apt-lists-left")) {
			both = append(both, r)
		}
	}
	agree, all, shown := 0, 0, 0
	caps := pb.Caps.CapSet(pb.Caps.All())
	readCases(t, "cases/lint/real-dockerfiles", func(id, source string) {
		file := dockerfile.Parse([]byte(source))
		if len(file.Stages) != 1 {
			return
		}
		result, err := dockerfile2llb.Dockerfile2LLB(t.Context(), []byte(source), dockerfile2llb.ConvertOpt{MetaResolver: bases{}, LLBCaps: &caps})
		if err != nil {
			return
		}
		data, err := json.Marshal(result.Image)
		if err != nil {
			t.Fatal(err)
		}
		config, err := v1.ParseConfigFile(strings.NewReader(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		text, entries := image.Dockerfile(config)
		im := &rule.Image{Config: config, Entries: entries, Base: ofBase(config), Layers: 1000, Settings: &rule.Settings{}}
		im.History = rule.NewDockerfile(dockerfile.Parse(text), "", im.Settings, nil)
		all++
		var want, got []string
		view := rule.NewDockerfile(file, "Dockerfile", &rule.Settings{}, nil)
		for i := range both {
			r := &both[i]
			r.Dockerfile(view.WithReport(func(rule.Problem) { want = append(want, r.ID) }))
			of := im.For(r, func(rule.Found) { got = append(got, r.ID) })
			if r.History {
				r.Dockerfile(im.History.WithReport(of.ReportProblem))
			} else {
				r.Image(of)
			}
		}
		if slices.Equal(want, got) {
			agree++
		} else if shown++; shown <= 20 {
			t.Logf("%s: the Dockerfile %v, the image %v", id, want, got)
		}
	})
	t.Logf("cases/lint/real-dockerfiles, judged by their images: agree %d of %d", agree, all)
	if agree*100 < all*99 {
		t.Error("that is under 99 %")
	}
}
