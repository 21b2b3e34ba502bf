package rules

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func accountFileBroken() rule.Rule {
	return rule.Rule{
		ID:    "account-file-broken",
		Title: "The list of users or groups is broken",
		Why: "Programs read a broken line of /etc/passwd, shadow or group differently: some skip it, some stop there, some take a missing uid for 0. " +
			"A line that begins with + asks a name service of the network who may log in. " +
			"Write the files with useradd and groupadd, or copy them whole from another image.",
		Bad:      "-rw-r--r-- 0 0 64 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n    app:x::\n",
		Good:     "-rw-r--r-- 0 0 64 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n    app:x:1000:1000::/app:/sbin/nologin\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Want:     wantAccounts(passwdPath, shadowPath, groupPath),
		File:     noteAccounts,
		Entry: func(e *walk.Entry) *inventory.Note {
			if len(e.Path) > len(passwdPath) || e.Mode.IsRegular() || !isAccountFile(e.Path) {
				return nil
			}
			return &inventory.Note{ID: "kind", Value: e.Link}
		},
		Image: func(im *rule.Image) {
			a := accountsOf(im)
			for _, n := range im.Notes() {
				reportAccountFile(im, n)
			}
			reportLines(im, a.passwd, 7, "uid")
			reportLines(im, a.shadow, 9, "")
			reportLines(im, a.group, 4, "gid")
			if a.hasPasswd && len(a.passwd) > 0 && a.user("0") == nil {
				im.Report(rule.Found{At: a.passwd[0].place(), Message: "/etc/passwd has no user with uid 0, which root's programs look for."})
			}
			if !a.hasPasswd && im.Inventory.Distro.ID != "" && !im.Inventory.Disk.Exists(passwdPath) {
				im.Report(rule.Found{At: atImage(), Message: "A distribution without /etc/passwd: its programs do not know any user by name."})
			}
		},
	}
}

func isAccountFile(p string) bool { return p == passwdPath || p == shadowPath || p == groupPath }

// reportAccountFile reports a file that could not be read as one.
func reportAccountFile(im *rule.Image, n inventory.Note) {
	f := rule.Found{At: rule.At(n)}
	switch {
	case n.ID == "large":
		f.Message = fmt.Sprintf("/%s has %s: it was not looked into.", n.Path, bytesOf(n.Size))
	case n.ID == "kind" && n.Value != "":
		f.Message, f.Severity = fmt.Sprintf("/%s is a link to %s: what it says was not looked into.", n.Path, short(n.Value)), finding.Info
		if !im.Inventory.Disk.Exists(linkTarget(n.Path, n.Value)) {
			f.Message, f.Severity = fmt.Sprintf("/%s is a link to %s, which is not in the image.", n.Path, short(n.Value)), finding.Medium
		}
	case n.ID == "kind":
		f.Message = fmt.Sprintf("/%s is no regular file.", n.Path)
	case strings.TrimSpace(n.Value) == "":
		f.Message = fmt.Sprintf("/%s is empty.", n.Path)
	default:
		return
	}
	im.Report(f)
}

// reportLines reports the lines that are not as the file wants them: the number
// of fields, and what the number in the third is called.
func reportLines(im *rule.Image, all []account, fields int, id string) {
	var found []rule.Found
	for i := range all {
		a := &all[i]
		f := rule.Found{At: a.place(), About: a.name}
		switch {
		case strings.HasPrefix(a.name, "+") || strings.HasPrefix(a.name, "-"):
			f.Severity, f.Message = finding.Medium, fmt.Sprintf("Line %d of /%s asks a name service of the network for accounts.", a.line, a.note.Path)
		case len(a.fields) != fields:
			f.Message = fmt.Sprintf("Line %d of /%s has %s in place of %d: %s.", a.line, a.note.Path, counted(len(a.fields), "field"), fields, short(a.name))
		case !isAccountName(a.name):
			f.Message = fmt.Sprintf("Line %d of /%s has a name that programs stumble over: %q.", a.line, a.note.Path, short(a.name))
		case id != "" && a.id < 0:
			f.Message = fmt.Sprintf("Line %d of /%s has no %s that is a number: %s.", a.line, a.note.Path, id, short(a.name))
		default:
			continue
		}
		found = append(found, f)
	}
	reportSome(im, found, maxGroups)
}

// isAccountName tells whether programs read a name of an account all alike.
func isAccountName(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == '/' })
}
