package secret

import (
	"bytes"
	"strings"
)

// reader finds what has a grammar of its own at a keyword.
type reader func(w *window, at int) []candidate

// readerOf is the reader called name; nil where there is none.
func readerOf(name string) reader {
	switch name {
	case "jwt":
		return readJWT
	case "pem":
		return readPEM
	case "pem-base64":
		return readWrappedPEM
	case "putty":
		return readPuTTY
	case "url":
		return readURL
	case "authorization":
		return readAuthorization
	case "curl-header":
		return readCurlHeader
	case "curl-user":
		return readCurlUser
	case "kubernetes-secret":
		return readKubernetesSecret
	case "service-account":
		return readServiceAccount
	case "aws-pair":
		return readAWSPair
	case "connection-string":
		return readConnectionString
	case "docker-auth":
		return readDockerAuth
	}
	return nil
}

// span is a candidate from start to end, all of which matched.
func span(start, end int) candidate {
	return candidate{start: start, end: end, matchStart: start, matchEnd: end}
}

// readJWT reads the three parts of a JSON Web Token around the first dot.
func readJWT(w *window, at int) []candidate {
	isPart := func(c byte) bool { return isAlnum(c) || c == '_' || c == '-' }
	from := at
	for from > w.lo && isPart(w.text[from-1]) {
		from--
	}
	if !w.opensWord(from) && from > w.lo {
		from++
	}
	// An escape such as \n may end in letters that are none of the token.
	if n := bytes.Index(w.text[from:at], []byte("eyJ")); n > 0 && n <= 2 && w.byteAt(from-1) == '\\' {
		from += n
	}
	if !bytes.HasPrefix(w.text[from:at], []byte("ey")) || at-from < 17 {
		return nil
	}
	limit := min(w.hi, at+maxToken)
	second := at + 1
	for second < limit && (isPart(w.text[second]) || w.text[second] == '/' || w.text[second] == '\\' && isPart(w.byteAt(second+1))) {
		second++
	}
	if second-at < 17 || w.byteAt(second) != '.' {
		return nil
	}
	end := second + 1
	for end < limit && (isPart(w.text[end]) || w.text[end] == '/') {
		end++
	}
	for n := 0; n < 2 && w.byteAt(end) == '='; n++ {
		end++
	}
	w.work.spent += 2 * int64(end-from)
	c := span(from, end)
	c.shown = 4
	return []candidate{c}
}

// maxToken is the length of the longest token, in bytes.
const maxToken = 16 << 10

// maxURL is how much of a URL before its path is looked at, in bytes.
const maxURL = 320

// readURL reads a password out of scheme://user:password@host (RFC 3986).
func readURL(w *window, at int) []candidate {
	const mark = len("://")
	start := at + mark
	colon, amp := -1, -1
	for i := start; i < w.hi && i-start < maxURL; i++ {
		c := w.text[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("/\"'<>`\\?#|,;", c) >= 0 {
			break
		}
		if c == '@' {
			amp = i
		}
		if c == ':' && colon < 0 {
			colon = i
		}
	}
	if colon < 0 || amp < 0 || amp-colon < 4 {
		return nil
	}
	user, password, host := w.text[start:colon], w.text[colon+1:amp], w.text[amp+1:min(amp+128, w.hi)]
	if bytes.ContainsAny(password, "${}()[]*%") && !percentOnly(password) || weakPassword(password) || bytes.EqualFold(user, password) {
		return nil
	}
	if len(host) == 0 || !isAlnum(host[0]) && host[0] != '[' || !isAlpha(w.byteAt(at-1)) || bytes.IndexByte(password, '@') >= 0 {
		return nil
	}
	c := span(colon+1, amp)
	for c.matchStart = at; c.matchStart > w.lo && at-c.matchStart < 20 && isName(w.text[c.matchStart-1]); {
		c.matchStart--
	}
	lower := strings.ToLower(string(host))
	for _, name := range [...]string{"example", "localhost", "127.0.0.1", "host", "test", "proxy", "server", "foo", "domain", "my", "some", "1.2.3.4", "a.b", "::1", "[::1"} {
		if strings.HasPrefix(lower, name) || strings.Contains(lower[:min(len(lower), 40)], ".example") || strings.Contains(lower[:min(len(lower), 40)], "example.") {
			c.sample = true
		}
	}
	if !plausiblePassword(password) {
		c.sample = true
		if len(user) == 0 || entropy(password) < 2.5 {
			return nil
		}
	}
	return []candidate{c}
}

// percentOnly says whether text has no special characters but percent escapes.
func percentOnly(text []byte) bool {
	if bytes.ContainsAny(text, "${}()[]*") {
		return false
	}
	for i, c := range text {
		if c == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// skip returns the first place from i on that is not in set.
func (w *window) skip(i int, set string) int {
	for i < w.hi && strings.IndexByte(set, w.text[i]) >= 0 {
		i++
	}
	return i
}

// run returns the end of the run of bytes from i on that are in set or letters
// or digits.
func (w *window) run(i int, set string) int {
	for i < w.hi && (isAlnum(w.text[i]) || strings.IndexByte(set, w.text[i]) >= 0) {
		i++
	}
	return i
}

// readAuthorization reads an Authorization header with the scheme Basic (RFC
// 7617) or Bearer.
func readAuthorization(w *window, at int) []candidate {
	i := w.skip(at+len("authorization"), " \t:=\"'`,\\>)]")
	var basic bool
	switch {
	case foldedPrefix(w.text[i:w.hi], "basic "):
		basic, i = true, i+len("basic ")
	case foldedPrefix(w.text[i:w.hi], "bearer "):
		i += len("bearer ")
	case foldedPrefix(w.text[i:w.hi], "token "):
		i += len("token ")
	default:
		return nil
	}
	i = w.skip(i, " ")
	end := min(w.run(i, "+/=_-.~"), i+maxValue)
	c := span(i, end)
	c.matchStart = at
	text := w.text[i:end]
	if basic {
		return basicCredentials(c, text)
	}
	if len(text) < 16 || !random(text) || !bytes.ContainsAny(text, "0123456789") || w.byteAt(end) == '(' || w.byteAt(end) == '[' {
		return nil
	}
	return []candidate{c}
}

// basicCredentials decodes user:password in base64.
func basicCredentials(c candidate, text []byte) []candidate {
	if len(text) < 8 {
		return nil
	}
	plain := decodeBase64(text)
	user, password, ok := bytes.Cut(plain, []byte(":"))
	if !ok || len(password) == 0 || !printable(plain) || placeholder(password) == isPlaceholder {
		return nil
	}
	if weakPassword(password) || bytes.Equal(user, password) || placeholder(password) == isSample || bytes.EqualFold(user, []byte("aladdin")) || len(password) < 4 {
		c.sample = true
	}
	c.detail = "user " + clip(string(user))
	return []candidate{c}
}

func printable(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return true
}

// readDockerAuth reads "auth": "…" as the configuration of Docker has it.
func readDockerAuth(w *window, at int) []candidate {
	i := w.skip(at+len(`"auth"`), " \t\r\n:\\\"")
	end := min(w.run(i, "+/="), i+maxValue)
	if w.byteAt(end) != '"' && w.byteAt(end) != '\\' {
		return nil
	}
	c := span(i, end)
	c.matchStart = at
	return basicCredentials(c, w.text[i:end])
}

// readServiceAccount reads the key of a Google service account, a JSON object.
func readServiceAccount(w *window, at int) []candidate {
	if !isQuote(w.byteAt(at - 1)) {
		return nil
	}
	i := at
	for i > w.lo && at-i < 16 && w.text[i-1] != '\n' && w.text[i-1] != '{' && w.text[i-1] != ',' {
		i--
	}
	if !bytes.Contains(w.text[i:at], []byte("type")) {
		return nil
	}
	c := span(w.skip(i, " \t"), at+len("service_account\""))
	c.shown = c.end - c.start
	around := w.text[w.lo:min(w.hi, at+8<<10)]
	w.work.spent += int64(len(around))
	if !bytes.Contains(around, []byte("PRIVATE KEY-----")) {
		c.sample = true
		c.detail = "without its key"
	}
	if _, mail, ok := bytes.Cut(around, []byte("client_email")); ok {
		mail = bytes.TrimLeft(mail, "\": \\")
		if end := bytes.IndexByte(mail, '"'); end > 0 && end < 200 {
			c.detail = clip(string(bytes.TrimRight(mail[:end], `\`)))
		}
	}
	return []candidate{c}
}

// readAWSPair reads a secret access key that follows its key id, without a name
// of its own, as lists and CSV files have it.
func readAWSPair(w *window, at int) []candidate {
	const idLength, keyLength = 20, 40
	if !w.opensWord(at) || at+idLength >= w.hi || isAlnum(w.text[at+idLength]) {
		return nil
	}
	for _, c := range w.text[at : at+idLength] {
		if !isDigit(c) && (c < 'A' || c > 'Z') {
			return nil
		}
	}
	end := min(w.hi, at+idLength+200)
	for i := at + idLength; i < end; {
		next := w.run(i, "+/")
		if next-i == keyLength && classes(w.text[i:next]) == 3 && random(w.text[i:next]) && w.byteAt(next) != '=' {
			return []candidate{span(i, next)}
		}
		i = next + 1
	}
	return nil
}

// hostKeys are the keys of a connection string that name the server.
var hostKeys = [...]string{"server", "data source", "host", "hostname", "addr", "address", "network address"}

// readConnectionString reads the password of a connection string: pairs of
// key=value with semicolons between, one of which names the server.
func readConnectionString(w *window, at int) []candidate {
	const far = 400
	from := max(w.lo, at-far)
	w.work.spent += far
	before := w.text[from:at]
	if n := bytes.LastIndexAny(before, "\n\"'"); n >= 0 {
		before = before[n+1:]
	}
	host := false
	for pair := range bytes.SplitSeq(before, []byte(";")) {
		key, value, ok := bytes.Cut(pair, []byte("="))
		for _, name := range hostKeys {
			host = host || ok && len(value) > 1 && bytes.EqualFold(bytes.TrimSpace(key), []byte(name))
		}
	}
	if !host || !bytes.HasSuffix(bytes.TrimRight(before, " "), []byte(";")) {
		return nil
	}
	start := at + bytes.IndexByte(w.text[at:min(at+20, w.hi)], '=') + 1
	end := w.valueEnd(start, 0)
	if start <= at || end-start < 4 {
		return nil
	}
	return []candidate{span(start, end)}
}
