package python

import (
	"archive/zip"
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// readFile runs the cataloger over one file.
func readFile(path string, content []byte) (*inventory.Part, error) {
	part := &inventory.Part{}
	f := walk.NewFile(path, 0o644, int64(len(content)), bytes.NewReader(content))
	err := Cataloger().Read(context.Background(), f, part)
	return part, err
}

func TestParse(t *testing.T) {
	tests := []struct {
		name, content string
		want          metadata
		licenses      []string
	}{
		{
			"plain", "Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0\nLicense: MIT\nClassifier: License :: OSI Approved :: MIT License\n\nName: body\n",
			metadata{name: "PyYAML", version: "6.0", license: "MIT", classifiers: []string{"MIT License"}}, []string{"MIT"},
		},
		{
			"any case, carriage returns, byte order mark, first one counts", "\xef\xbb\xbfname: a.b\r\nVERSION: 1\r\nversion: 2\r\n",
			metadata{name: "a.b", version: "1"}, nil,
		},
		{
			"expression before the rest", "Name: a\nVersion: 1\nLicense: x\nLicense-Expression: MIT OR Apache-2.0\n",
			metadata{name: "a", version: "1", license: "x", expression: "MIT OR Apache-2.0"}, []string{"Apache-2.0", "MIT"},
		},
		{
			"a whole licence text is none", "Name: a\nLicense: Permission is hereby\n        granted\nVersion: 1\nClassifier: License :: OSI Approved\nClassifier: License :: OSI Approved :: BSD License\nClassifier: License :: Public Domain\n",
			metadata{name: "a", version: "1", classifiers: []string{"BSD License", "Public Domain"}}, []string{"BSD License", "Public Domain"},
		},
		{
			"lines that are no header", "Name: a\nKeywords: x\ny z\nhttp colon: 1\n:\nVersion: 1\nLicense: UNKNOWN\n",
			metadata{name: "a", version: "1"}, nil,
		},
		{"folded name", "Name:\n a\nVersion: 1", metadata{name: "a", version: "1"}, nil},
		{"a very long line", "Description: " + strings.Repeat("x", 3*maxLine) + "\nName: a\nVersion: 1\n", metadata{name: "a", version: "1"}, nil},
		{"empty", "", metadata{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parse(strings.NewReader(tt.content))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(metadata{})); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.licenses, got.licenses()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNormalize(t *testing.T) {
	for name, want := range map[string]string{
		"PyYAML": "pyyaml", "backports.ssl_match_hostname": "backports-ssl-match-hostname",
		"a--b__c..d": "a-b-c-d", "-a-": "-a-",
	} {
		if got := normalize(name); got != want {
			t.Errorf("normalize(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestRead(t *testing.T) {
	content := []byte("Name: Flask_Login\nVersion: 0.6.3\nLicense: MIT\n")
	for _, path := range []string{
		"usr/lib/python3/dist-packages/Flask_Login-0.6.3.dist-info/METADATA",
		"app/Flask_Login.egg-info/PKG-INFO",
		"app/x.egg/EGG-INFO/PKG-INFO",
		"app/Flask_Login-0.6.3.egg-info",
		"app/x.egg",
	} {
		t.Run(path, func(t *testing.T) {
			content := content
			if strings.HasSuffix(path, ".egg") {
				content = egg(t, "EGG-INFO/PKG-INFO", content)
			}
			part, err := readFile(path, content)
			if err != nil {
				t.Fatal(err)
			}
			want := []inventory.Package{{
				PURL: "pkg:pypi/flask-login@0.6.3", Ecosystem: "pypi", Name: "Flask_Login", Version: "0.6.3",
				Licenses: []string{"MIT"}, At: inventory.Place{Path: path},
			}}
			if diff := cmp.Diff(want, part.Files[0].Packages); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadBroken(t *testing.T) {
	tests := []struct {
		name, path, want string
		content          []byte
	}{
		{"noise", "a.dist-info/METADATA", "without a Name", []byte("\x00\x01\x02\xff")},
		{"a name of two words", "a.dist-info/METADATA", "is no name", []byte("Name: a b\nVersion: 1\n")},
		{"empty", "a.dist-info/METADATA", "without a Name", nil},
		{"no zip", "a.egg", "read egg", []byte("no zip")},
		{"an egg without metadata", "a.egg", "no EGG-INFO/PKG-INFO", egg(t, "x", []byte("x"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			part, err := readFile(tt.path, tt.content)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if len(part.Files) != 1 {
				t.Error("a broken file must still take the place of the one below")
			}
		})
	}
}

// egg makes a zip file with one entry.
func egg(t testing.TB, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(content)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("Name: a\nVersion: 1\nLicense: x\n y\n\tz\n\nbody"))
	f.Add([]byte("Classifier: License :: OSI Approved :: MIT License\nname:a"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parse(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range append(m.licenses(), m.name, m.version) {
			if len(s) > maxValue {
				t.Fatalf("a value of %d bytes", len(s))
			}
		}
	})
}

func FuzzEgg(f *testing.F) {
	f.Add(egg(f, "EGG-INFO/PKG-INFO", []byte("Name: a\nVersion: 1\n")))
	f.Fuzz(func(t *testing.T, b []byte) {
		part, _ := readFile("a.egg", b)
		if len(part.Files) != 1 {
			t.Fatal("the file was not recorded")
		}
	})
}

func BenchmarkParse(b *testing.B) {
	content := []byte("Metadata-Version: 2.1\nName: a\nVersion: 1\n" + strings.Repeat("Classifier: Programming Language :: Python :: 3\n", 40) +
		"\n" + strings.Repeat("description\n", 500))
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if _, err := parse(bytes.NewReader(content)); err != nil {
			b.Fatal(err)
		}
	}
}
