package dockerfile

import (
	"strconv"
	"strings"
)

// stage makes the stage that a FROM starts.
func (p *parser) stage(from *Instruction) *Stage {
	s := &Stage{Index: len(p.file.Stages), From: from}
	s.Platform, _ = from.Flag("platform")
	if len(from.Args) > 0 {
		s.Image = from.Args[0].Text
	}
	if len(from.Args) == 3 && strings.EqualFold(from.Args[1].Text, "as") {
		s.Name = from.Args[2].Text
	}
	return s
}

// stageName tells whether BuildKit takes a name for a stage.
func stageName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.')) {
			return false
		}
	}
	return s != ""
}

// Base is what a stage starts from: the image with the defaults of the global
// ARGs put in, and the earlier stage of that name, nil where the image is to be
// pulled. Variables without a value stay as written.
func (f *File) Base(s *Stage) (image string, parent *Stage) {
	t := f.table(s)
	return t.image, t.parent
}

// Resolve resolves what COPY --from or RUN --mount=from= names: a stage by its
// number or by its name, in any case; else an image, or a context that is given
// to the build by name.
func (f *File) Resolve(from string) (stage *Stage, image string) {
	if n, err := strconv.Atoi(from); err == nil {
		if n >= 0 && n < len(f.Stages) {
			return f.Stages[n], ""
		}
		return nil, from
	}
	if s := f.StageNamed(from); s != nil {
		return s, ""
	}
	return nil, from
}

// StageNamed is the last stage of a name, in any case; nil if there is none.
func (f *File) StageNamed(name string) *Stage {
	f.prepare()
	return f.tables.names[strings.ToLower(name)]
}

// ShellAt is the SHELL in force at an instruction: the last one in its stage or
// in the stages that it builds on, else what BuildKit takes for the platform.
// The platform of an image cannot be known from its name for sure: a base image
// named for Windows, a platform of Windows or a backquote as escape character
// means Windows, all else means Linux.
func (f *File) ShellAt(i *Instruction) []string {
	if i.Stage == nil {
		return defaultShell(false)
	}
	limit := i.index
	t := f.table(i.Stage)
	for range maxInheritance {
		if argv := t.shellBefore(limit); argv != nil {
			return argv
		}
		if t.parent == nil {
			break
		}
		limit = t.parent.end()
		t = f.table(t.parent)
	}
	return defaultShell(f.windows(t))
}

func defaultShell(windows bool) []string {
	if windows {
		return []string{"cmd", "/S", "/C"}
	}
	return []string{"/bin/sh", "-c"}
}

// windows guesses whether a stage without a parent is one of Windows.
func (f *File) windows(t *table) bool {
	platform := strings.ToLower(t.platform)
	if strings.HasPrefix(platform, "linux") {
		return false
	}
	image := strings.ToLower(t.image)
	return f.Escape == '`' || strings.HasPrefix(platform, "windows") || strings.Contains(image, "windows") ||
		strings.Contains(image, "nanoserver") || strings.Contains(image, "servercore")
}

// end is the index behind the last instruction of a stage.
func (s *Stage) end() int { return s.Instructions[len(s.Instructions)-1].index + 1 }
