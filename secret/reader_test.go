package secret

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestFinds writes secrets the way that files in images hold them. The word
// after a % is replaced by a random value; the kind is the first that is found.
func TestFinds(t *testing.T) {
	f := finder(t)
	r := newRand()
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	password := token(r, "", 9) + "!x7"
	for _, c := range []struct {
		path, text, kind string
	}{
		{"app/.env", "DB_PASSWORD=" + password + "\n", "password-setting"},
		{"app/.env", "export JWT_SECRET=" + token(r, "", 32) + "\n", "generic-api-key"},
		{"app/settings.py", "SECRET_KEY = '" + token(r, "", 50) + "'\n", "generic-api-key"},
		{"app/application.properties", "spring.datasource.password=" + password + "\n", "password-setting"},
		{"app/config.yml", "db:\n  password: \"" + password + "\"\n", "password-setting"},
		{"app/config.json", `{"clientSecret": "` + token(r, "", 40) + `"}`, "generic-api-key"},
		{"root/.aws/credentials", "[default]\naws_access_key_id = " + keyID(r) + "\naws_secret_access_key = " + token(r, "", 40) + "\n", "aws-access-token aws-secret-access-key"},
		{"home/keys.csv", "User,Access key ID,Secret access key\nme," + keyID(r) + "," + token(r, "", 40) + "\n", "aws-access-token aws-secret-access-key"},
		{"root/.npmrc", "//npm.example.com/:_authToken=" + token(r, "npm_", 36) + "\n", "npm-access-token"},
		{"root/.npmrc", "//npm.corp/:_auth=" + b64("ci:"+password) + "\n", "npmrc-password"},
		{"root/.npmrc", "//npm.corp/:_authToken=${NPM_TOKEN}\n", ""},
		{"root/.netrc", "machine api.corp login ci password " + password + "\n", "netrc-password"},
		{"root/.pypirc", "[pypi]\nusername = __token__\npassword = " + password + "\n", "pypirc-password"},
		{"root/.git-credentials", "https://ci:" + password + "@git.corp\n", "git-credentials"},
		{"root/.my.cnf", "[client]\nuser=root\npassword=" + password + "\n", "my-cnf-password"},
		{"root/.docker/config.json", `{"auths":{"r.corp":{"auth":"` + b64("ci:"+password) + `"}}}`, "docker-auth"},
		{"etc/nginx/.htpasswd", "ops:$apr1$" + token(r, "", 8) + "$" + token(r, "", 22) + "\n", "password-hash"},
		{"app/db.rb", `url = "postgres://app:` + password + `@db.corp:5432/app"`, "url-password"},
		{"app/db.rb", `url = "postgres://app:#{password}@db.corp:5432/app"`, ""},
		{"app/README.txt", `url = "postgres://user:password@host/db"`, ""},
		{"app/web.config", `connectionString="Server=db.corp;Database=a;User Id=sa;Password=` + password + `;"`, "connection-string-password"},
		{"app/web.config", `<add key="ApiToken" value="` + token(r, "", 30) + `"/>`, "generic-api-key"},
		{"app/deploy.yaml", "env:\n- name: API_TOKEN\n  value: " + token(r, "", 30) + "\n", "generic-api-key"},
		{"app/run.sh", "curl -H 'Authorization: Bearer " + token(r, "", 40) + "' https://api.corp", "authorization-header"},
		{"app/run.sh", "curl --user ci:" + password + " https://api.corp", "curl-auth-user"},
		{"app/http.txt", "Authorization: Basic " + b64("ci:"+password) + "\n", "authorization-header"},
		{"app/http.txt", "Authorization: Bearer " + token(r, "", 40) + "\n", "authorization-header"},
		{"root/.kube/config", "users:\n- user:\n    client-key-data: " + b64(pemKey(r, 12)) + "\n", "private-key-base64"},
		{"app/key.pem", pemKey(r, 12), "private-key"},
		{"app/key.js", "const key = \"" + strings.ReplaceAll(pemKey(r, 12), "\n", "\\n") + "\"", "private-key"},
		{"app/key.go", "key := \"-----BEGIN PRIVATE " + "KEY-----\\n\" +\n\t\"" + token(r, "", 64) + "\\n\" +\n\t\"" + token(r, "", 64) + "\\n-----END PRIVATE " + "KEY-----\"", "private-key"},
		{"app/cut.pem", strings.TrimSuffix(pemKey(r, 12), "-----END RSA "+"PRIVATE KEY-----\n"), "private-key"},
		{"app/key.ppk", "PuTTY-User-Key-File-2: ssh-rsa\r\nEncryption: none\r\nPublic-Lines: 1\r\nAAAA\r\nPrivate-Lines: 1\r\n" + token(r, "", 60) + "\r\nPrivate-MAC: 00\r\n", "putty-private-key"},
		{"app/cert.pem", strings.ReplaceAll(pemKey(r, 12), "RSA "+"PRIVATE KEY", "CERTIFICATE"), ""},
		{"app/pub.pem", strings.ReplaceAll(pemKey(r, 12), "RSA PRIVATE", "PUBLIC"), ""},
		{"app/check.go", "if strings.Contains(s, \"-----BEGIN RSA " + "PRIVATE KEY-----\") { return true }", ""},
		{"app/token.txt", "pat=" + token(r, "ghp_", 36) + "\\nnext", "github-pat"},
		{"app/token.txt", "a" + token(r, "ghp_", 36) + "\n", ""},
		{"app/wg0.conf", "PrivateKey = " + token(r, "", 42) + "A=\n", "wireguard-key"},
		{"go.sum", "cloud.google.com/go/auth v0.1.0 h1:" + token(r, "", 43) + "=\n", ""},
		{"app/index.js", "const token = getToken2(user, 15)\nkey_2 = \"data-key-2\"\n", ""},
		{"app/bundle.js", `a={apiKey:"` + token(r, "", 39) + `",indexName:"docs"}`, ""},
		{"app/i18n.yml", "password: \"Mot de passe 1\"\n", ""},
		{"app/run.sh", "curl -H \"X-Api-Token: " + token(r, "", 30) + "\" https://api.corp", "curl-auth-header"},
		{"app/.env", "API_KEY=<your-api-key>\nTOKEN=xxxxxxxxxxxxxxxxxxxxxxxxx\nDB_PASSWORD=changeme\nSECRET=${VAULT_SECRET}\n", ""},
		{"app/license.txt", "key = " + strings.Repeat("0123456789abcdef", 2), ""},
	} {
		var got []string
		for _, m := range scanText(f, c.path, []byte(c.text)) {
			got = append(got, m.Kind.ID)
			if strings.Contains(m.Redacted, m.Secret) {
				t.Errorf("%s: not redacted: %s", c.path, m.Redacted)
			}
		}
		if have := strings.Join(got, " "); have != c.kind {
			t.Errorf("%s %q: got %q, want %q", c.path, shorten([]byte(c.text)), have, c.kind)
		}
	}
}

// keyID makes an access key id of AWS.
func keyID(r *rand.Rand) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	id := "AKIA" + "Y7"
	for len(id) < 20 {
		id += letters[r.IntN(32):][:1]
	}
	return id
}

func TestDetails(t *testing.T) {
	f := finder(t)
	enc := base64.RawURLEncoding.EncodeToString
	jwt := func(header, claims string) string {
		return enc([]byte(header)) + "." + enc([]byte(claims)) + "." + enc([]byte("not a signature at all"))
	}
	for text, want := range map[string]string{
		// The example of "Behind GitHub's new authentication token formats".
		"t = " + "ghp_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17":                            "its checksum holds",
		"t = " + "ghp_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18":                            "its checksum does not hold: cut, altered or made up",
		"t = " + jwt(`{"alg":"HS256"}`, `{"iss":"https://id.corp","exp":1609459200}`):       "JWT issued by https://id.corp, valid to 2021-01-01",
		"t = " + jwt(`{"alg":"none"}`, `{"sub":"me"}`):                                      "JWT, not signed",
		"k = ASIA" + "QNZGKIQY56JQ7WML":                                                     "AWS account 029608264753",
		`{"type": "service_account", "client_email": "ci@p.iam.corp"}`:                      "ci@p.iam.corp",
		"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ci:hT7#kk2pQ")): "user ci",
	} {
		got := f.Find([]byte(text))
		if len(got) != 1 || got[0].Detail != want {
			t.Errorf("%s: %+v, want %s", text, got, want)
		}
	}
}

// TestSamples are downgraded, not hidden.
func TestSamples(t *testing.T) {
	f := finder(t)
	r := newRand()
	real := token(r, "glpat-", 20)
	for _, c := range []struct {
		path, text string
		sample     bool
	}{
		{"app/config", "t: " + real, false},
		{"app/testdata/config", "t: " + real, true},
		{"src/client_test.go", "t: " + real, true},
		{"docs/setup.html", "t: " + real, true},
		{"README.md", "t: " + real, true},
		{"usr/share/doc/x/copyright", "t: " + real, true},
		{"usr/lib/python3/dist-packages/x-1.0.dist-info/METADATA", "t: " + real, true},
		{"app/config", "# for example: " + real, true},
		{"app/config", "id: AKIAIOSFODNN7" + "EXAMPLE", true},
		{"app/config", "test_token: " + real, false}, // its form tells enough
		{"app/config", "test_token: " + token(r, "", 40), true},
		{"app/config", "<!-- " + real + " -->", true},
		{"app/config", "t: glpat-" + "0123456789abcdefghij", true},
		{"app/latest/config", "t: " + real, false},
		{"src/ClientTest.java", "t: " + real, true},
		{"app/contest.go", "t: " + real, false},
	} {
		got := scanText(f, c.path, []byte(c.text))
		if len(got) != 1 || got[0].Sample != c.sample {
			t.Errorf("%s %q: %+v", c.path, c.text, got)
			continue
		}
		if low := got[0].Severity() == "low"; low != c.sample {
			t.Errorf("%s: severity %s", c.path, got[0].Severity())
		}
	}
}

func TestRedact(t *testing.T) {
	for secret, want := range map[string]string{
		"":                                  "… (0 characters)",
		"abcd":                              "… (4 characters)",
		"ghp_" + strings.Repeat("a", 36):    "ghp_… (40 characters)",
		"SK1" + strings.Repeat("\x00", 12):  "SK1… (15 characters)",
		"\x01bc" + strings.Repeat("d", 100): "… (103 characters)",
	} {
		if got := redact([]byte(secret), 4); got != want {
			t.Errorf("%q: %s, want %s", secret, got, want)
		}
	}
}

func TestVersion(t *testing.T) {
	kinds := Kinds()
	first, err := New(kinds, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := New(Kinds(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if first.Version() != again.Version() {
		t.Error("the same kinds have two versions")
	}
	kinds[3].Patterns[0].Entropy++
	changed, err := New(kinds, nil)
	if err != nil {
		t.Fatal(err)
	}
	allowed, err := New(Kinds(), Allow{{Words: []string{"x"}}})
	if err != nil {
		t.Fatal(err)
	}
	if first.Version() == changed.Version() || first.Version() == allowed.Version() {
		t.Error("other kinds have the same version")
	}
}

func TestNewErrors(t *testing.T) {
	for name, c := range map[string]struct {
		kind Kind
		want string
	}{
		"expression": {Kind{ID: "a", Patterns: []Pattern{{Form: Token, Keywords: []string{"abc"}, Expression: "abc(x"}}}, `kind "a": column 1 of the expression`},
		"column":     {Kind{ID: "a", Patterns: []Pattern{{Form: Token, Keywords: []string{"abc"}, Expression: "abc[z-a]"}}}, `kind "a": column 5 of the expression`},
		"path":       {Kind{ID: "a", Path: "*"}, `kind "a": path: `},
		"keyword":    {Kind{ID: "a", Patterns: []Pattern{{Form: Value, Keywords: []string{"AB"}, Expression: "x"}}}, `kind "a": keyword "AB"`},
		"none":       {Kind{ID: "a", Patterns: []Pattern{{Form: Value, Expression: "x"}}}, `kind "a": it has no keywords`},
		"check":      {Kind{ID: "a", Patterns: []Pattern{{Form: Value, Keywords: []string{"abc"}, Expression: "x", Check: "luhn"}}}, `kind "a": check "luhn"`},
		"reader":     {Kind{ID: "a", Patterns: []Pattern{{Form: Reader, Keywords: []string{"abc"}, Expression: "x"}}}, `kind "a": reader "x"`},
		"form":       {Kind{ID: "a", Patterns: []Pattern{{Form: "guess", Keywords: []string{"abc"}, Expression: "x"}}}, `kind "a": form "guess"`},
		"id":         {Kind{}, `kind "": it has no id`},
		"file":       {Kind{ID: "a", Patterns: []Pattern{{Form: File}}}, `kind "a": a kind of files needs a path`},
	} {
		_, err := New([]Kind{c.kind}, nil)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
