package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// secretVariable is one variable of an ARG or ENV whose name has something to do with
// secrets.
type secretVariable struct {
	dockerfile.Pair
	instruction *dockerfile.Instruction // the ARG or ENV
	outer       *dockerfile.Instruction // it, or the ONBUILD around it
	aliases     []string                // the tools that report this one
	secret      bool                    // it is very likely a secret
}

// span is where the variable is named; for one further down in its instruction
// it begins with that, where other tools report it.
func (v *secretVariable) span() dockerfile.Span {
	span := v.KeySpan
	if span.Start.Line != v.outer.Span.Start.Line {
		span.Start = v.outer.Span.Start
	}
	return span
}

// secretVariables are the variables that this or another tool takes for secrets
// because of their names.
func secretVariables(d *rule.Dockerfile) []secretVariable {
	var found []secretVariable
	needed := built(d)
	final := finalStage(d)
	for _, outer := range d.Instructions {
		i := outer
		for n := 0; i.Name == "ONBUILD" && i.OnBuild != nil && n < 8; n++ {
			i = i.OnBuild
		}
		if i.Name != "ARG" && i.Name != "ENV" {
			continue
		}
		hadolint := false
		for _, p := range i.Pairs() {
			v := secretVariable{Pair: p, instruction: i, outer: outer, aliases: []string{}}
			if oddSecretName(p.Key) && !hadolint {
				hadolint = true
				v.aliases = append(v.aliases, "DL3064")
			}
			if i == outer && i.Stage != nil {
				if needed[i.Stage] && hasWord(p.Key, secretWords) && !hasWord(p.Key, []string{"public", "file", "version"}) {
					v.aliases = append(v.aliases, "SecretsUsedInArgOrEnv")
				}
				if i.Stage == final && leakedName(p.Key) {
					v.aliases = append(v.aliases, "DS-0031")
				}
			}
			if i.Name == "ENV" && p.Value != "" && credentialName(p.Key) {
				v.aliases = append(v.aliases, "CIS-DI-0010")
			}
			v.secret = secretName(p.Key) && !harmlessValue(p)
			if v.secret || len(v.aliases) > 0 {
				found = append(found, v)
			}
		}
	}
	return found
}

// secretsInImage reports the variables of an image's history for which there is
// something to say. An ARG without a default shows nothing here. Dockle reports
// one variable of an instruction.
func secretsInImage(im *rule.Image, message func(*secretVariable) string) {
	told := map[*dockerfile.Instruction]bool{}
	for _, v := range secretVariables(im.History) {
		if v.instruction.Name == "ARG" && !v.HasValue {
			continue
		}
		text := message(&v)
		if text == "" {
			continue
		}
		if told[v.outer] {
			v.aliases = without(v.aliases, "CIS-DI-0010")
		}
		told[v.outer] = told[v.outer] || has(v.aliases, "CIS-DI-0010")
		im.Report(rule.Found{At: im.PlaceOf(v.outer), Aliases: v.aliases, Message: text})
	}
}

// secretWords are the words between underscores that BuildKit takes for signs
// of a secret.
var secretWords = []string{"apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"}

// hasWord tells whether one of the words stands between underscores.
func hasWord(name string, words []string) bool {
	for part := range strings.SplitSeq(name, "_") {
		for _, w := range words {
			if strings.EqualFold(part, w) {
				return true
			}
		}
	}
	return false
}

// leakedName tells whether Trivy takes a name for that of a secret.
func leakedName(name string) bool {
	plain := strings.TrimPrefix(strings.TrimPrefix(name, "VITE_"), "REACT_APP_")
	if has(knownSecrets, plain) || plain == "AZURE_CLIENT_ID" {
		return true
	}
	switch name {
	case "AWS_CONFIG_FILE", "HF_TOKEN_PATH", "GOOGLE_APPLICATION_CREDENTIALS":
		return false
	}
	return (hasWord(name, secretWords) || hasWord(name, []string{"usr", "psw"})) && !hasWord(name, []string{"public"})
}

// credentialName tells whether Dockle takes a name for that of a secret.
func credentialName(name string) bool {
	upper := strings.ToUpper(name)
	return upper != "GPG_KEY" && upper != "GPG_KEYS" && containsAny(upper, "PASS", "SECRET", "KEY", "ACCESS", "TOKEN")
}

// oddSecretName tells whether hadolint takes a name for that of sensitive data,
// which user names are to it too.
func oddSecretName(name string) bool {
	upper := strings.ToUpper(name)
	return has(knownSecrets, upper) || has(knownAccounts, upper) ||
		containsAny(upper, "API_KEY", "CLIENT_KEY", "PASSWORD", "PRIVATE", "SECRET", "TOKEN", "USERNAME")
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// knownSecrets are variables that services document for their secrets.
var knownSecrets = []string{
	"ACCESS_TOKEN", "APPLICATION_KEY", "APP_SECRET", "AUTH_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AZURE_CLIENT_SECRET", "BITTREX_API_KEY", "BITTREX_API_SECRET", "CF_PASSWORD", "CIRCLE_TOKEN", "CI_DEPLOY_PASSWORD",
	"DIGITALOCEAN_ACCESS_TOKEN", "DOCKERHUB_PASSWORD", "DOCKER_PASSWORD", "FACEBOOK_ACCESS_TOKEN", "FACEBOOK_APP_SECRET",
	"FIREBASE_API_TOKEN", "FIREBASE_TOKEN", "FOSSA_API_KEY", "GH_ENTERPRISE_TOKEN", "GH_TOKEN", "GITHUB_ENTERPRISE_TOKEN",
	"GITHUB_TOKEN", "GOOGLE_API_KEY", "HEROKU_API_KEY", "HF_TOKEN", "LANGCHAIN_API_KEY", "LANGSMITH_API_KEY", "NPM_AUTH_TOKEN",
	"NPM_TOKEN", "OKTA_CLIENT_TOKEN", "OKTA_OAUTH2_CLIENTSECRET", "OPENAI_API_KEY", "OS_PASSWORD", "POSTGRES_PASSWORD",
	"SLACK_TOKEN", "STRIPE_API_KEY", "VAULT_CLIENT_KEY", "VAULT_TOKEN",
}

// knownAccounts are variables of services that go with a secret but are none.
var knownAccounts = []string{
	"CF_USERNAME", "CI_DEPLOY_USER", "DOCKER_EMAIL", "DOCKER_USERNAME", "FACEBOOK_APP_ID", "HEROKU_API_USER", "OKTA_AUTHN_GROUPID",
	"OKTA_CLIENT_ORGURL", "OKTA_OAUTH2_CLIENTID", "OS_USERNAME", "STRIPE_DEVICE_NAME", "TRAVIS_OS_NAME", "TRAVIS_SECURE_ENV_VARS", "TRAVIS_SUDO",
}

// secretName tells whether a name is very likely that of a secret: it ends in a
// word for one, "DB_PASSWORD", "githubToken", "SIGNING_KEY".
func secretName(name string) bool {
	words := nameWords(name)
	if has(knownSecrets, strings.ToUpper(name)) {
		return true
	}
	for len(words) > 0 && (isNumber(words[len(words)-1]) || words[len(words)-1] == "id") {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return false
	}
	before := ""
	if len(words) > 1 {
		before = words[len(words)-2]
	}
	for _, w := range words {
		switch w {
		case "public", "pub", "max", "min", "num", "cache", "primary", "foreign":
			return false
		}
	}
	switch last := words[len(words)-1]; last {
	case "key", "keys":
		switch before {
		case "api", "access", "secret", "private", "encryption", "signing", "master", "client", "deploy", "ssh", "auth", "account",
			"service", "storage", "jwt", "hmac", "license", "licence", "app", "application", "admin", "host", "session", "cookie":
			return true
		}
	case "pass", "pwd":
		return before != ""
	case "psw", "pword", "credentials", "credential", "passphrase", "apikey", "passwd":
		return true
	default:
		for _, end := range []string{"password", "passwd", "secret", "token", "apikey", "secretkey", "privatekey"} {
			if strings.HasSuffix(last, end) {
				return true
			}
		}
	}
	return false
}

// nameWords splits a name at what is no letter or digit and where an upper case
// letter follows a lower case one.
func nameWords(name string) []string {
	var words []string
	start := 0
	flush := func(end int) {
		if end > start {
			words = append(words, strings.ToLower(name[start:end]))
		}
	}
	for k := 0; k < len(name); k++ {
		switch {
		case !isAlnum(name[k]):
			flush(k)
			start = k + 1
		case k > start && name[k] >= 'A' && name[k] <= 'Z' && name[k-1] >= 'a' && name[k-1] <= 'z':
			flush(k)
			start = k
		}
	}
	flush(len(name))
	return words
}

// harmlessValue tells whether a value shows that there is no secret in the
// variable: it is empty, a switch, a small number, or the path of a file.
func harmlessValue(p dockerfile.Pair) bool {
	if !p.HasValue {
		return false
	}
	switch v := strings.ToLower(p.Value); {
	case v == "", v == "true", v == "false", v == "yes", v == "no", v == "none", v == "null", v == "on", v == "off", v == "_":
		return true
	case isNumber(v):
		return len(v) < 4
	case v[0] == '/', strings.HasPrefix(v, "./"), strings.HasPrefix(v, `c:\`):
		return true
	case strings.HasPrefix(v, "http://"), strings.HasPrefix(v, "https://"):
		return !strings.Contains(v, "@")
	case v[0] == '<' && v[len(v)-1] == '>':
		return true
	}
	return false
}
