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

func filePrivateKey() rule.Rule {
	return rule.Rule{
		ID:    "file-private-key",
		Title: "A private key is in the image",
		Why: "Everyone who can pull the image has the key, also when a later layer deletes the file. " +
			"Whoever has it can pose as its owner until it is replaced everywhere. " +
			"Replace the key, and hand the new one in when it is needed: RUN --mount=type=secret or type=ssh for a build, a mounted secret at run time.",
		Bad:      "-rw------- 0 0 400 root/.ssh/id_ed25519\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n    -----END OPENSSH PRIVATE KEY-----\n",
		Good:     "-rw-r--r-- 0 0 400 root/.ssh/id_ed25519.pub\n    ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL me@example\n",
		Severity: finding.High,
		Aliases:  []string{"CIS-DI-0010"},
		Since:    "2026.1",
		Want:     wantKeys(),
		File:     noteKey,
		Image: func(im *rule.Image) {
			all := gather(leaks(im), func(n *inventory.Note) string {
				if keySeverity(im, *n) == finding.Info {
					return inLayer(n, "sample")
				}
				return inLayer(n, n.Path)
			})
			reportUntold(im, all, func(g *gathering) rule.Found {
				n := g.first
				f := rule.Found{At: rule.At(n), Severity: keySeverity(im, n), Message: fmt.Sprintf("%s is %s.%s", shown(n.Path), n.Text, gone(n))}
				if g.files > 1 {
					f.Message = fmt.Sprintf("%s, by their paths there for tests or as samples: %s.", counted(g.files, "private key"), somePaths(g.paths, g.files))
				}
				if !isSecretFile(n.Path) {
					f.Aliases = []string{}
				}
				return f
			})
		},
	}
}

// maxKeyFile is how much of a file is looked into for a key. A file that holds
// more than keys, such as a bundle of certificates, may be large.
const maxKeyFile = 256 << 10

// wantKeys selects files by the names that keys have.
func wantKeys() []walk.Pattern {
	var want []walk.Pattern
	for _, name := range []string{
		"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk", "identity", "*.pem", "*.key", "*.ppk", "*.p12", "*.pfx", "*.jks",
		"*.keystore", "*.kdbx", "*.p8", "*.pk8", "*.private_key", "*.rsa", "*.pvk", "*.asc", "*.gpg",
	} {
		want = append(want, walk.Pattern{Glob: "**/" + name, MinSize: 16, MaxSize: 4 << 20})
	}
	return want
}

// noteKey notes a file that holds a private key.
func noteKey(_ context.Context, f *walk.File, note func(inventory.Note)) error {
	if isHostKey(f.Path) {
		return nil // ssh-host-key speaks of it
	}
	head, err := f.Head(walk.HeadSize)
	if err != nil {
		return err
	}
	if what := storeKind(f.Path, head); what != "" {
		note(inventory.Note{ID: "store", Text: what, Size: f.Size})
		return nil
	}
	text := head
	if f.Size > int64(len(head)) && f.Size <= maxKeyFile {
		if text, err = f.Bytes(maxKeyFile); err != nil {
			return err
		}
	}
	if k, ok := keyIn(text); ok {
		note(inventory.Note{ID: k.id, Text: k.what, Line: k.line, Size: f.Size})
	}
	return nil
}

// storeKind names a file that by name and first bytes is a store of keys, which
// a password may protect.
func storeKind(p string, head []byte) string {
	starts := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	if strings.Contains(baseOf(p), "trust") || strings.Contains(baseOf(p), "cacert") {
		return ""
	}
	switch p[strings.LastIndexByte(p, '.')+1:] {
	case "p12", "pfx":
		if starts("\x30\x82") || starts("\x30\x80") || starts("\x30\x83") {
			return "a PKCS #12 store, made to hold a private key"
		}
	case "jks", "keystore":
		if starts("\xfe\xed\xfe\xed") || starts("\xce\xce\xce\xce") || starts("\x30\x82") {
			return "a Java key store"
		}
	case "kdbx":
		if starts("\x03\xd9\xa2\x9a") {
			return "a KeePass database of passwords"
		}
	}
	return ""
}

// foundKey is a key in a text.
type foundKey struct {
	id   string // "plain", "encrypted" or "cut"
	what string
	line int
}

// keyIn finds the first private key in a text: in PEM as RFC 7468 and OpenSSL
// have it, in OpenPGP's armour, or as PuTTY writes it.
func keyIn(text []byte) (foundKey, bool) {
	if bytes.HasPrefix(text, []byte("PuTTY-User-Key-File-")) {
		k := foundKey{"plain", "a private key of PuTTY, without a passphrase", 1}
		if !bytes.Contains(text, []byte("Encryption: none")) {
			k = foundKey{"encrypted", "a private key of PuTTY with a passphrase", 1}
		}
		return k, true
	}
	begin, dashes := []byte("-----BEGIN "), []byte("-----")
	for at := 0; ; {
		i := bytes.Index(text[at:], begin)
		if i < 0 {
			return foundKey{}, false
		}
		at += i + len(begin)
		label, _, ok := bytes.Cut(text[at:min(len(text), at+64)], dashes)
		if !ok || !bytes.HasSuffix(label, []byte("PRIVATE KEY")) && !bytes.HasSuffix(label, []byte("PRIVATE KEY BLOCK")) {
			continue
		}
		content, _, whole := bytes.Cut(text[at+len(label)+len(dashes):], []byte("-----END "+string(label)))
		if whole && keyBytes(content) < 24 {
			continue // a placeholder: "..."
		}
		k := foundKey{"plain", "a private key (" + string(label) + "), without a passphrase", 1 + bytes.Count(text[:at], []byte("\n"))}
		switch {
		case !whole:
			k.id, k.what = "cut", "the beginning of a private key ("+string(label)+")"
		case bytes.HasPrefix(label, []byte("ENCRYPTED")), bytes.Contains(content, []byte("Proc-Type: 4,ENCRYPTED")), isEncryptedOpenSSH(content):
			k.id, k.what = "encrypted", "a private key ("+string(label)+") with a passphrase"
		}
		return k, true
	}
}

// keyBytes counts what is base64 in a PEM.
func keyBytes(content []byte) int {
	n := 0
	for _, c := range content {
		if isAlnum(c) || c == '+' || c == '/' || c == '=' {
			n++
		}
	}
	return n
}

// isEncryptedOpenSSH looks for the name of a cipher where OpenSSH's own format
// (PROTOCOL.key) has it: base64 of "openssh-key-v1", NUL, then the length 4 and
// "none" where there is none.
func isEncryptedOpenSSH(content []byte) bool {
	content = bytes.TrimSpace(content)
	const plain = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU"
	return bytes.HasPrefix(content, []byte(plain[:20])) && !bytes.HasPrefix(content, []byte(plain))
}

// keySeverity is less where a passphrase stands before the key, and information
// only where the key is there to test or to show something or came with a
// package that everyone has.
func keySeverity(im *rule.Image, n inventory.Note) finding.Severity {
	owner, owned := im.Owner(n.Path)
	switch {
	case owned && owner != "" || isSample(n.Path):
		return finding.Info
	case n.ID == "plain":
		return finding.High
	case n.ID == "cut":
		return finding.Low
	}
	return finding.Medium
}
