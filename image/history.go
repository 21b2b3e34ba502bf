package image

import (
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// createdBy gives for each of n layers the history text of the instruction
// that made it. Where history and layers do not fit together (squashed images,
// tools that write none) it is better to say nothing: nil.
func createdBy(history []v1.History, n int) []string {
	var by []string
	for _, h := range history {
		if !h.EmptyLayer {
			by = append(by, h.CreatedBy)
		}
	}
	if len(by) != n {
		return nil
	}
	return by
}

// shellPrefix is how builders note that a RUN goes through the shell:
// optionally "RUN", the number of build arguments and the arguments, the shell.
func shellPrefix() *regexp.Regexp {
	return regexp.MustCompile(`^(?:RUN )?(?:\|\d+ (?:[A-Za-z_][A-Za-z0-9_]*=.*? )*?)?(?:/bin/(?:ba|a|da)?sh) (?:-\S+ )*?-c `)
}

// instruction tells that text begins with a Dockerfile's instruction.
func instruction(text string) bool {
	word, _, _ := strings.Cut(text, " ")
	switch word {
	case "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
		"MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR":
		return true
	}
	return false
}

// Instruction turns a history's text into what the Dockerfile says: the classic
// builder writes "/bin/sh -c #(nop) COPY file:… in /app" and "|1 A=b /bin/sh -c
// make", BuildKit "RUN /bin/sh -c make # buildkit". White space is folded.
// What no builder writes, such as the text of buildah or of a tool without a
// Dockerfile, stays as it is.
func Instruction(createdBy string) string {
	text := strings.Join(strings.Fields(createdBy), " ")
	text = strings.TrimSuffix(text, " # buildkit")
	if _, rest, ok := strings.Cut(text, "#(nop) "); ok && shellPrefix().MatchString(strings.TrimSuffix(text, rest)) {
		rest = strings.TrimSpace(rest)
		for _, verb := range []string{"COPY ", "ADD "} {
			if strings.HasPrefix(rest, verb) {
				rest = strings.Replace(rest, " in ", " ", 1)
			}
		}
		return rest
	}
	if at := shellPrefix().FindStringIndex(text); at != nil {
		return "RUN " + text[at[1]:]
	}
	if instruction(text) || text == "" {
		return text
	}
	if strings.HasPrefix(text, "|") {
		return "RUN " + text
	}
	return text
}
