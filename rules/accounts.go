package rules

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

// The files that say which users and groups there are: passwd(5), shadow(5),
// group(5).
const (
	passwdPath = "etc/passwd"
	shadowPath = "etc/shadow"
	groupPath  = "etc/group"
)

// Limits of what is read of them.
const (
	maxAccountFile  = 1 << 20
	maxAccountLines = 10_000
)

// What the password field of an account says. The hash itself is not kept.
const (
	stateNone   = ""
	stateShadow = "x"
	stateLocked = "!"
	stateSet    = "$"
)

// account is a line of one of the files.
type account struct {
	line     int
	text     string   // the line, but for the password
	fields   []string // the password is one of the states above
	name     string
	password string
	id       int // uid or gid; -1 where it is none
	note     inventory.Note
}

// field is a field of the line, counted from 0, empty where it is missing.
func (a *account) field(n int) string {
	if n < len(a.fields) {
		return a.fields[n]
	}
	return ""
}

func (a *account) shell() string { return a.field(6) }

// primary is the gid that passwd gives a user, -1 where it is none.
func (a *account) primary() int { return idOf(a.field(3)) }

// startUID is the uid that a container of the user gets. Runtimes take what is
// missing or no number for 0 (package user of moby/sys does).
func (a *account) startUID() int {
	n, _ := strconv.Atoi(a.field(2))
	return n
}

// isCompat tells whether the line stands for accounts of a name service, or
// leaves one out, and is no account itself: "+::::::" (nsswitch.conf(5), compat).
func (a *account) isCompat() bool { return a.name != "" && (a.name[0] == '+' || a.name[0] == '-') }

// place is where the line is.
func (a *account) place() inventory.Place {
	return inventory.Place{Layer: a.note.Layer, Path: a.note.Path, Line: a.line, EndLine: a.line}
}

// wantAccounts selects account files.
func wantAccounts(paths ...string) []walk.Pattern {
	var want []walk.Pattern
	for _, p := range paths {
		want = append(want, walk.Pattern{Glob: p})
	}
	return want
}

// noteAccounts notes what is in an account file: its lines without passwords.
// What is too large is noted without a value.
func noteAccounts(_ context.Context, f *walk.File, note func(inventory.Note)) error {
	b, err := f.Bytes(maxAccountFile)
	if errors.Is(err, walk.ErrTooLarge) {
		note(inventory.Note{ID: "large", Size: f.Size})
		return nil
	}
	if err != nil {
		return err
	}
	note(inventory.Note{ID: "accounts", Value: withoutPasswords(b), Size: f.Size})
	return nil
}

// withoutPasswords is an account file with the second field of each line
// replaced by what it means.
func withoutPasswords(b []byte) string {
	var out strings.Builder
	n := 0
	for line := range bytes.Lines(b) {
		if n++; n > maxAccountLines {
			break
		}
		line = bytes.TrimRight(line, "\r\n")
		name, rest, ok := bytes.Cut(line, []byte(":"))
		out.Write(name)
		if ok {
			password, rest, more := bytes.Cut(rest, []byte(":"))
			out.WriteString(":" + passwordState(password))
			if more {
				out.WriteByte(':')
				out.Write(rest)
			}
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// passwordState reads a password field as passwd(5) and shadow(5) have it.
func passwordState(p []byte) string {
	switch {
	case len(p) == 0:
		return stateNone
	case string(p) == "x":
		return stateShadow
	case p[0] == '!' || p[0] == '*' || len(p) < 13 && p[0] != '$' && p[0] != '_':
		return stateLocked // no hash is as short as that
	}
	return stateSet
}

// accounts are the users and groups of an image.
type accounts struct {
	passwd, shadow, group []account
	// hasPasswd and hasGroup tell whether the file is there and was read.
	hasPasswd, hasGroup bool
}

// accountsOf reads the rule's own notes.
func accountsOf(im *rule.Image) *accounts {
	a := &accounts{}
	for _, n := range im.Notes() {
		if n.ID != "accounts" {
			continue
		}
		switch n.Path {
		case passwdPath:
			a.passwd, a.hasPasswd = accountLines(n, 2), true
		case shadowPath, "etc/master.passwd":
			a.shadow = append(a.shadow, accountLines(n, -1)...)
		case groupPath:
			a.group, a.hasGroup = accountLines(n, 2), true
		}
	}
	return a
}

// accountLines are the lines of a file but for comments and blank ones; id is
// the field with the number.
func accountLines(n inventory.Note, id int) []account {
	var all []account
	line := 0
	for text := range strings.SplitSeq(strings.TrimSuffix(n.Value, "\n"), "\n") {
		line++
		if strings.TrimSpace(text) == "" || strings.HasPrefix(text, "#") {
			continue
		}
		a := account{line: line, text: text, fields: strings.Split(text, ":"), id: -1, note: n}
		a.name, a.password = a.fields[0], a.field(1)
		if len(a.fields) < 2 {
			a.password = stateLocked // a line without passwords says nothing of one
		}
		if id > 0 {
			a.id = idOf(a.field(id))
		}
		all = append(all, a)
	}
	return all
}

// idOf reads a uid or gid, which has 32 bits on Linux; -1 is none.
func idOf(s string) int {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return -1
	}
	return int(n)
}

// user finds the user of a name or, in digits, of a uid.
func (a *accounts) user(name string) *account {
	id := -1
	if isNumber(name) {
		id = idOf(name)
	}
	for i := range a.passwd {
		if u := &a.passwd[i]; u.name == name || id >= 0 && u.id == id {
			return u
		}
	}
	return nil
}

// loginShell tells whether somebody can work with a shell.
func loginShell(shell string) bool {
	switch baseOf(shell) {
	case "sh", "bash", "ash", "dash", "zsh", "ksh", "mksh", "csh", "tcsh", "fish", "busybox", "rbash", "lksh", "yash", "elvish", "nu", "pwsh":
		return true
	}
	return false
}

// called is an account as a message names it.
func (a *account) called() string {
	if a.id < 0 {
		return short(a.name)
	}
	return fmt.Sprintf("%s (%d)", short(a.name), a.id)
}

// configuredUser is the USER of the image without its group.
func configuredUser(im *rule.Image) string {
	user, _, _ := strings.Cut(strings.TrimSpace(im.Config.Config.User), ":")
	return user
}
