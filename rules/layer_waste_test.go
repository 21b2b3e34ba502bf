package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestLayerWaste wants the layers that waste named, with who made and who hid
// what they waste.
func TestLayerWaste(t *testing.T) {
	history := []v1.History{
		{CreatedBy: "COPY model.bin data /app/ # buildkit"}, {CreatedBy: "ENV A=b", EmptyLayer: true},
		{CreatedBy: "RUN /bin/sh -c chown -R app /app # buildkit"}, {CreatedBy: "RUN /bin/sh -c rm -r /app/data # buildkit"},
	}
	file := func(owner, size int, path string) string {
		return fmt.Sprintf("-rw-r--r-- %d %d %d %s\n", owner, owner, size, path)
	}
	for name, tt := range map[string]struct{ listing, want string }{
		"examples' bad one": {layerWaste().Bad + "layer\n", "low 0 app/model.bin 60 MB of the 60 MB in layer 0 (COPY model.bin data /app/) do not show in the image. " +
			"/app/model.bin: 60 MB, written again in the same size by layer 1 (RUN chown -R app /app). " +
			"If only its owner or permissions change, set them where it is made: COPY --chown, --chmod."},
		"examples' good one": {layerWaste().Good, ""},
		"a directory removed": {file(0, 100, "app/keep") + file(0, 15e6, "app/data/a") + file(0, 20e6, "app/data/b/c") + file(0, 100, "app/data/small") + "layer\n" + file(0, 5, "x") + "layer\nremoved app/data\n",
			"low 0 app/data 35 MB of the 35 MB in layer 0 (COPY model.bin data /app/) do not show in the image. " +
				"3 files in /app/data: 35 MB, removed by layer 2 (RUN rm -r /app/data). Remove it in the instruction that makes it, or make it in another stage."},
		"too little":            {file(0, 9e6, "app/a") + "layer\n" + "layer\nremoved app/a\n", ""},
		"too small a part":      {file(0, 300e6, "app/all") + file(0, 11e6, "app/a") + "layer\n" + "layer\nremoved app/a\n", ""},
		"history does not fit":  {file(0, 11e6, "app/a") + "layer\nremoved app/a\n", "low 0 app/a 11 MB of the 11 MB in layer 0 do not show in the image. /app/a: 11 MB, removed by layer 1. Remove it in the instruction that makes it, or make it in another stage."},
		"replaced by something": {file(0, 11e6, "app/a") + "layer\n" + file(0, 1e6, "app/a") + "layer\n", "low 0 app/a 11 MB of the 11 MB in layer 0 (COPY model.bin data /app/) do not show in the image. /app/a: 11 MB, replaced by layer 1 (RUN chown -R app /app)."},
	} {
		t.Run(name, func(t *testing.T) {
			img := listed(t, strings.TrimSuffix(tt.listing, "\n"))
			img.Config.History = history
			var got []string
			for _, f := range findings(t, img, layerWaste()) {
				got = append(got, fmt.Sprintf("%s %d %s %s", f.Severity, f.At.Layer, f.At.Path, f.Message))
			}
			if d := cmp.Diff(tt.want, strings.Join(got, "\n")); d != "" {
				t.Error(d)
			}
		})
	}
}
