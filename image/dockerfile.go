package image

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/dockerfile"
)

// Bounds of what is made of a history, which may hold anything.
const (
	maxRebuilt = 3000      // further entries are left out
	maxEntry   = 256 << 10 // a longer entry leaves an empty line, in bytes
	maxText    = 4 << 20   // no entry is added from here on, in bytes
	maxLine    = 60 << 10  // a longer line is continued in the next one, in bytes: BuildKit takes 65535
)

// Dockerfile makes a Dockerfile again of what an image's history and
// configuration tell of it, in a form that package dockerfile reads. It begins
// with FROM scratch, since the entries of the base image come first.
//
// Each entry of the history takes a line, or several if it is a script with
// line ends, which becomes a here-document. An entry that no builder of
// Dockerfiles wrote (those of ko, Bazel, Nix, Jib and buildpacks) leaves an empty
// line. What the configuration has and no entry speaks of comes last.
//
// Entries has, for each instruction of the text, the index of its entry in the
// history, -1 for one that is of the configuration alone.
func Dockerfile(c *v1.ConfigFile) (text []byte, entries []int) {
	if c == nil {
		return nil, nil
	}
	r := rebuild{config: c, escape: '\\', shell: "/bin/sh -c", env: map[string]string{}, seen: map[string]bool{}}
	for _, v := range c.Config.Env {
		name, value, _ := strings.Cut(v, "=")
		r.env[name] = value
	}
	if strings.EqualFold(c.OS, "windows") {
		r.escape, r.shell = '`', "cmd /S /C"
		r.text.WriteString("# escape=`\n")
	}
	r.add(-1, "FROM scratch")
	if r.escape == '`' {
		r.add(-1, `SHELL ["cmd", "/S", "/C"]`)
	}
	for n := range c.History[:min(len(c.History), maxRebuilt)] {
		if r.text.Len() > maxText {
			break
		}
		r.add(n, r.entry(&c.History[n]))
	}
	for _, line := range r.configured() {
		r.add(-1, line)
	}
	return []byte(r.text.String()), r.entries
}

// rebuild is a Dockerfile in the making.
type rebuild struct {
	config  *v1.ConfigFile
	env     map[string]string // of the configuration
	escape  byte
	shell   string          // in force, its words joined by blanks
	seen    map[string]bool // instructions so far: "USER", "ENV NAME", "EXPOSE 80/tcp"
	user    string          // of the last USER
	text    strings.Builder
	entries []int
}

// add writes an instruction with its line end; an empty one is an empty line. An
// instruction that would go on in the next line, or hide it, is closed first.
func (r *rebuild) add(entry int, line string) {
	if line != "" && (strings.Contains(line, "\n") || strings.Contains(line, "<<")) {
		line = r.closed(line)
	} else if len(line) > maxLine {
		line = r.continued(line)
	}
	if line != "" {
		r.entries = append(r.entries, entry)
	}
	r.text.WriteString(line)
	r.text.WriteByte('\n')
}

// continued breaks a long line behind blanks.
func (r *rebuild) continued(line string) string {
	var b strings.Builder
	for len(line) > maxLine {
		at := strings.LastIndexByte(line[:maxLine], ' ') + 1
		for at > 0 && strings.IndexByte(" \t#", line[at]) >= 0 {
			at = strings.LastIndexByte(line[:at-1], ' ') + 1
		}
		if at <= 0 {
			break
		}
		b.WriteString(line[:at] + string(r.escape) + "\n")
		line = line[at:]
	}
	return b.String() + line
}

// closed ends the here-documents that a line opens, of which a history has no
// content; it is empty for what cannot be one instruction.
func (r *rebuild) closed(line string) string {
	head := ""
	if r.escape != '\\' {
		head = "# escape=" + string(r.escape) + "\n"
	}
	f := dockerfile.Parse([]byte(head + line + "\n"))
	if len(f.Instructions) != 1 {
		return ""
	}
	open := false
	for _, h := range f.Instructions[0].Heredocs {
		if h.Close.Start == h.Close.End {
			line, open = line+"\n"+h.Name, true
		}
	}
	if !open {
		return line
	}
	// A second instruction behind it must be one of its own.
	f = dockerfile.Parse([]byte(head + line + "\nUSER a\n"))
	if len(f.Instructions) != 2 || f.Instructions[1].Name != "USER" {
		return ""
	}
	return line
}

// entry is the instruction of an entry of the history; empty where it is none.
func (r *rebuild) entry(h *v1.History) string {
	text := cleaned(h.CreatedBy)
	if len(text) > maxEntry {
		return ""
	}
	if h.Author == "kaniko" {
		return r.written(text)
	}
	text, buildKit := strings.CutSuffix(text, "# buildkit")
	text = strings.TrimSpace(text)
	if cmd, ok := command(text); ok {
		if nop, ok := strings.CutPrefix(strings.TrimSpace(cmd), "#(nop)"); ok {
			return r.instruction(withoutMetadata(strings.TrimSpace(nop)), true)
		}
		return r.run(withoutMetadata(text))
	}
	if strings.HasPrefix(text, "|") {
		return r.run(withoutMetadata(text))
	}
	if rest, ok := strings.CutPrefix(text, "RUN "); ok && buildKit {
		return r.run(rest)
	}
	return r.instruction(text, false)
}

// cleaned is the text without what no Dockerfile holds: control characters, line
// ends of other systems, broken UTF-8.
func cleaned(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if c != '\n' && c != '\t' && (unicode.IsControl(c) || unicode.IsSpace(c) || c == '\uFEFF') {
			return ' '
		}
		return c
	}, text))
}

// written takes an instruction as it stands in the Dockerfile (Kaniko).
func (r *rebuild) written(text string) string {
	f := dockerfile.Parse([]byte(text + "\n"))
	if len(f.Instructions) != 1 || len(f.Comments) > 0 || len(f.Directives) > 0 || r.escape != '\\' || r.isOpen(text) {
		return r.instruction(text, false)
	}
	i := f.Instructions[0]
	if !slices.Contains(keywords, i.Name) {
		return ""
	}
	r.note(i.Name, i.Text)
	for _, p := range i.Pairs() {
		r.seen[i.Name+" "+p.Key] = true
	}
	return text
}

// isOpen tells whether a line goes on in the next.
func (r *rebuild) isOpen(line string) bool {
	return strings.HasSuffix(strings.TrimRight(line, " \t"), string(r.escape))
}

// withoutMetadata cuts off what Buildah adds to an entry so that its cache sees
// a difference: "|inheritLabels=false|force-mtime=10".
func withoutMetadata(text string) string {
	for {
		text = strings.TrimRight(text, " \t")
		bar := strings.LastIndexByte(text, '|')
		if bar < 1 {
			return text
		}
		name, value, ok := strings.Cut(text[bar+1:], "=")
		if !ok || !isName(name, "-_") || value == "" || strings.ContainsAny(value, " \t\n\"'`;&<>(){}[]$") {
			return text
		}
		text = text[:bar]
	}
}

// isName tells whether a word is of letters, digits and some other characters.
func isName(s, others string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return s != ""
}

// run is the RUN of a command as builders call it, "|1 A=b /bin/sh -c make".
func (r *rebuild) run(call string) string {
	if script, ok := r.inForce(call); ok {
		return r.script(script)
	}
	call = withoutArguments(call)
	script, ok := command(call)
	if !ok {
		return r.script(call) // the JSON form, of which the words are left
	}
	argv := strings.Fields(call[:len(call)-len(script)])
	if isArray(script) {
		return "RUN " + strings.TrimSpace(script)
	}
	// Buildah notes /bin/sh -c under every SHELL.
	if !slices.Equal(argv, []string{"/bin/sh", "-c"}) {
		return "RUN " + array(append(argv, strings.TrimSpace(script)))
	}
	return r.script(script)
}

// inForce is what the shell in force is to run. That shell may be any program
// with any options, which command does not know.
func (r *rebuild) inForce(call string) (script string, ok bool) {
	at := 0
	if strings.HasPrefix(call, "|") {
		at = strings.Index(call, " "+r.shell+" ") + 1
	}
	script, ok = strings.CutPrefix(call[at:], r.shell+" ")
	return script, ok && !isArray(script)
}

// isArray tells whether a command is the JSON form of a RUN, which Buildah notes
// behind the shell.
func isArray(script string) bool {
	script = strings.TrimSpace(script)
	return strings.HasPrefix(script, "[") && json.Valid([]byte(script))
}

// script is the RUN of a script.
func (r *rebuild) script(script string) string {
	script = strings.TrimSpace(script)
	if script == "" {
		return ""
	}
	if !strings.Contains(script, "\n") && !strings.Contains(script, "<<") && !strings.HasPrefix(script, "--") && !r.isOpen(script) {
		return "RUN " + script
	}
	end := "EOF"
	for slices.ContainsFunc(strings.Split(script, "\n"), func(line string) bool { return strings.TrimSpace(line) == end }) {
		end += "_"
	}
	return "RUN <<" + end + "\n" + script + "\n" + end
}

// BuildArguments are the build arguments that an entry of the history shows, as
// "NAME=value": builders write those that a RUN can see before its command, "RUN
// |2 TOKEN=abc V=1 /bin/sh -c make". Anyone who has the image can read them.
func BuildArguments(createdBy string) []string {
	text := strings.TrimPrefix(createdBy, "RUN ")
	rest := withoutArguments(text)
	if len(rest) == len(text) {
		return nil
	}
	_, text, _ = strings.Cut(strings.TrimSpace(text[:len(text)-len(rest)]), " ")
	var out []string
	for _, p := range pairs(text, nil, "_") {
		out = append(out, p.name+"="+p.value)
	}
	return out
}
