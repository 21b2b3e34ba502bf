package rules

import (
	_ "embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func fileSetuid() rule.Rule {
	return rule.Rule{
		ID:    "file-setuid",
		Title: "A program runs with the rights of its owner, whoever starts it",
		Why: "A setuid program of root is root for every user of the container, and one hole in it undoes USER. " +
			"Distributions bring a dozen that need it, such as su and passwd; they are named in one line, and few services need any of them. " +
			"Take the bits away with find / -xdev -perm /6000 -type f -exec chmod a-s {} +, or start containers with no-new-privileges.",
		Bad:      "-rwsr-xr-x 0 0 1024 usr/local/bin/become\n",
		Good:     "-rwxr-xr-x 0 0 1024 usr/local/bin/become\n",
		Severity: finding.Medium,
		Aliases:  []string{"CIS-DI-0008"},
		Since:    "2026.1",
		Entry: func(e *walk.Entry) *inventory.Note {
			if e.Mode&(fs.ModeSetuid|fs.ModeSetgid) == 0 || !e.Mode.IsRegular() {
				return nil
			}
			return &inventory.Note{ID: bitsOf(e.Mode), Value: fmt.Sprintf("%d %d %d", e.Mode.Perm(), e.UID, e.GID)}
		},
		Image: func(im *rule.Image) {
			var usual []inventory.Note
			var others []rule.Found
			for _, n := range im.Notes() {
				f, known := judgeSetuid(im, n)
				if known {
					usual = append(usual, n)
				} else {
					others = append(others, f)
				}
			}
			slices.SortStableFunc(others, func(a, b rule.Found) int { return int(b.Severity) - int(a.Severity) })
			reportSome(im, others, 5*maxGroups)
			reportUsual(im, usual)
		},
	}
}

// bitsOf names the bits of a mode: "u" for setuid, "g" for setgid.
func bitsOf(mode fs.FileMode) string {
	bits := ""
	if mode&fs.ModeSetuid != 0 {
		bits = "u"
	}
	if mode&fs.ModeSetgid != 0 {
		bits += "g"
	}
	return bits
}

// judgeSetuid says what there is to say of a file; known is one that every
// system has.
func judgeSetuid(im *rule.Image, n inventory.Note) (f rule.Found, known bool) {
	var perm fs.FileMode
	var uid, gid int
	fmt.Sscan(n.Value, &perm, &uid, &gid) // the rule's own words
	name := baseOf(n.Path)
	owner, owned := im.Owner(n.Path)
	// Without any package database nobody can tell whose a file is.
	unowned := !owned && hasOwners(im)
	expected := isSystemProgram(n.Path) && strings.Trim(n.ID, setuidKnown()[name]) == ""
	f.At = rule.At(n)
	from := "no package brought it"
	if owned {
		from = "of package " + short(owner)
	} else if !unowned {
		from = "no package database says whose it is"
	}
	whose := "root"
	if n.ID == "g" {
		whose = fmt.Sprintf("group %d", gid)
	} else if uid != 0 {
		whose = fmt.Sprintf("uid %d", uid)
	}
	what := fmt.Sprintf("%s runs as %s whoever starts it (%s)", shown(n.Path), whose, from)
	root := n.ID != "g" && uid == 0
	switch {
	case perm&0o022 != 0 && root:
		f.Severity, f.Message = finding.High, what+", and others than root may replace what it does."
	case root && givesShell(name):
		f.Severity, f.Message = finding.High, what+": with it everybody can do anything as root."
	case expected && !unowned:
		return f, true
	case root && unowned:
		f.Severity, f.Message = finding.High, what+"."
	case root || unowned:
		f.Severity, f.Message = finding.Medium, what+"."
	default:
		f.Severity, f.Message = finding.Low, what+"."
	}
	return f, false
}

// isSystemProgram tells whether a path is where distributions put programs.
func isSystemProgram(p string) bool {
	return isBelowAny(p, "bin/", "sbin/", "usr/bin/", "usr/sbin/", "lib/", "usr/lib/", "usr/libexec/", "opt/google/chrome/")
}

// givesShell tells by name whether a program can be told to run others or to
// write any file: a shell, an interpreter, a pager, an editor.
func givesShell(name string) bool {
	name = strings.TrimRight(name, "0123456789.-")
	return slices.Contains(strings.Fields(`sh bash dash ash zsh ksh mksh csh tcsh fish busybox python pypy perl ruby node php lua tclsh wish gdb
		env find vi vim nvim nano ed emacs less more man awk gawk mawk sed tee cp mv dd tar zip rsync cat chmod chown
		install ln xargs nice time timeout nohup strace ltrace nmap docker git make tclsh expect socat nc ncat curl wget openssl`), name)
}

//go:embed setuid_known.csv
var setuidTable string

// setuidKnown gives the bits that known programs have.
var setuidKnown = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(setuidTable) {
		if f := strings.SplitN(line, ",", 3); len(f) == 3 && line[0] != '#' {
			all[f[0]] = f[1]
		}
	}
	return all
})

// reportUsual names what every system has, by package, in as few findings as
// messages have room.
func reportUsual(im *rule.Image, notes []inventory.Note) {
	const room = 380 // bytes of a message for the list
	var parts []string
	length, files := 0, 0
	flush := func() {
		if files == 0 {
			return
		}
		im.Report(rule.Found{At: atImage(), Severity: finding.Info, Message: fmt.Sprintf("%s of the distribution with setuid or setgid, as is usual: %s.",
			counted(files, "program"), strings.Join(parts, "; "))})
		parts, length, files = nil, 0, 0
	}
	for _, g := range gather(notes, func(n *inventory.Note) string {
		owner, _ := im.Owner(n.Path)
		return short(owner) + ":"
	}) {
		for i, p := range g.paths {
			if length > room {
				flush()
			}
			if i == 0 || files == 0 {
				parts = append(parts, strings.TrimPrefix(g.name+" "+shown(p), ": "))
				length += len(g.name)
			} else {
				parts[len(parts)-1] += ", " + shown(p)
			}
			length += len(p) + 3
			files++
		}
	}
	flush()
}
