package image

import (
	"maps"
	"slices"
	"strings"
)

// configured are the instructions that the configuration implies and no entry
// of the history speaks of: those of builders that write no history of a
// Dockerfile, of squashed images, and of settings made afterwards.
func (r *rebuild) configured() []string {
	c := &r.config.Config
	var lines []string
	add := func(name, rest string) {
		if rest = cleaned(rest); rest != "" && len(rest) <= maxEntry {
			if line := r.instruction(name+" "+rest, true); line != "" {
				lines = append(lines, line)
			}
		}
	}
	for _, v := range c.Env[:min(len(c.Env), maxRebuilt)] {
		if name, value, _ := strings.Cut(v, "="); name != "PATH" && !r.seen["ENV "+name] && isName(name, "_") {
			lines = append(lines, "ENV "+r.pairs("ENV", []pair{{name, oneLine(value)}}, false))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		if len(lines) < maxRebuilt && !r.seen["LABEL "+name] && isName(name, "_-./") {
			lines = append(lines, "LABEL "+r.pairs("LABEL", []pair{{name, oneLine(c.Labels[name])}}, false))
		}
	}
	if len(c.ExposedPorts) <= maxRebuilt && !r.seen["EXPOSE"] {
		add("EXPOSE", strings.Join(slices.Sorted(maps.Keys(c.ExposedPorts)), " "))
	}
	if len(c.Volumes) > 0 && len(c.Volumes) <= maxRebuilt && !r.seen["VOLUME"] {
		add("VOLUME", array(slices.Sorted(maps.Keys(c.Volumes))))
	}
	if !r.seen["WORKDIR"] && c.WorkingDir != "/" {
		add("WORKDIR", c.WorkingDir)
	}
	if c.Healthcheck != nil && !r.seen["HEALTHCHECK"] {
		add("HEALTHCHECK", healthText(c.Healthcheck))
	}
	if len(c.Entrypoint) > 0 && !r.seen["ENTRYPOINT"] {
		add("ENTRYPOINT", array(c.Entrypoint))
	}
	if len(c.Cmd) > 0 && !r.seen["CMD"] {
		add("CMD", array(c.Cmd))
	}
	if user := cleaned(c.User); user != r.user {
		add("USER", user)
	}
	return lines
}

// oneLine is a value without what no line of a Dockerfile can hold.
func oneLine(s string) string {
	if len(s) > maxEntry {
		s = s[:maxEntry]
	}
	return cleaned(strings.ReplaceAll(s, "\n", " "))
}
