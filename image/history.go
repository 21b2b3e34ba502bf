package image

import (
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// createdBy gives for each of n layers the history text of the instruction
// that made it. Where history and layers do not fit together (squashed images,
// tools that write none) it is better to say nothing: nil. Buildah puts a whole
// Dockerfile into one layer and counts it to the last instruction; where that
// makes no files, those that do are named.
func createdBy(history []v1.History, n int) []string {
	var by, makers []string
	for _, h := range history {
		name, _, _ := strings.Cut(Instruction(h.CreatedBy), " ")
		makes := name == "RUN" || name == "COPY" || name == "ADD"
		switch {
		case h.EmptyLayer && makes:
			makers = append(makers, Instruction(h.CreatedBy))
		case h.EmptyLayer:
		case len(makers) > 0 && !makes && slices.Contains(keywords, name):
			by, makers = append(by, strings.Join(makers, "; ")), nil
		default:
			by, makers = append(by, h.CreatedBy), nil
		}
	}
	if len(by) != n {
		return nil
	}
	return by
}

// maxOptions is how many words of a shell's call are looked at for the option
// that a command follows.
const maxOptions = 8

// command gives what a shell is to run, where text is the call of a shell by a
// builder: "/bin/sh -c make", "/bin/bash -euo pipefail -c make", "cmd /S /C dir".
func command(text string) (string, bool) {
	shell, rest, _ := strings.Cut(text, " ")
	switch strings.ToLower(shell[strings.LastIndexAny(shell, `/\`)+1:]) {
	case "sh", "bash", "ash", "dash", "zsh", "ksh", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh", "pwsh.exe":
	default:
		return "", false
	}
	for option, n := false, 0; n < maxOptions; n++ {
		var word string
		word, rest, _ = strings.Cut(rest, " ")
		switch was := option; {
		case strings.EqualFold(word, "/c"), strings.EqualFold(word, "-command"),
			strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.HasSuffix(word, "c"):
			return rest, true
		case strings.HasPrefix(word, "-") || strings.HasPrefix(word, "/"):
			option = true
		case was: // the value of an option, such as pipefail
			option = false
		default:
			return "", false
		}
	}
	return "", false
}

// withoutArguments cuts off the build arguments that a builder puts before a
// command, "|2 VERSION=1.2 NAME=a b /bin/sh -c make". Values may hold blanks,
// so that they end where a shell is called.
func withoutArguments(text string) string {
	if !strings.HasPrefix(text, "|") {
		return text
	}
	for at := 0; ; {
		blank := strings.IndexByte(text[at:], ' ')
		if blank < 0 {
			return text
		}
		at += blank + 1
		if _, ok := command(text[at:]); ok {
			return text[at:]
		}
	}
}

// Instruction turns a history's text into what the Dockerfile says: the classic
// builder writes "/bin/sh -c #(nop) COPY file:… in /app" and "|1 A=b /bin/sh -c
// make", BuildKit "RUN /bin/sh -c make # buildkit". White space is folded.
// What no builder writes, such as the text of a tool without a Dockerfile,
// stays as it is.
func Instruction(createdBy string) string {
	text := strings.Join(strings.Fields(createdBy), " ")
	text = strings.TrimSuffix(text, " # buildkit")
	run, named := strings.CutPrefix(text, "RUN ")
	run = withoutArguments(run)
	cmd, ok := command(run)
	switch nop, isNop := strings.CutPrefix(cmd, "#(nop) "); {
	case ok && isNop && !named:
		if strings.HasPrefix(nop, "COPY ") || strings.HasPrefix(nop, "ADD ") {
			return strings.Replace(nop, " in ", " ", 1)
		}
		return nop
	case ok:
		return "RUN " + cmd
	case named || run != text:
		return "RUN " + run
	}
	return text
}

// Base tells how many layers and how many entries of a history belong to the
// base image, 0 where that is not known, and how many layers there are in all.
//
// The history shows the seam: a base image ends in instructions that make no
// layer, nearly always a CMD or an ENTRYPOINT, and the next instruction that
// makes one is the image's own. Debian's images say by whom they were made in
// place of a CMD. Jib, ko and Bazel put their name to what they add. The last
// such seam counts, unless Buildah notes where it began. An image without a
// seam may be a base image itself.
func Base(history []v1.History) (layers, entries, made int) {
	end := 0 // after the last CMD or ENTRYPOINT
	own, known := buildahBegins(history)
	for i, h := range history {
		if known && i == own {
			layers, entries = made, i
		}
		switch {
		case known:
		case made > 0 && adds(h) && !adds(history[i-1]):
			layers, entries, end = made, i, 0
		case end > 0 && makesFiles(h):
			layers, entries, end = made, end, 0
		}
		if !h.EmptyLayer {
			made++
		}
		if made > 0 && (isCommand(h) || strings.HasPrefix(h.Comment, "debuerreotype ")) {
			end = i + 1
		}
	}
	return layers, entries, made
}

// makesFiles tells whether an entry stands for an instruction that makes files.
// Buildah marks all entries of a stage as empty but the last, which may be a
// LABEL, where it puts the stage into one layer.
func makesFiles(h v1.History) bool {
	name, _, _ := strings.Cut(Instruction(h.CreatedBy), " ")
	switch name {
	case "RUN", "COPY", "ADD":
		return true
	}
	return !h.EmptyLayer && !slices.Contains(keywords, name)
}

// adds tells whether a tool made an entry that puts layers on a base image
// without a Dockerfile.
func adds(h v1.History) bool { return h.Author == "Jib" || h.Author == "ko" || h.Author == "Bazel" }

func isCommand(h v1.History) bool {
	text := Instruction(h.CreatedBy)
	return strings.HasPrefix(text, "CMD ") || strings.HasPrefix(text, "ENTRYPOINT ")
}

// buildahBegins is the first entry of the last build by Buildah upon an image
// with a name. It notes "FROM name" at its first entry if each instruction is a
// layer of its own, and otherwise at the last one, which has the layer of all.
func buildahBegins(history []v1.History) (entry int, known bool) {
	last := len(history) - 1
	for last > 0 && !namesBase(history[last].Comment) {
		last--
	}
	if last <= 0 {
		return 0, false
	}
	for _, h := range history[last+1:] {
		if strings.HasPrefix(h.Comment, "FROM ") {
			return last, true
		}
	}
	first := last
	for first > 0 && history[first-1].EmptyLayer {
		first--
	}
	for i, h := range history[first:last] {
		if makesFiles(h) {
			break
		}
		if isCommand(h) {
			entry = first + i + 1
		}
	}
	return max(entry, first), true
}

// namesBase tells whether a comment names the image that was built upon. Between
// its own steps Buildah names what it has built so far by an id.
func namesBase(comment string) bool {
	name, ok := strings.CutPrefix(comment, "FROM ")
	return ok && name != "" && strings.Trim(name, "0123456789abcdef") != ""
}

// labelBaseName is the label by which an image may name its base (OCI image
// specification, "Pre-Defined Annotation Keys").
const labelBaseName = "org.opencontainers.image.base.name"

// BaseName is the name of the image that an image was built upon, as its label
// or Buildah's history gives it; empty where neither does.
func BaseName(c *v1.ConfigFile) string {
	if name := c.Config.Labels[labelBaseName]; name != "" {
		return name
	}
	name := ""
	for _, h := range c.History {
		if namesBase(h.Comment) {
			name = strings.TrimPrefix(h.Comment, "FROM ")
		}
	}
	return name
}
