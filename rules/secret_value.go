package rules

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func secretValue() rule.Rule {
	return rule.Rule{
		ID:    "secret-value",
		Title: "The Dockerfile holds a secret",
		Why: "This text has the form of a token or key, and whoever can read the Dockerfile or the image's history can use it. " +
			"Deleting it does not help: old commits and old images still have it. " +
			"Revoke it first, and hand the new one in with RUN --mount=type=secret or at run time.",
		Bad:      "FROM debian:12\nRUN git clone https://bot:hunter2222@git.example.org/team/app.git\n",
		Good:     "FROM debian:12\nRUN --mount=type=secret,id=netrc,target=/root/.netrc git clone https://git.example.org/team/app.git\n",
		Severity: finding.High,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			found := knownTokens(d.Source)
			if d.Settings.Secrets != nil {
				found = append(found, d.Settings.Secrets(d.Source)...)
			}
			slices.SortStableFunc(found, func(a, b rule.Secret) int { return a.Start - b.Start })
			at := dockerfile.Pos{Line: 1, Column: 1}
			last := -1
			for _, s := range found {
				if s.Start <= last || s.Start >= s.End || s.End > len(d.Source) {
					continue
				}
				last = s.Start
				at = advance(d.Source, at, s.Start)
				d.Report(rule.Problem{
					Span:    dockerfile.Span{Start: at, End: advance(d.Source, at, s.End)},
					Message: fmt.Sprintf("This looks like %s.", s.Kind),
				})
			}
		},
	}
}

// advance is the place of an offset at or after another place.
func advance(source []byte, from dockerfile.Pos, offset int) dockerfile.Pos {
	between := source[from.Offset:offset]
	to := dockerfile.Pos{Offset: offset, Line: from.Line + bytes.Count(between, []byte("\n")), Column: from.Column + len(between)}
	if end := bytes.LastIndexByte(between, '\n'); end >= 0 {
		to.Column = len(between) - end
	}
	return to
}

// tokenForm is a token that is known by how it begins.
type tokenForm struct {
	prefix string
	length int // of what follows, at least
	kind   string
}

var tokenForms = []tokenForm{
	{"AKIA", 16, "an access key of AWS"},
	{"ASIA", 16, "an access key of AWS"},
	{"ghp_", 36, "a token of GitHub"},
	{"gho_", 36, "a token of GitHub"},
	{"ghs_", 36, "a token of GitHub"},
	{"github_pat_", 40, "a token of GitHub"},
	{"glpat-", 20, "a token of GitLab"},
	{"npm_", 36, "a token of npm"},
	{"pypi-AgEIcHlwaS5vcmc", 20, "a token of PyPI"},
	{"sk_live_", 20, "a key of Stripe"},
	{"xoxb-", 20, "a token of Slack"},
	{"xoxp-", 20, "a token of Slack"},
	{"hf_", 34, "a token of Hugging Face"},
	{"dckr_pat_", 20, "a token of Docker Hub"},
}

// knownTokens finds what needs no finder of secrets: tokens that their prefix
// gives away, private keys, and passwords in URLs.
func knownTokens(source []byte) []rule.Secret {
	var found []rule.Secret
	text := string(source)
	for _, f := range tokenForms {
		for at := 0; ; {
			k := strings.Index(text[at:], f.prefix)
			if k < 0 {
				break
			}
			start := at + k
			end := start + len(f.prefix)
			for end < len(text) && (isAlnum(text[end]) || text[end] == '_' || text[end] == '-') {
				end++
			}
			if end-start-len(f.prefix) >= f.length && (start == 0 || !isAlnum(text[start-1]) && text[start-1] != '_') {
				found = append(found, rule.Secret{Start: start, End: end, Kind: f.kind})
			}
			at = end
		}
	}
	for at := 0; ; {
		k := strings.Index(text[at:], "PRIVATE KEY-----")
		if k < 0 {
			break
		}
		end := at + k + len("PRIVATE KEY-----")
		line := 1 + strings.LastIndexByte(text[:at+k], '\n')
		if begin := strings.LastIndex(text[line:at+k], "-----BEGIN "); begin >= 0 {
			found = append(found, rule.Secret{Start: line + begin, End: end, Kind: "a private key"})
		}
		at = end
	}
	return append(found, urlPasswords(text)...)
}

// urlPasswords finds passwords in URLs that are no variables.
func urlPasswords(text string) []rule.Secret {
	var found []rule.Secret
	for at := 0; ; {
		k := strings.Index(text[at:], "://")
		if k < 0 {
			return found
		}
		start := at + k + len("://")
		end := start
		for end < len(text) && end-start < 512 && strings.IndexByte(" \t\r\n\"'`\\/?#<>()|;,", text[end]) < 0 {
			end++
		}
		at = start
		login, _, ok := cutLast(text[start:end], '@')
		user, password, hasPassword := strings.Cut(login, ":")
		if !ok || !hasPassword || len(password) < 4 || strings.ContainsAny(password, "${}*[]") || strings.ContainsAny(user, "*[]") {
			continue
		}
		switch strings.ToLower(password) {
		case "password", "pass", "passwd", "pwd", "token", "xxxx", "xxxxx", "xxxxxx":
			continue // an example
		}
		from := start + len(user) + 1
		found = append(found, rule.Secret{Start: from, End: from + len(password), Kind: "a password in a URL"})
	}
}

// cutLast cuts at the last separator.
func cutLast(s string, sep byte) (before, after string, found bool) {
	k := strings.LastIndexByte(s, sep)
	if k < 0 {
		return s, "", false
	}
	return s[:k], s[k+1:], true
}
