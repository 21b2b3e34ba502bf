package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// TestSecretNames checks which names are taken for those of secrets.
func TestSecretNames(t *testing.T) {
	for name, want := range map[string]bool{
		"PASSWORD": true, "DB_PASSWORD": true, "dbPassword": true, "GITHUB_TOKEN": true, "githubToken": true, "MYSQL_ROOT_PASSWORD": true,
		"API_KEY": true, "STRIPE_SECRET_KEY": true, "apikey": true, "AWS_ACCESS_KEY_ID": true, "SECRET_KEY_1": true, "SMTP_PASS": true,
		"PUBLIC_KEY": false, "API_KEY_FILE": false, "PASSWORD_FILE": false, "TOKEN_TTL": false, "TOKEN_URL": false, "GPG_KEY": false,
		"KEY": false, "AUTH_VERSION": false, "MAX_TOKENS": false, "MAX_TOKEN": false, "USERNAME": false, "KEYBOARD": false, "PASS": false,
		"SECRET_NAME": false, "DefaultProcess__Filters__0__Key": false, "": false, "_": false, "1": false, "ID": false,
	} {
		if got := secretName(name); got != want {
			t.Errorf("secretName(%q) = %v", name, got)
		}
	}
}

// TestSecretVariables checks who reports what, and whether it is on by default.
func TestSecretVariables(t *testing.T) {
	for _, c := range []struct {
		source string
		want   []string // rule and aliases
	}{
		{"FROM a\nENV API_KEY=${API_KEY}\n", []string{"secret-in-env DL3064 SecretsUsedInArgOrEnv DS-0031 CIS-DI-0010"}},
		{"FROM a\nENV API_KEY=\n", []string{"secret-like-name DL3064 SecretsUsedInArgOrEnv DS-0031"}},
		{"FROM a\nENV PASSWORD=x1 API_TOKEN=x2\n", []string{
			"secret-in-env DL3064 SecretsUsedInArgOrEnv DS-0031 CIS-DI-0010", "secret-in-env SecretsUsedInArgOrEnv DS-0031 CIS-DI-0010"}},
		{"ARG DB_PASSWORD\nFROM a\n", []string{"secret-in-env DL3064"}},
		{"FROM a AS unused\nARG DB_PASSWORD\nFROM b\n", []string{"secret-in-env DL3064"}},
		{"FROM a AS used\nARG DB_PASSWORD\nFROM used\n", []string{"secret-in-env DL3064 SecretsUsedInArgOrEnv"}},
		{"FROM a\nONBUILD ARG DB_PASSWORD\n", []string{"secret-in-env DL3064"}},
		{"FROM a\nENV AUTH_MODULE_VERSION=1\n", []string{"secret-like-name DS-0031"}},
		{"FROM a\nENV PATH=/bin\n", nil},
	} {
		var got []string
		for _, r := range []rule.Rule{secretInEnv(), secretLikeName()} {
			for _, p := range problems(r, c.source) {
				got = append(got, strings.TrimSpace(r.ID+" "+strings.Join(p.Aliases, " ")))
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.source, got, c.want)
		}
	}
}

// TestSecretFiles checks which files are taken for secret.
func TestSecretFiles(t *testing.T) {
	for name, want := range map[string]bool{
		".env": true, "deploy/.env.production": true, ".env.example": false, "id_rsa": true, "id_rsa.pub": false, ".docker/config.json": true,
		"config.json": false, "server.key": true, "apt-repo.key": false, "private.pem": true, "ca.pem": false, "trust.jks": false, "app.jks": true, "": false, ".": false,
	} {
		if got := isSecretFile(name); got != want {
			t.Errorf("isSecretFile(%q) = %v", name, got)
		}
	}
}

// TestSecretValues checks that what the finder of secrets says is told at its
// place, and only if it makes sense.
func TestSecretValues(t *testing.T) {
	settings := rule.Settings{Secrets: func(text []byte) []rule.Secret {
		return []rule.Secret{{Start: len(text) - 3, End: len(text), Kind: "a test"}, {Start: 5, End: 2}, {Start: -1, End: len(text) + 9}}
	}}
	var found []rule.Problem
	view := rule.NewDockerfile(dockerfile.Parse([]byte("FROM a\nRUN abc")), "", &settings, func(p rule.Problem) { found = append(found, p) })
	secretValue().Dockerfile(view)
	if len(found) != 1 || found[0].Span.Start != (dockerfile.Pos{Offset: 11, Line: 2, Column: 5}) {
		t.Errorf("got %+v", found)
	}
}

// TestSecretCommands checks which commands are seen to log in.
func TestSecretCommands(t *testing.T) {
	for command, want := range map[string]int{
		"aws configure set aws_access_key_id x":               1,
		"a && aws configure set aws_secret_access_key \"$K\"": 1,
		"aws s3 ls":                        0,
		"az login -u a -p b":               1,
		"az login -u <name> -p <password>": 1,
		"az login --identity":              0,
		"gcloud auth activate-service-account --key-file k.json": 1,
		"docker login -u a -p b example.org":                     1,
		"docker build .":                                         0,
		"npm config set //registry.example.org/:_authToken=$T":   1,
		"echo az login -p x":                                     0,
	} {
		if got := len(problems(secretCommand(), "FROM a\nRUN "+command+"\n")); got != want {
			t.Errorf("%q: %d problems, want %d", command, got, want)
		}
		if got := len(problems(secretCommand(), "FROM a\nRUN --mount=type=secret,id=x "+command+"\n")); got != 0 {
			t.Errorf("%q: reported although a secret is mounted", command)
		}
	}
}
