package secret

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"regexp/syntax"
	"strings"
	"time"
)

// faultOf is the part of an expression that an error is about.
func faultOf(err error) string {
	var fault *syntax.Error
	if errors.As(err, &fault) {
		return fault.Expr
	}
	return ""
}

// check verifies a candidate beyond its expression. It may note a detail, mark
// it as a sample, or say that it is nothing.
type check func(c *candidate) bool

// checkOf is the check called name; nil where there is none.
func checkOf(name string) check {
	switch name {
	case "crc32":
		return checkCRC
	case "aws-account":
		return checkAWSAccount
	case "jwt":
		return checkJWT
	case "jwt-base64":
		return checkWrappedJWT
	case "base64-json":
		return checkBase64JSON
	case "mixed":
		return checkMixed
	case "digit":
		return checkDigit
	case "symbol":
		return checkSymbol
	case "random":
		return checkRandom
	case "setting":
		return checkSetting
	case "password":
		return checkPassword
	case "plausible":
		return checkPlausible
	case "named":
		return checkNamed
	}
	return nil
}

func knownCheck(names string) bool {
	for name := range strings.FieldsSeq(names) {
		if checkOf(name) == nil {
			return false
		}
	}
	return true
}

// verify runs the checks of a candidate's pattern.
func (c *candidate) verify() bool {
	for name := range strings.FieldsSeq(c.pattern.Check) {
		if f := checkOf(name); f == nil || !f(c) {
			return false
		}
	}
	return true
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// checkCRC verifies the last six characters of tokens of GitHub and npm: the
// CRC-32 of what is between prefix and them, in base 62 ("Behind GitHub's new
// authentication token formats"). Longer tokens have another format.
func checkCRC(c *candidate) bool {
	text := c.secret()
	_, body, ok := bytes.Cut(text, []byte("_"))
	if !ok || len(body) != 36 {
		return true
	}
	sum := crc32.ChecksumIEEE(body[:30])
	var want [6]byte
	for i := len(want) - 1; i >= 0; i-- {
		want[i] = base62[sum%62]
		sum /= 62
	}
	if bytes.Equal(want[:], body[30:]) {
		c.detail = "its checksum holds"
		c.sample = false
	} else {
		c.detail = "its checksum does not hold: cut, altered or made up"
	}
	return true
}

// checkAWSAccount reads the account from an access key id: bits 1 to 40 of what
// follows the prefix, in base 32, for keys issued since 2019.
func checkAWSAccount(c *candidate) bool {
	text := c.secret()
	raw, err := base32.StdEncoding.DecodeString(string(text[4:]))
	if err != nil || text[4] < 'Q' {
		return true
	}
	var n uint64
	for _, b := range raw[:6] {
		n = n<<8 | uint64(b)
	}
	if n = n & 0x7fff_ffff_ff80 >> 7; n < 1_000_000_000_000 {
		c.detail = fmt.Sprintf("AWS account %012d", n)
	}
	return true
}

// decodeBase64 decodes either alphabet, with or without padding, and as much of
// what is cut as there is.
func decodeBase64(text []byte) []byte {
	text = bytes.TrimRight(text, "=")
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	plain := bytes.Map(func(r rune) rune {
		switch r {
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, text)
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(plain)))
	n, err := base64.RawStdEncoding.Decode(out, plain)
	if err != nil {
		return nil
	}
	return out[:n]
}

// checkJWT decodes a JSON Web Token (RFC 7519). One that does not decode is no
// token that anything accepts.
func checkJWT(c *candidate) bool {
	text := c.secret()
	parts := bytes.SplitN(text, []byte("."), 3)
	var header struct {
		Alg string `json:"alg"`
		Enc string `json:"enc"`
	}
	if json.Unmarshal(decodeBase64(parts[0]), &header) != nil || len(parts) < 2 {
		c.sample = true
		c.detail = "does not decode: cut or made up"
		return classes(text) == 3 && (c.assigned != nil || bytes.HasPrefix(text, []byte("eyJ")))
	}
	var claims struct {
		Issuer  json.RawMessage `json:"iss"`
		Subject json.RawMessage `json:"sub"`
		Expires *float64        `json:"exp"`
	}
	if json.Unmarshal(decodeBase64(parts[1]), &claims) != nil {
		c.detail = "JWT, " + clip(header.Alg)
		return true
	}
	c.detail = "JWT"
	var issuer string
	if json.Unmarshal(claims.Issuer, &issuer) == nil && issuer != "" {
		c.detail += " issued by " + clip(issuer)
	}
	if e := claims.Expires; e != nil && *e > 0 && *e < 1e11 {
		c.detail += ", valid to " + time.Unix(int64(*e), 0).UTC().Format(time.DateOnly)
	}
	if string(claims.Subject) == `"1234567890"` {
		c.sample = true // the sample of jwt.io
	}
	if strings.EqualFold(header.Alg, "none") {
		c.detail += ", not signed"
	}
	return true
}

// clip makes a short string of printable characters out of any.
func clip(s string) string {
	if len(s) > 80 {
		s = s[:80] + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			return '?'
		}
		return r
	}, s)
}

// checkWrappedJWT decodes base64 around a token in base64.
func checkWrappedJWT(c *candidate) bool {
	inner := decodeBase64(c.secret())
	first, _, _ := bytes.Cut(inner, []byte("."))
	header := decodeBase64(first)
	if len(header) < 8 || header[0] != '{' {
		return false
	}
	c.detail = "a JWT in base64"
	// A JOSE header begins with a name: {"alg":
	end := bytes.Index(header, []byte(`":`))
	return end > 2 && header[1] == '"' && printable(header[:end])
}

// checkBase64JSON asks that the secret is JSON in base64, or begins as that
// does.
func checkBase64JSON(c *candidate) bool {
	inner := bytes.TrimSpace(decodeBase64(c.secret()))
	return len(inner) > 0 && inner[0] == '{'
}

// classes is how many of capital letters, small letters and digits text has.
func classes(text []byte) int {
	var upper, lower, digit int
	for _, c := range text {
		switch {
		case c >= 'A' && c <= 'Z':
			upper = 1
		case c >= 'a' && c <= 'z':
			lower = 1
		case isDigit(c):
			digit = 1
		}
	}
	return upper + lower + digit
}

// checkMixed asks for capital letters, small letters and digits.
func checkMixed(c *candidate) bool { return classes(c.secret()) == 3 }

// checkDigit asks for a digit and a letter.
func checkDigit(c *candidate) bool {
	text := c.secret()
	return bytes.ContainsAny(text, "0123456789") && bytes.ContainsFunc(text, func(r rune) bool { return r < 0x80 && isAlpha(byte(r)) })
}

// checkSymbol asks for anything but letters in both cases, which are the name of
// something in source code: of four thousand random keys one is like that.
func checkSymbol(c *candidate) bool {
	text := c.secret()
	onlyLetters := !bytes.ContainsFunc(text, func(r rune) bool { return r >= 0x80 || !isAlpha(byte(r)) })
	return !onlyLetters || classes(text) < 2
}

// checkRandom asks for a string that nobody would write as a name.
func checkRandom(c *candidate) bool { return random(c.secret()) }

// checkPlausible asks that the secret is a password rather than a word that
// stands for one.
func checkPlausible(c *candidate) bool { return plausiblePassword(c.secret()) }
