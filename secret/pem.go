package secret

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
)

// maxKey is how much of a private key is read, in bytes; keys of 16384 bits have
// 12,800.
const maxKey = 24 << 10

// readPEM reads a private key between its BEGIN and END lines (RFC 7468), also
// as a string in source code or in JSON, with escapes and quotes, and one that
// is cut.
func readPEM(w *window, at int) []candidate {
	const dashes = "-----"
	labelStart := at + len("-----begin")
	limit := min(w.hi, labelStart+100)
	n := bytes.Index(w.text[labelStart:limit], []byte(dashes))
	if n < 0 {
		return nil
	}
	label := strings.ToUpper(strings.TrimSpace(string(w.text[labelStart : labelStart+n])))
	if !strings.HasSuffix(label, "PRIVATE KEY") && !strings.HasSuffix(label, "PRIVATE KEY BLOCK") {
		return nil
	}
	start := labelStart + n + len(dashes)
	body, end, closed := w.keyBody(start)
	if len(body) < 30 || !closed && len(body) < 200 || bytes.Contains(body, []byte("...")) {
		return nil
	}
	c := span(at, end)
	c.shown = start - at
	if most, _ := commonest(body); most*4 > len(body)*3 || entropy(body) < 3 {
		return nil
	}
	c.detail = describeKey(label, body, w.text[start:end])
	if !closed {
		c.detail += ", cut"
	}
	return []candidate{c}
}

// keyBody collects the base64 from start to the next dashes, and tells where
// that ends and whether it ends with an END line.
func (w *window) keyBody(start int) (body []byte, end int, closed bool) {
	limit := min(w.hi, start+maxKey)
	stop := limit
	if n := bytes.Index(w.text[start:limit], []byte("-----")); n >= 0 {
		stop = start + n
		closed = foldedPrefix(w.text[stop:w.hi], "-----end")
	}
	w.work.spent += 4 * int64(stop-start)
	other := 0
	lines := bytes.FieldsFunc(w.text[start:stop], func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range lines {
		if colon := bytes.IndexByte(line, ':'); colon > 0 && colon < 24 && bytes.IndexByte(line, '-') > 0 || bytes.HasPrefix(line, []byte("Version: ")) {
			continue // Proc-Type: and other headers
		}
		for i := 0; i < len(line); i++ {
			switch c := line[i]; {
			case c == '\\' && i+1 < len(line):
				i++ // \n
			case isAlnum(c) || c == '+' || c == '/' || c == '=':
				body = append(body, c)
			case isBlank(c) || isQuote(c) || strings.IndexByte(",;.#*", c) >= 0:
			default:
				other++
			}
		}
	}
	if other*8 > len(body) {
		return nil, stop, closed
	}
	end = stop
	if closed {
		if n := bytes.Index(w.text[stop+5:min(w.hi, stop+120)], []byte("-----")); n >= 0 {
			end = stop + 5 + n + 5
		}
	}
	return body, end, closed
}

// describeKey tells what a private key is for, as far as it parses.
func describeKey(label string, body, raw []byte) string {
	der := decodeBase64(body)
	switch {
	case strings.Contains(label, "ENCRYPTED"), bytes.Contains(raw, []byte("Proc-Type: 4,ENCRYPTED")):
		return "encrypted private key"
	case strings.Contains(label, "PGP"):
		return "PGP private key"
	case strings.Contains(label, "OPENSSH"):
		return describeOpenSSH(der)
	}
	var probe asn1.RawValue
	if _, err := asn1.Unmarshal(der, &probe); err != nil || probe.Tag != asn1.TagSequence {
		return "private key that does not parse"
	}
	switch strings.TrimSuffix(label, "PRIVATE KEY") {
	case "EC ":
		return "EC private key"
	case "DSA ":
		return "DSA private key"
	case "RSA ":
		return describeRSA(der)
	}
	var pkcs8 struct {
		Version   int
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Key []byte
	}
	if _, err := asn1.Unmarshal(der, &pkcs8); err != nil {
		return "private key"
	}
	switch pkcs8.Algorithm.ID.String() {
	case "1.2.840.113549.1.1.1":
		return describeRSA(pkcs8.Key)
	case "1.2.840.10045.2.1":
		return "EC private key"
	case "1.3.101.112":
		return "Ed25519 private key"
	case "1.3.101.110":
		return "X25519 private key"
	}
	return "private key"
}

// describeRSA tells the size of an RSA key (RFC 8017).
func describeRSA(der []byte) string {
	var key struct {
		Version int
		N       *big.Int
		E       *big.Int
	}
	// What follows the modulus is of no interest, and may be cut.
	var probe asn1.RawValue
	if _, err := asn1.Unmarshal(der, &probe); err != nil {
		return "RSA private key"
	}
	rest := probe.Bytes
	var err error
	if rest, err = asn1.Unmarshal(rest, &key.Version); err != nil {
		return "RSA private key"
	}
	if _, err = asn1.Unmarshal(rest, &key.N); err != nil || key.N.Sign() <= 0 {
		return "RSA private key"
	}
	return fmt.Sprintf("RSA %d private key", key.N.BitLen())
}

// describeOpenSSH tells the cipher of an OpenSSH key: openssh-key-v1, a zero
// byte, and a string of the name of the cipher.
func describeOpenSSH(der []byte) string {
	const magic = "openssh-key-v1\x00\x00\x00\x00"
	if !bytes.HasPrefix(der, []byte(magic)) || len(der) < len(magic)+5 {
		return "OpenSSH private key"
	}
	if n := int(der[len(magic)]); n == 4 && bytes.HasPrefix(der[len(magic)+1:], []byte("none")) {
		return "OpenSSH private key without a passphrase"
	}
	return "encrypted OpenSSH private key"
}

// readWrappedPEM reads a private key whose PEM is in base64 again, as kubeconfig
// and Kubernetes have it.
func readWrappedPEM(w *window, at int) []candidate {
	if !w.opensWord(at) {
		return nil
	}
	end := min(w.run(at, "+/="), at+maxKey)
	w.work.spent += 4 * int64(end-at)
	inner := decodeBase64(w.text[at:end])
	if !bytes.HasPrefix(inner, []byte("-----BEGIN")) || !bytes.Contains(inner[:min(len(inner), 80)], []byte("PRIVATE KEY-----")) || len(inner) < 100 {
		return nil
	}
	c := span(at, end)
	c.detail = "a PEM private key in base64"
	return []candidate{c}
}

// readPuTTY reads a key file of PuTTY.
func readPuTTY(w *window, at int) []candidate {
	limit := min(w.hi, at+maxKey)
	text := w.text[at:limit]
	w.work.spent += int64(len(text))
	if bytes.IndexByte(text[:min(len(text), 120)], '\n') < 0 {
		return nil
	}
	n := bytes.Index(text, []byte("\nPrivate-Lines: "))
	if n < 0 {
		return nil
	}
	end := n + len("\nPrivate-Lines: ")
	if mac := bytes.Index(text[end:], []byte("\nPrivate-M")); mac >= 0 {
		end += mac
	} else {
		end = len(text)
	}
	c := span(at, at+end)
	c.shown = len("PuTTY-User-Key-File-")
	c.detail = "encrypted PuTTY key"
	if bytes.Contains(text[:n], []byte("\nEncryption: none")) {
		c.detail = "PuTTY key without a passphrase"
	}
	return []candidate{c}
}
