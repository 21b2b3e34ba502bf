package rules

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func fileCredentials() rule.Rule {
	return rule.Rule{
		ID:    "file-credentials",
		Title: "A file with credentials is in the image",
		Why: "Programs keep passwords and tokens in files with known names, and everyone who can pull the image can read them, also when a later layer deletes the file. " +
			"Replace the credentials. " +
			"For a build hand them in with RUN --mount=type=secret, at run time mount them, and leave the file out in .dockerignore.",
		Bad:      "-rw------- 0 0 80 root/.aws/credentials\n    [default]\n    aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYzzzz\nlayer\nremoved root/.aws/credentials\n",
		Good:     "-rw-r--r-- 0 0 40 root/.npmrc\n    registry=https://registry.example\n    fund=false\n",
		Severity: finding.High,
		Aliases:  []string{"CIS-DI-0010"},
		Since:    "2026.1",
		Want:     wantCredentials(),
		File:     noteCredentials,
		Image: func(im *rule.Image) {
			all := gather(leaks(im), func(n *inventory.Note) string { return inLayer(n, n.Path) })
			reportUntold(im, all, func(g *gathering) rule.Found {
				n := g.first
				f := rule.Found{At: rule.At(n), Message: fmt.Sprintf("%s %s.%s", shown(n.Path), n.Text, gone(n))}
				_, owned := im.Owner(n.Path)
				switch {
				case owned || isSample(n.Path):
					f.Severity = finding.Info
				case n.ID != "secret":
					f.Severity = finding.Low
				}
				if !isSecretFile(n.Path) {
					f.Aliases = []string{}
				}
				return f
			})
		},
	}
}

// credentialKind is a kind of file that holds credentials.
type credentialKind struct {
	what  string
	globs []string
	// marks are words of which one, in lower case, stands before a credential; no
	// marks means that such a file holds nothing else.
	marks []string
}

// credentialKinds are the files that programs document for their credentials.
func credentialKinds() []credentialKind {
	return []credentialKind{
		{"settings of an application", []string{"**/.env", "**/.env.local", "**/.env.production", "**/.env.prod", "**/.env.staging", "**/.env.development", "**/.env.dev"}, nil},
		{"npm", []string{"**/.npmrc"}, []string{"_authtoken", "_auth", "_password"}},
		{"Yarn", []string{"**/.yarnrc.yml"}, []string{"npmauthtoken", "npmauthident"}},
		{"login of FTP and HTTP clients", []string{"**/.netrc", "**/_netrc"}, []string{"password"}},
		{"PyPI", []string{"**/.pypirc"}, []string{"password"}},
		{"pip", []string{"**/pip.conf"}, []string{"://*:*@"}},
		{"registries", []string{"**/.docker/config.json", "**/.dockercfg", "**/containers/auth.json", "kaniko/.docker/config.json"}, []string{`"auth"`, `"identitytoken"`, `"registrytoken"`}},
		{"AWS", []string{"**/.aws/credentials"}, []string{"aws_secret_access_key", "aws_session_token"}},
		{"AWS", []string{"**/.aws/config"}, []string{"aws_secret_access_key", "aws_session_token"}},
		{"Google Cloud", []string{"**/application_default_credentials.json", "**/gcloud/legacy_credentials/*/adc.json"}, []string{`"refresh_token"`, `"private_key"`}},
		{"Google Cloud", []string{"**/gcloud/credentials.db", "**/gcloud/access_tokens.db"}, nil},
		{"Azure", []string{"**/.azure/accessTokens.json", "**/.azure/msal_token_cache.json", "**/.azure/msal_token_cache.bin", "**/.azure/service_principal_entries.json"}, nil},
		{"Kubernetes", []string{"**/.kube/config", "**/kubeconfig", "etc/kubernetes/*.conf"}, []string{"client-key-data", "token", "password", "id-token", "refresh-token"}},
		{"Kubernetes", []string{"**/serviceaccount/token"}, nil},
		{"PostgreSQL", []string{"**/.pgpass"}, nil},
		{"MySQL", []string{"**/.my.cnf", "**/.mylogin.cnf"}, []string{"password"}},
		{"Git", []string{"**/.git-credentials"}, nil},
		{"web server", []string{"**/.htpasswd"}, nil},
		{"S3", []string{"**/.s3cfg", "**/.boto"}, []string{"secret_key", "secret_access_key", "access_token"}},
		{"RubyGems", []string{"**/.gem/credentials"}, nil},
		{"Cargo", []string{"**/.cargo/credentials", "**/.cargo/credentials.toml", "usr/local/cargo/credentials.toml"}, []string{"token"}},
		{"Composer", []string{"**/.composer/auth.json", "**/composer/auth.json"}, []string{"token", "password"}},
		{"Maven", []string{"**/.m2/settings.xml"}, []string{"<password", "<passphrase"}},
		{"Gradle", []string{"**/.gradle/gradle.properties"}, []string{"password", "token", "secret"}},
		{"NuGet", []string{"**/NuGet.Config", "**/nuget.config"}, []string{"cleartextpassword"}},
		{"Vault", []string{"**/.vault-token"}, nil},
		{"Terraform", []string{"**/credentials.tfrc.json", "**/.terraformrc"}, []string{"token"}},
		{"Terraform", []string{"**/terraform.tfstate"}, nil},
		{"GitHub", []string{"**/gh/hosts.yml"}, []string{"oauth_token"}},
		{"Rails", []string{"**/config/master.key"}, nil},
		{"a VPN", []string{"**/*.ovpn"}, []string{"<key>", "<tls-auth>"}},
		{"an application", []string{"**/credentials.json", "**/credential.json", "**/credentials.xml", "**/service-account.json"}, []string{"private_key", "secret", "password", "token", "apikey", "api_key"}},
		{"an application", []string{"**/password.txt", "**/passwords.txt", "**/secret_token.rb"}, nil},
		{"a database", []string{"**/config/database.yml"}, []string{"password"}},
		{"a store of passwords", []string{"**/*.agilekeychain", "**/*.psafe3", "**/*.keychain", "**/*.gnucache"}, nil},
		{"a remote desktop", []string{"**/*.rdp"}, []string{"password 51:b"}},
	}
}

// maxCredentialFile is how much of a file is searched for marks.
const maxCredentialFile = 1 << 20

func wantCredentials() []walk.Pattern {
	var want []walk.Pattern
	for _, k := range credentialKinds() {
		for _, g := range k.globs {
			want = append(want, walk.Pattern{Glob: g, MinSize: 2})
		}
	}
	return want
}

// noteCredentials notes a file that by name and content holds credentials.
func noteCredentials(_ context.Context, f *walk.File, note func(inventory.Note)) error {
	head, err := f.Head(walk.HeadSize)
	if err == nil && f.Size > int64(len(head)) && f.Size <= maxCredentialFile {
		head, err = f.Bytes(maxCredentialFile)
	}
	if err != nil {
		return err
	}
	base := baseOf(f.Path)
	if strings.HasPrefix(base, ".env") {
		noteEnv(head, note)
		return nil
	}
	k := credentialKindOf(f.Path)
	if k == nil || len(bytes.TrimSpace(head)) == 0 {
		return nil
	}
	if line := markedLine(head, k.marks); line > 0 {
		note(inventory.Note{ID: "secret", Line: line, Size: f.Size, Text: "holds credentials for " + k.what})
	} else if len(k.marks) == 0 {
		note(inventory.Note{ID: "secret", Size: f.Size, Text: "holds credentials for " + k.what})
	}
	return nil
}

// credentialKindOf finds the kind of a file that was selected: by its directory
// and name where the kind tells that, else by the name.
func credentialKindOf(p string) *credentialKind {
	kinds := credentialKinds()
	var byName *credentialKind
	for i := range kinds {
		for _, g := range kinds[i].globs {
			tail := strings.TrimPrefix(g, "**/")
			switch {
			case p == tail || strings.HasSuffix(p, "/"+tail):
				return &kinds[i]
			case baseOf(tail) == baseOf(p), strings.HasPrefix(baseOf(tail), "*.") && strings.HasSuffix(p, baseOf(tail)[1:]):
				byName = &kinds[i]
			}
		}
	}
	return byName
}

// markedLine is the first line, counted from 1, with one of the marks and a
// value behind it; 0 is none.
func markedLine(text []byte, marks []string) int {
	if len(marks) == 0 {
		return 0
	}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 || line[0] == '#' || line[0] == ';' {
			continue
		}
		lower := strings.ToLower(string(line[:min(len(line), 64<<10)]))
		for _, m := range marks {
			if at := strings.Index(lower, m); at >= 0 && (m[0] == '<' && m[len(m)-1] == '>' || hasValue(lower[at+len(m):])) {
				return n
			}
			if m == "://*:*@" && strings.Contains(lower, "://") && hasLogin(lower) {
				return n
			}
		}
	}
	return 0
}

// hasValue tells whether there is something behind a name that is no variable
// to be filled in.
func hasValue(rest string) bool {
	value := strings.TrimLeft(rest, ` :="'>`+"\t")
	return value != "" && len(value) < len(rest) && !strings.ContainsAny(value[:1], `$<{}%[],`)
}

// hasLogin tells whether a URL in the text has a user with a password that is
// no variable.
func hasLogin(text string) bool {
	_, rest, _ := strings.Cut(text, "://")
	login, _, ok := strings.Cut(rest, "@")
	_, password, both := strings.Cut(login, ":")
	return ok && both && password != "" && !strings.ContainsAny(login, "/ ${")
}

// noteEnv notes a .env file: a secret where a variable of such a name has a
// value, else that it is there.
func noteEnv(text []byte, note func(inventory.Note)) {
	n := 0
	for line := range bytes.Lines(text) {
		n++
		name, value, ok := strings.Cut(strings.TrimSpace(string(line[:min(len(line), 4<<10)])), "=")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		name = strings.TrimPrefix(name, "export ")
		if containsAny(strings.ToUpper(name), "PASS", "SECRET", "TOKEN", "PRIVATE_KEY", "API_KEY", "APIKEY", "ACCESS_KEY", "CREDENTIAL") && hasValue("="+value) {
			note(inventory.Note{ID: "secret", Line: n, Size: int64(len(text)), Text: "holds settings of an application with a secret among them, " + short(name)})
			return
		}
	}
	if n > 0 {
		note(inventory.Note{ID: "settings", Size: int64(len(text)), Text: "holds settings of an application, where secrets are often put"})
	}
}
