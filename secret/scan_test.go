package secret

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// token makes a string that looks like a token: prefix and n characters of
// letters and digits. Tests make their secrets, so that none is written here.
func token(r *rand.Rand, prefix string, n int) string {
	var b strings.Builder
	b.WriteString(prefix)
	for range n {
		b.WriteByte(base62[r.IntN(len(base62))])
	}
	return b.String()
}

func newRand() *rand.Rand { return rand.New(rand.NewPCG(7, 7)) }

// compare leaves out what only the engine knows.
var compare = cmpopts.IgnoreUnexported(Match{}, Kind{})

// inChunks scans text in pieces of sizes that next gives.
func inChunks(f *Finder, text []byte, next func() int) []Match {
	s := f.NewScan("", int64(len(text)))
	for len(text) > 0 {
		n := min(max(next(), 1), len(text))
		_, _ = s.Write(text[:n])
		text = text[n:]
	}
	return s.Close()
}

// inPieces does so without copies. Each piece is overwritten before the next, as
// a caller may do.
func inPieces(f *Finder, text []byte, next func() int) []Match {
	s := f.NewScan("", int64(len(text)))
	var last []byte
	for from := 0; from < len(text); {
		n := min(max(next(), 1), len(text)-from)
		seen := min(Overlap, len(last))
		piece := bytes.Clone(text[from-seen : from+n])
		clear(last)
		s.Piece(piece, seen)
		last, from = piece, from+n
	}
	return s.Close()
}

// TestChunks finds the same in pieces as in the whole.
func TestChunks(t *testing.T) {
	f := finder(t)
	filler := "let value = compute(token, key)  // auth\n"
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		var b strings.Builder
		for b.Len() < bufferSize+bufferSize/2 {
			b.WriteString(strings.Repeat(filler, r.IntN(900)))
			switch r.IntN(5) {
			case 0:
				b.WriteString("x = " + token(r, "ghp_", 36) + "\n")
			case 1:
				b.WriteString(`"api_token": "` + token(r, "", 40) + "\"\n")
			case 2:
				b.WriteString(pemKey(r, 20))
			case 3:
				b.WriteString(strings.Repeat("a", r.IntN(70_000)))
			case 4:
				b.WriteString("postgres://app:" + token(r, "", 14) + "@db/x\n")
			}
		}
		text := []byte(b.String())
		whole := f.Find(text)
		chunks := inChunks(f, text, func() int { return r.IntN(50_000) })
		if diff := cmp.Diff(whole, chunks, compare); diff != "" {
			t.Fatal(diff)
		}
		pieces := inPieces(f, text, func() int { return r.IntN(150_000) })
		if diff := cmp.Diff(whole, pieces, compare); diff != "" {
			t.Fatal(diff)
		}
		if len(whole) == 0 {
			t.Fatal("nothing was found")
		}
	})
}

// pemKey is a private key that does not parse, of some lines of base64.
func pemKey(r *rand.Rand, lines int) string {
	var b strings.Builder
	b.WriteString("-----BEGIN RSA " + "PRIVATE KEY-----\n")
	for range lines {
		b.WriteString(token(r, "", 64) + "\n")
	}
	b.WriteString("-----END RSA " + "PRIVATE KEY-----\n")
	return b.String()
}

func FuzzScan(f *testing.F) {
	r := newRand()
	f.Add([]byte("token = "+token(r, "ghp_", 36)), uint64(1))
	f.Add([]byte(pemKey(r, 3)), uint64(2))
	f.Add([]byte("kind: Secret\ndata:\n  a: "+token(r, "", 24)+"\n"), uint64(3))
	f.Add([]byte("curl -u me:"+token(r, "", 12)+" -H 'Authorization: Bearer "+token(r, "", 30)+"'"), uint64(4))
	f.Add([]byte("\xff\xfea\x00p\x00i\x00"), uint64(5))
	f.Add([]byte("eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9."), uint64(6))
	f.Add([]byte("<add key=\"Password\" value=\"x\"/> https://a:b@c AKIA"+strings.Repeat("Q", 16)), uint64(7))
	finder, err := New(Kinds(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		whole := finder.Find(text)
		chunks := inChunks(finder, text, func() int { return r.IntN(len(text) + 1) })
		if diff := cmp.Diff(whole, chunks, compare); diff != "" {
			t.Fatal(diff)
		}
		if isWide(text) {
			return // whose first piece has both bytes that tell it
		}
		pieces := inPieces(finder, text, func() int { return r.IntN(len(text) + 1) })
		if diff := cmp.Diff(whole, pieces, compare); diff != "" {
			t.Fatal(diff)
		}
		for _, m := range whole {
			if m.Start < 0 || m.End > int64(len(text)) || m.Start > m.End || m.Line < 1 || m.Column < 1 {
				t.Fatalf("%+v in %d bytes", m, len(text))
			}
			if len(m.Secret) >= 20 && strings.Contains(m.Redacted, m.Secret) {
				t.Fatalf("not redacted: %s", m.Redacted)
			}
		}
	})
}

// TestPlace tells line and column, also far into a file.
func TestPlace(t *testing.T) {
	f := finder(t)
	secret := token(newRand(), "glpat-", 20)
	text := strings.Repeat("0123456789abcdef 0123456789\n", 50_000) + "  x: " + secret + "\n"
	got := scanText(f, "app/config.yml", []byte(text))
	if len(got) != 1 {
		t.Fatalf("%d matches", len(got))
	}
	m := got[0]
	if m.Line != 50_001 || m.Column != 6 || m.Secret != secret || m.Start != int64(strings.Index(text, secret)) || m.End != m.Start+int64(len(secret)) {
		t.Errorf("%+v", m)
	}
}

// TestWide finds secrets in UTF-16 of both orders.
func TestWide(t *testing.T) {
	f := finder(t)
	secret := token(newRand(), "ghp_", 36)
	for _, big := range []bool{false, true} {
		var text []byte
		for _, u := range utf16.Encode([]rune("\ufeffpwsh – $env:GH = '" + secret + "'\r\n")) {
			if big {
				text = append(text, byte(u>>8), byte(u))
			} else {
				text = append(text, byte(u), byte(u>>8))
			}
		}
		for _, got := range [][]Match{f.Find(text), inChunks(f, text, func() int { return 3 })} {
			if len(got) != 1 || got[0].Secret != secret {
				t.Fatalf("big %v: %+v", big, got)
			}
			m := got[0]
			if raw := bytes.ReplaceAll(text[m.Start:m.End], []byte{0}, nil); string(raw) != secret {
				t.Errorf("big %v: at %d is %q", big, m.Start, raw)
			}
		}
	}
}

// TestLongLine scans a line of many megabytes in little memory.
func TestLongLine(t *testing.T) {
	f := finder(t)
	r := newRand()
	secret := token(r, "npm_", 36)
	line := bytes.Repeat([]byte("abc,def;password=;key:token=x "), 4<<10)
	s := f.NewScan("bundle.js", 0)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 256 {
		_, _ = s.Write(line)
	}
	_, _ = s.Write([]byte(secret + " "))
	for range 16 {
		_, _ = s.Write(line)
	}
	runtime.ReadMemStats(&after)
	got := s.Close()
	if len(got) != 1 || got[0].Secret != secret || got[0].Line != 1 || got[0].Column != 256*len(line)+1 {
		t.Errorf("%+v", got)
	}
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 8<<20 {
		t.Errorf("%d bytes were taken for %d", grown, 272*len(line))
	}
}

// TestMany bounds the matches of one file.
func TestMany(t *testing.T) {
	f := finder(t)
	r := newRand()
	var b strings.Builder
	for range 5 * MaxMatches {
		b.WriteString(token(r, "x=ghp_", 36) + "\n")
	}
	got := f.Find([]byte(b.String()))
	if len(got) != MaxMatches || got[0].Line != 1 {
		t.Errorf("%d matches", len(got))
	}
}

// TestHostile gives texts that are all keywords and beginnings: none may take
// much longer than its length in source text.
func TestHostile(t *testing.T) {
	f := finder(t)
	for name, part := range map[string]string{
		"pem":        "-----BEGIN RSA " + "PRIVATE KEY-----\n",
		"password":   "password=password=",
		"jwt":        "eyJ.eyJ.eyJ.",
		"long jwt":   ".eyJ" + strings.Repeat("a", 40),
		"url":        "://a:b@://",
		"curl":       "curl -u a:b -H 'Authorization: Bearer x' ",
		"kubernetes": "\nkind: Secret\n",
		"putty":      "PuTTY-User-Key-File-2: \n",
		"connection": "server=a;password=",
		"azure":      "8Q~8Q~a",
		"xml":        "<!-- <password>",
		"service":    `"type": "service_account"`,
		"pair":       "AKIA" + strings.Repeat("Q", 16) + " ",
		"webhook":    "webhook.office.com/webhookb2/IncomingWebhook",
		"base64":     "LS0tLS1CRUdJTi",
		"auth":       `{"auth": "`,
	} {
		t.Run(name, func(t *testing.T) {
			text := []byte(strings.Repeat(part, 1<<20/len(part)))
			s := f.NewScan("a.yaml", 0)
			_, _ = s.Write(text)
			if got := s.Close(); len(got) > MaxMatches {
				t.Errorf("%d matches", len(got))
			}
		})
	}
}

// TestConcurrent uses one Finder from several goroutines.
func TestConcurrent(t *testing.T) {
	f := finder(t)
	r := newRand()
	text := []byte("a: " + token(r, "ghp_", 36) + "\nb: " + token(r, "glpat-", 20) + "\n" + pemKey(r, 4))
	done := make(chan string)
	for range 4 {
		go func() {
			for range 20 {
				if got := len(f.Find(text)); got != 3 {
					done <- fmt.Sprintf("%d matches, want 3", got)
					return
				}
			}
			done <- ""
		}()
	}
	for range 4 {
		if fault := <-done; fault != "" {
			t.Error(fault)
		}
	}
}
