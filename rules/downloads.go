package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// piped is the program that downloads what the n-th command of a RUN takes for a
// script: in a pipe before it, or in a substitution among its words. Empty where
// there is none.
func piped(r *run, n int) string {
	c := r.commands[n]
	if !interprets(c.Name) {
		return ""
	}
	for _, w := range c.Words[1:] {
		for _, fetcher := range []string{"curl", "wget"} {
			text := strings.ReplaceAll(w.Text, "( ", "(")
			if strings.HasPrefix(text, "$("+fetcher+" ") || strings.HasPrefix(text, "<("+fetcher+" ") || strings.HasPrefix(text, "`"+fetcher+" ") {
				return fetcher
			}
		}
	}
	if c.Pipe == nil || !readsInput(c) {
		return ""
	}
	for _, before := range r.commands[max(0, n-maxPipe):n] {
		if before.Pipe == c.Pipe && (before.Name == "curl" || before.Name == "wget") {
			return before.Name
		}
	}
	return ""
}

// interprets tells whether a program runs scripts.
func interprets(name string) bool {
	switch name {
	case "sh", "bash", "dash", "ash", "zsh", "ksh", "perl", "ruby", "node", "php", "eval", "source", ".":
		return true
	}
	return strings.HasPrefix(name, "python")
}

// readsInput tells whether an interpreter takes its script from what is piped
// into it: it has no script among its words.
func readsInput(c *shell.Command) bool {
	if c.Has("-s") {
		return true
	}
	for _, w := range c.Words[1:] {
		switch {
		case w.Text == "-" || w.Text == "/dev/stdin":
			return true
		case strings.HasPrefix(w.Text, "-c") || strings.HasPrefix(w.Text, "-e") && c.Name != "bash" && c.Name != "sh" || w.Text == "-m" || w.Text == "-r":
			return false
		case !strings.HasPrefix(w.Text, "-"):
			return false
		}
	}
	return c.Name != "eval" && c.Name != "source" && c.Name != "."
}

// checkedStages are the RUNs and ADDs with a checksum or signature check in the
// same instruction or a later one of their stage.
func checkedStages(d *rule.Dockerfile) map[*dockerfile.Instruction]bool {
	checks := map[*dockerfile.Instruction]bool{}
	eachRun(d, func(r *run) {
		for _, c := range r.commands {
			if checksFile(c) {
				checks[r.outer] = true
			}
		}
	})
	out := map[*dockerfile.Instruction]bool{}
	for _, group := range groups(d) {
		checked := false
		for k := len(group) - 1; k >= 0; k-- {
			checked = checked || checks[group[k]]
			out[group[k]] = checked
		}
	}
	return out
}

// checksFile tells whether a command compares checksums or signatures.
func checksFile(c *shell.Command) bool {
	switch c.Name {
	case "sha256sum", "sha512sum", "sha384sum", "sha224sum", "sha1sum", "md5sum", "shasum", "b2sum", "b3sum", "sha256",
		"gpgv", "gpgv2", "cosign", "minisign", "signify", "slsa-verifier", "rhash", "openssl":
		return true
	case "gpg", "gpg2":
		return c.Has("--verify", "--decrypt")
	case "rpm", "rpmkeys":
		return c.Has("-K", "--checksig")
	case "gh":
		return c.Subcommand() == "attestation"
	}
	return false
}

// savedDownload is the first command of a RUN that puts a file from the network
// into the image, and what it fetches.
func savedDownload(r *run) (c *shell.Command, address string) {
	for n, c := range r.commands {
		if c.Name != "curl" && c.Name != "wget" || !saves(r, n) {
			continue
		}
		for _, w := range c.Words[1:] {
			if isDownload(w.Text) {
				return c, w.Text
			}
		}
	}
	return nil, ""
}

// saves tells whether what the n-th command downloads becomes a file.
func saves(r *run, n int) bool {
	c := r.commands[n]
	if c.Stmt != nil {
		for _, redirect := range c.Stmt.Redirs {
			if redirect.Op == syntax.RdrOut || redirect.Op == syntax.AppOut {
				return redirect.N == nil && redirect.Word.Lit() != "/dev/null"
			}
		}
	}
	if c.Pipe != nil {
		for _, after := range r.commands[n+1 : min(len(r.commands), n+1+maxPipe)] {
			if after.Pipe == c.Pipe && has([]string{"tar", "bsdtar", "unzip", "cpio", "dpkg", "tee", "dd"}, after.Name) {
				return true
			}
		}
	}
	if c.Name == "wget" {
		out, ok := c.Value("-O", "--output-document")
		if !ok {
			out = wgetOutput(c)
		}
		return out != "-" && out != "/dev/null" && out != "/dev/stdout" && !c.Has("--spider")
	}
	if out, ok := c.Value("--output"); ok {
		return out != "-" && out != "/dev/null"
	}
	for k, w := range c.Words[1:] {
		if w.Text == "--remote-name" || w.Text == "--remote-name-all" || shortFlag(w.Text, 'O', "oHXdAubeFTtUwmxyYzrKCcDEPQh") {
			return true
		}
		if shortFlag(w.Text, 'o', "HXdAubeFTtUwmxyYzrKCcDEPQh") {
			return k+2 >= len(c.Words) || c.Words[k+2].Text != "-" && c.Words[k+2].Text != "/dev/null"
		}
	}
	return false
}

// wgetOutput is the file of -O in a bundle, "-qO-" or "-qO -".
func wgetOutput(c *shell.Command) string {
	for k, w := range c.Words {
		if len(w.Text) > 2 && w.Text[0] == '-' && w.Text[1] != '-' {
			if _, out, ok := strings.Cut(w.Text[1:], "O"); ok {
				if out == "" && k+1 < len(c.Words) {
					return c.Words[k+1].Text
				}
				return out
			}
		}
	}
	return ""
}

// isDownload tells whether a word is the address of a file on another machine
// that is no key: keys are what others are checked with.
func isDownload(word string) bool {
	scheme, rest, ok := strings.Cut(word, "://")
	if !ok || !has([]string{"http", "https", "ftp"}, scheme) {
		return false
	}
	host, path, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, ":")
	if host == "localhost" || host == "api.github.com" || strings.HasPrefix(host, "127.") || strings.HasSuffix(path, ".git") {
		return false
	}
	lower := strings.ToLower(path)
	for _, suffix := range []string{".asc", ".gpg", ".key", ".pub", ".pem", ".crt", ".sig", ".repo", ".list", "/gpg"} {
		if strings.HasSuffix(lower, suffix) {
			return false
		}
	}
	return true
}
