package secret

import (
	"bytes"
	_ "embed"
	"path"
	"slices"
	"strings"
)

// bigrams holds, for each pair of letters, how much more often it stands in
// words than among random letters: a digit that is 5 plus the binary logarithm
// of the ratio. Counted over the different words in the identifiers of Go's
// standard library.
//
//go:embed bigrams.txt
var bigrams string

// affinity is the logarithm for a pair of letters of any case; 0 for others.
func affinity(a, b byte) float64 {
	const row = 27 // 26 digits and a line break
	if !isAlpha(a) || !isAlpha(b) {
		return 0
	}
	return float64(bigrams[int(a|0x20-'a')*row+int(b|0x20-'a')]) - '5'
}

// wordiness is the mean of the logarithms of a string's pairs of letters, and
// their number: about 1.2 for identifiers, -0.8 for random strings.
func wordiness(text []byte) (mean float64, pairs int) {
	sum := 0.0
	for i := 1; i < len(text); i++ {
		if isAlpha(text[i-1]) && isAlpha(text[i]) {
			sum += affinity(text[i-1], text[i])
			pairs++
		}
	}
	if pairs == 0 {
		return 0, 0
	}
	return sum / float64(pairs), pairs
}

// random says whether a string looks as if drawn, not written.
func random(text []byte) bool {
	digits, hex, marks := 0, 0, 0
	for _, c := range text {
		switch {
		case isDigit(c):
			digits++
			hex++
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			hex++
		case !isAlpha(c):
			marks++
		}
	}
	if hex == len(text) {
		return digits < len(text) && digits*10 >= len(text)*3 && digits*10 <= len(text)*9
	}
	mean, pairs := wordiness(text)
	switch {
	case marks*4 > len(text):
		return false
	case pairs < 3:
		return digits >= 3 && digits+marks < len(text)
	case len(text) < 16:
		return mean < 0
	case len(text) < 24:
		return mean < 0.2
	}
	return mean < 0.35
}

// nameWords splits the name of a setting into words in lower case: mySecret_key2
// is my, secret, key.
func nameWords(name []byte) []string {
	var words []string
	start := 0
	flush := func(end int) {
		if end > start && len(words) < 16 {
			words = append(words, strings.ToLower(string(name[start:end])))
		}
		start = end
	}
	for i, c := range name {
		switch {
		case !isAlpha(c):
			flush(i)
			start = i + 1
		case i > start && c&0x20 == 0 && (name[i-1]&0x20 != 0 || i+1 < len(name) && isAlpha(name[i+1]) && name[i+1]&0x20 != 0):
			flush(i)
		}
	}
	flush(len(name))
	return words
}

// Words of names. A setting is a secret if its name ends with a noun, or with a
// key of one of the sorts, but for words that say nothing.
var (
	secretNouns = [...]string{"token", "secret", "secrets", "password", "passwd", "passwort", "pwd", "passphrase", "credential", "credentials", "creds", "auth", "apikey", "apitoken", "authtoken", "accesstoken", "clientsecret", "secretkey", "privatekey", "accesskey", "authkey", "signingkey", "encryptionkey", "masterkey", "authorization", "bearer", "pat"}
	keySorts    = [...]string{"api", "access", "secret", "private", "auth", "encryption", "encrypt", "signing", "sign", "master", "account", "storage", "shared", "hmac", "jwt", "app", "service", "admin", "client", "session", "subscription", "function", "primary", "secondary", "deploy", "write", "webhook", "aes", "cipher", "user", "server", "rest"}
	emptyWords  = [...]string{"string", "value", "val", "text", "raw", "str", "plain", "prod", "production", "dev", "staging", "live", "default", "old", "new", "current", "do", "not", "commit", "env", "data", "b64", "base", "hex", "v", "main", "admin", "root", "key", "const", "here", "hash"}
)

// secretName says whether the name of a setting is that of a secret.
func secretName(name []byte) bool {
	words := nameWords(name)
	for i := len(words) - 1; i >= 0; i-- {
		w := words[i]
		switch {
		case slices.Contains(secretNouns[:], w):
			return !(i > 0 && (words[i-1] == "csrf" || words[i-1] == "xsrf" || words[i-1] == "public" || words[i-1] == "next" || words[i-1] == "page"))
		case w == "key" && i > 0 && slices.Contains(keySorts[:], words[i-1]):
			return true
		case len(w) > 8 && (strings.HasSuffix(w, "token") || strings.HasSuffix(w, "secret") || strings.HasSuffix(w, "password") || strings.HasSuffix(w, "apikey")):
			return true
		case !slices.Contains(emptyWords[:], w):
			return false
		}
	}
	return false
}

// passwordName says whether a setting is a password by its name.
func passwordName(name []byte) bool {
	words := nameWords(name)
	if len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "hash") || strings.HasPrefix(w, "encrypt") }) {
		return false
	}
	switch last := words[len(words)-1]; last {
	case "password", "passwd", "pwd", "passphrase", "passwort", "pass":
		return true
	default:
		return strings.HasSuffix(last, "password") || strings.HasSuffix(last, "passwd")
	}
}

// isCode says whether a file is source code, in which a value that is not quoted
// is an expression.
func isCode(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".go", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".java", ".kt", ".scala", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".map",
		".py", ".pyc", ".pyi", ".pyx", ".rb", ".php", ".pl", ".pm", ".rs", ".swift", ".m", ".lua", ".r", ".hs", ".ml", ".ex", ".erl", ".clj", ".vue", ".s", ".asm",
		".html", ".htm", ".css", ".scss", ".less", ".svg", ".md", ".po", ".pot", ".mo", ".vim", ".el", ".tcl", ".awk", ".m4", ".cmake":
		return true
	}
	return false
}

// isLock says whether a file lists packages with their checksums.
func isLock(file string) bool {
	switch strings.ToLower(path.Base(file)) {
	case "go.sum", "go.work.sum", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "cargo.lock", "poetry.lock", "uv.lock", "pipfile.lock", "gemfile.lock", "composer.lock", "packages.lock.json", "mix.lock", "pubspec.lock", "podfile.lock", "record", "md5sums", "sha256sums", "manifest.mf":
		return true
	}
	return false
}

// minified says whether a candidate is in an object of minified code, as in
// ,apiKey:"…"
func (c *candidate) minified() bool {
	a := c.assigned
	before := c.window.byteAt(a.nameStart - 1)
	return a.quote != 0 && a.op == ':' && a.start-a.nameEnd == 2 && (before == ',' || before == '{')
}

// checkSetting decides on a value of which only the name of the setting tells
// that it is a secret.
func checkSetting(c *candidate) bool {
	a, w := c.assigned, c.window
	if a == nil || w.byteAt(a.nameStart-1) == '/' || isLock(w.path) || !secretName(w.name(a)) {
		return false
	}
	text := c.secret()
	if a.op == ' ' && w.byteAt(a.nameStart) != '-' {
		return false
	}
	if a.quote == 0 && (isCode(w.path) || !plainAfter(w, a)) {
		return false
	}
	if c.minified() {
		return false // what a page in a browser is given is public
	}
	if !checkDigit(c) || !random(text) || isUUID(text) && a.op == ',' {
		return false
	}
	return !binaryAround(w, a.nameStart, a.end)
}

// plainAfter says whether a value that is not quoted ends as values do.
func plainAfter(w *window, a *assignment) bool {
	switch w.byteAt(a.end) {
	case 0, ' ', '\t', '\r', '\n', '"', '\'', '`', '<', ';', '\\', '&':
		return true
	case ',':
		return a.op == ':' || a.op == '='
	}
	return false
}

// isUUID says whether text is a UUID.
func isUUID(text []byte) bool {
	return len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-'
}

// binaryAround says whether there are bytes around [from, to) that text does not
// have.
func binaryAround(w *window, from, to int) bool {
	around := w.text[max(w.lo, from-64):min(w.hi, to+64)]
	for _, c := range around {
		if c < ' ' && !isSpace(c) && c != '\f' && c != 0x1b {
			return true
		}
	}
	return false
}

// checkPassword decides on the value of a setting that is a password by its
// name.
func checkPassword(c *candidate) bool {
	a, w := c.assigned, c.window
	if a == nil || !passwordName(w.name(a)) || binaryAround(w, a.nameStart, a.end) {
		return false
	}
	if isCode(w.path) || c.minified() || a.op == ' ' || a.op == ',' || a.op == '?' || a.quote == 0 && !plainAfter(w, a) {
		return false
	}
	return plausiblePassword(c.secret())
}

// plausiblePassword says whether text is a password rather than its description,
// its hash or the place that it is read from.
func plausiblePassword(text []byte) bool {
	if len(text) < 6 || len(text) > 128 || bytes.ContainsAny(text, " \t/\\()[]{}<>") || bytes.Contains(text, []byte("::")) || weakPassword(text) || isVersionRange(text) {
		return false
	}
	if mean, pairs := wordiness(text); pairs >= 4 && mean > 0.6 && !bytes.ContainsAny(text, "0123456789!@#$%^&*") {
		return false
	}
	n := 0
	for _, has := range [...]bool{bytes.ContainsAny(text, "0123456789"), bytes.ContainsAny(text, "!@#$%^&*+=?"), classes(text) >= 2} {
		if has {
			n++
		}
	}
	return n >= 2
}

// isVersionRange says whether text is a version that a list of packages asks
// for, such as "^1.0.0" of "parse-passwd".
func isVersionRange(text []byte) bool {
	version := bytes.TrimLeft(text, "^~<>=v")
	return len(version) > 0 && isDigit(version[0]) && bytes.IndexByte(version, '.') > 0 && len(bytes.Trim(version, "0123456789.x*")) == 0
}

// weakPasswords are what documentation writes where a password belongs.
var weakPasswords = [...]string{"password", "passwd", "pass", "secret", "token", "changeme", "change_me", "user", "username", "admin", "root", "test", "guest", "key", "apikey", "api_key", "pwd", "none", "null", "nil", "true", "false", "undefined", "string", "boolean", "pw", "passw0rd", "p@ssw0rd", "postgres", "mysql", "redis", "foo", "bar", "baz", "qux", "hunter2", "letmein", "mypass", "qwerty", "abc123", "secretpassword", "bla", "default", "localhost", "value", "credentials"}

// weakPassword says whether text is one of the words that stand for a password.
func weakPassword(text []byte) bool {
	whole := strings.ToLower(string(text))
	lower := strings.Trim(whole, "0123456789_-!.*\"'")
	return lower == "" || slices.Contains(weakPasswords[:], whole) || slices.Contains(weakPasswords[:], lower) || strings.Contains(lower, "password") || strings.Contains(lower, "passwd")
}

// checkNamed asks that the name of a setting holds a word for secrets beside the
// keyword, or that the value is random.
func checkNamed(c *candidate) bool {
	a := c.assigned
	if a == nil || binaryAround(c.window, a.nameStart, a.end) {
		return false
	}
	for _, w := range nameWords(c.window.text[a.nameStart:a.start]) {
		switch w {
		case "token", "key", "secret", "id", "password", "passwd", "pwd", "auth", "api", "pat", "credential", "credentials", "creds", "apikey", "license", "access", "client", "appid", "webhook", "dsn", "account", "login":
			return true
		default:
			for _, end := range [...]string{"token", "key", "secret", "password", "id"} {
				if len(w) > len(end)+2 && strings.HasSuffix(w, end) {
					return true
				}
			}
		}
	}
	value := c.secret()
	return len(value) >= 50 && a.quote != 0 && random(value) && bytes.ContainsFunc(value, func(r rune) bool { return r|0x20 > 'f' && r|0x20 <= 'z' })
}
