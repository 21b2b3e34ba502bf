package oracle

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/opencontainers/go-digest"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/image"
)

// debian stands for every base image.
const debian = `{"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:0000000000000000000000000000000000000000000000000000000000000000"]},
"config": {"Env": ["PATH=/usr/bin:/bin"], "Cmd": ["bash"]},
"history": [{"created_by": "/bin/sh -c #(nop) ADD file:1f1a in / "}, {"created_by": "/bin/sh -c #(nop)  CMD [\"bash\"]", "empty_layer": true}]}`

type bases struct{}

// ResolveImageConfig gives the one base image that there is.
func (bases) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return ref, digest.FromString(debian), []byte(debian), nil
}

// TestCasesHistory has BuildKit make the configuration and the history of every
// real Dockerfile, and holds the Dockerfile that is made again of them against
// what BuildKit has read and set.
func TestCasesHistory(t *testing.T) {
	agree, all, shown := 0, 0, 0
	caps := pb.Caps.CapSet(pb.Caps.All())
	readCases(t, "cases/lint/real-dockerfiles", func(id, source string) {
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
		commands, err := finalCommands(source)
		if err != nil || slices.ContainsFunc(config.History, incomplete) {
			return
		}
		all++
		problem := compareHistory(config, commands)
		if problem == "" {
			agree++
		} else if shown++; shown <= 20 {
			t.Errorf("%s: %s", id, problem)
		}
	})
	t.Logf("cases/lint/real-dockerfiles, made again of BuildKit's history: agree %d of %d", agree, all)
}

// ofBase is how many entries the base image has; FROM scratch has none.
func ofBase(config *v1.ConfigFile) int {
	if len(config.History) > 1 && strings.Contains(config.History[0].CreatedBy, "1f1a") {
		return 2
	}
	return 0
}

// incomplete tells whether an entry has lost words, since the base image has none
// of the variables that the real one has.
func incomplete(h v1.History) bool {
	words := strings.Fields(strings.TrimSuffix(h.CreatedBy, "# buildkit"))
	switch words[0] {
	case "COPY", "ADD":
		return len(words) < 3
	}
	return len(words) < 2
}

// finalCommands are the instructions of the stage that is built, and of those
// that it builds upon.
func finalCommands(source string) ([]instructions.Command, error) {
	result, err := parser.Parse(strings.NewReader(source))
	if err != nil {
		return nil, err
	}
	stages, _, err := instructions.Parse(result.AST, linter.New(&linter.Config{Warn: func(string, string, string, string, []parser.Range) {}}))
	if err != nil {
		return nil, err
	}
	var commands []instructions.Command
	for n := len(stages) - 1; n >= 0; {
		commands = slices.Concat(stages[n].Commands, commands)
		base := stages[n].BaseName
		n = slices.IndexFunc(stages[:n], func(s instructions.Stage) bool { return s.Name != "" && strings.EqualFold(s.Name, base) })
	}
	return slices.DeleteFunc(commands, func(c instructions.Command) bool { return strings.EqualFold(c.Name(), "ONBUILD") }), nil
}

// compareHistory says where the rebuilt Dockerfile is not what was built.
func compareHistory(config *v1.ConfigFile, commands []instructions.Command) string {
	text, entries := image.Dockerfile(config)
	file := dockerfile.Parse(text)
	if len(file.Problems) > 0 {
		return fmt.Sprintf("not understood: %v\n%s", file.Problems[0].Message, text)
	}
	base := ofBase(config)
	if _, n, _ := image.Base(config.History); n != 0 && n < base {
		return fmt.Sprintf("%d entries are the base's, not %d", n, base)
	}
	own := file.Instructions[1+base:]
	if len(own) != len(commands) || len(entries) != len(file.Instructions) {
		return fmt.Sprintf("%d instructions, not %d:\n%s", len(own), len(commands), text)
	}
	for n, c := range commands {
		if problem := compareCommand(own[n], c); problem != "" {
			return fmt.Sprintf("%s\nin:\n%s", problem, text)
		}
	}
	return compareSettings(config, file)
}

// compareCommand compares the name of an instruction, and what a RUN runs.
func compareCommand(i *dockerfile.Instruction, c instructions.Command) string {
	if !strings.EqualFold(i.Name, c.Name()) {
		return fmt.Sprintf("%s, not %s", i.Name, c.Name())
	}
	run, ok := c.(*instructions.RunCommand)
	if !ok {
		return ""
	}
	want := strings.Join(run.CmdLine, " ")
	if len(run.Files) > 0 {
		if len(i.Heredocs) == 0 && !strings.Contains(i.Text, "/dev/pipes/") {
			return fmt.Sprintf("RUN %s has no here-document", i.Text)
		}
		return ""
	}
	got := strings.TrimSpace(i.Text)
	if i.Form == dockerfile.JSONForm {
		got = i.Args[len(i.Args)-1].Text
		if !run.PrependShell {
			var words []string
			for _, w := range i.Args {
				words = append(words, w.Text)
			}
			got = strings.Join(words, " ")
		}
	} else if len(i.Heredocs) == 1 {
		got = i.Heredocs[0].Content
	}
	if strings.TrimSpace(got) != strings.TrimSpace(want) {
		return fmt.Sprintf("RUN %q, not %q", got, want)
	}
	return ""
}

// compareSettings compares what the instructions set with what the configuration
// has.
func compareSettings(config *v1.ConfigFile, file *dockerfile.File) string {
	env, labels, ports, volumes := map[string]string{"PATH": "/usr/bin:/bin"}, map[string]string{}, map[string]struct{}{}, map[string]struct{}{}
	last := map[string][]string{}
	for _, i := range file.Instructions {
		for _, p := range i.Pairs() {
			switch i.Name {
			case "ENV":
				env[p.Key] = p.Value
			case "LABEL":
				labels[p.Key] = p.Value
			}
		}
		var words []string
		for _, w := range i.Args {
			words = append(words, w.Text)
			switch i.Name {
			case "EXPOSE":
				ports[w.Text] = struct{}{}
			case "VOLUME":
				volumes[w.Text] = struct{}{}
			}
		}
		last[i.Name] = words
		if i.Name == "ENTRYPOINT" && last["CMD"] != nil && len(config.Config.Cmd) == 0 {
			delete(last, "CMD") // an ENTRYPOINT undoes the CMD of the base
		}
	}
	wantEnv := map[string]string{}
	for _, v := range config.Config.Env {
		name, value, _ := strings.Cut(v, "=")
		wantEnv[name] = value
	}
	if _, ok := wantEnv["PATH"]; ok && strings.HasPrefix(wantEnv["PATH"], "/usr/local/sbin") && env["PATH"] == "/usr/bin:/bin" {
		env["PATH"] = wantEnv["PATH"] // FROM scratch
	}
	switch c := config.Config; {
	case !maps.Equal(env, wantEnv):
		return fmt.Sprintf("ENV %q, not %q", env, wantEnv)
	case !maps.Equal(labels, c.Labels):
		return fmt.Sprintf("LABEL %q, not %q", labels, c.Labels)
	case !maps.Equal(ports, c.ExposedPorts):
		return fmt.Sprintf("EXPOSE %q, not %q", ports, c.ExposedPorts)
	case !maps.Equal(volumes, c.Volumes):
		return fmt.Sprintf("VOLUME %q, not %q", volumes, c.Volumes)
	case !slices.Equal(last["ENTRYPOINT"], c.Entrypoint):
		return fmt.Sprintf("ENTRYPOINT %q, not %q", last["ENTRYPOINT"], c.Entrypoint)
	case !slices.Equal(last["CMD"], c.Cmd):
		return fmt.Sprintf("CMD %q, not %q", last["CMD"], c.Cmd)
	case c.User != "" && !slices.Equal(last["USER"], []string{c.User}):
		return fmt.Sprintf("USER %q, not %q", last["USER"], c.User)
	case last["WORKDIR"] != nil && last["WORKDIR"][0] != c.WorkingDir:
		return fmt.Sprintf("WORKDIR %q, not %q", last["WORKDIR"], c.WorkingDir)
	}
	return ""
}
