package java

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/flate"

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

// member is one entry of an archive made for a test.
type member struct {
	name, content string
	stored        bool
}

// pack makes an archive.
func pack(t testing.TB, members ...member) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		if m.stored {
			h.Method = zip.Store
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// properties is the pom.properties of a library.
func properties(group, artifact, version string) member {
	return member{
		name:    "META-INF/maven/" + group + "/" + artifact + "/pom.properties",
		content: "#Generated\nversion=" + version + "\ngroupId=" + group + "\nartifactId=" + artifact + "\n",
	}
}

// list writes packages as "path name version [licences]".
func list(part *inventory.Part) []string {
	var all []string
	for _, p := range part.Files[0].Packages {
		line := p.At.Path + " " + p.Name + " " + p.Version
		if len(p.Licenses) > 0 {
			line += " " + strings.Join(p.Licenses, ",")
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

func TestRead(t *testing.T) {
	manifest := func(lines ...string) member {
		return member{name: manifestName, content: "Manifest-Version: 1.0\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\nName: x\r\nImplementation-Version: 9\r\n"}
	}
	pom := member{name: "META-INF/maven/org.a/b/pom.xml", content: `<?xml version="1.0"?><project><parent><groupId>org.parent</groupId><version>1.0</version></parent>
		<artifactId>b</artifactId><dependencies><dependency><version>7</version></dependency></dependencies>
		<licenses><license><name>http://www.apache.org/licenses/LICENSE-2.0.txt</name><url>u</url></license></licenses></project>`}
	inner := pack(t, properties("org.in", "inner", "2.0"))
	tests := []struct {
		name, path string
		members    []member
		want       []string
	}{
		{"properties", "a/b-1.0.jar", []member{properties("org.a", "b", "1.0"), pom}, []string{"a/b-1.0.jar org.a:b 1.0 Apache-2.0"}},
		{"pom.xml alone", "b-1.0.jar", []member{pom}, []string{"b-1.0.jar org.a:b 1.0 Apache-2.0"}},
		{"renamed", "app.jar", []member{properties("org.a", "b", "1.0"), manifest("Bundle-License: MIT")}, []string{"app.jar org.a:b 1.0 MIT"}},
		{
			"shaded", "b-1.0.jar", []member{properties("org.a", "b", "1.0"), properties("org.c", "d", "2")},
			[]string{"b-1.0.jar org.a:b 1.0", "b-1.0.jar org.c:d 2"},
		},
		{
			"shaded, own properties left out", "commons-io-2.11.0.jar", []member{properties("org.c", "d", "2")},
			[]string{"commons-io-2.11.0.jar commons-io:commons-io 2.11.0", "commons-io-2.11.0.jar org.c:d 2"},
		},
		{"name alone", "log4j-core-2.14.1.jar", []member{manifest()}, []string{"log4j-core-2.14.1.jar org.apache.logging.log4j:log4j-core 2.14.1"}},
		{
			"symbolic name", "x-y-1.0.jar", []member{manifest("Bundle-SymbolicName: org.some.x-y;singleton:=true", "Bundle-License: http://opensource.org/licenses/MIT;description=\"a, b\", EPL-2.0")},
			[]string{"x-y-1.0.jar org.some:x-y 1.0 MIT,EPL-2.0"},
		},
		{"vendor", "x-1.0.jar", []member{manifest("implementation-vendor-id: org.ven", " dor")}, []string{"x-1.0.jar org.vendor:x 1.0"}},
		{
			"version from the manifest", "thing.jar", []member{manifest("Implementation-Version: ${v}", "Bundle-Version: 3.1.4")},
			[]string{"thing.jar thing:thing 3.1.4"},
		},
		{
			"old Spring", "spring.jar", []member{manifest("Bundle-SymbolicName: org.springframework.core", "Bundle-Version: 2.5.6.SEC03")},
			[]string{"spring.jar org.springframework:spring-core 2.5.6.SEC03"},
		},
		{
			"under a distribution's name", "tomcat9-catalina-9.0.70.jar", []member{manifest("Bundle-SymbolicName: org.apache.tomcat-catalina", "Bundle-Version: 9.0.70")},
			[]string{"tomcat9-catalina-9.0.70.jar org.apache.tomcat:tomcat-catalina 9.0.70"},
		},
		{
			"Tomcat", "usr/local/tomcat/lib/catalina.jar", []member{manifest("Implementation-Title: Apache Tomcat", "Implementation-Version: 9.0.1")},
			[]string{"usr/local/tomcat/lib/catalina.jar org.apache.tomcat:tomcat-catalina 9.0.1"},
		},
		{
			"Jenkins", "gradle.hpi", []member{manifest("Group-Id: org.jenkins-ci.plugins", "Short-Name: gradle", "Plugin-Version: 2.11")},
			[]string{"gradle.hpi org.jenkins-ci.plugins:gradle 2.11"},
		},
		{
			"nested, packed and not", "app-1.war",
			[]member{
				properties("org.a", "app", "1"),
				{"WEB-INF/lib/inner-2.0.jar", inner, true},
				{"WEB-INF/lib/more.jar", pack(t, member{"lib/inner.jar", inner, false}), false},
			},
			[]string{
				"app-1.war org.a:app 1", "app-1.war!/WEB-INF/lib/inner-2.0.jar org.in:inner 2.0",
				"app-1.war!/WEB-INF/lib/more.jar!/lib/inner.jar org.in:inner 2.0",
			},
		},
		{"nothing known", "x.jar", []member{{"A.class", "x", false}}, nil},
		{"equal properties once", "x-1.jar", []member{properties("g", "x", "1"), {"BOOT-INF/pom.properties", "version: 1\ngroupId: g\nartifactId: x", false}}, []string{"x-1.jar g:x 1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			content := pack(t, tt.members...)
			for _, prefix := range []string{"", "#!/bin/sh\nexec java -jar \"$0\"\n"} {
				part, err := readFile(tt.path, []byte(prefix+content))
				if err != nil || len(part.Warnings) > 0 {
					t.Fatal(err, part.Warnings)
				}
				if diff := cmp.Diff(tt.want, list(part)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestPURL(t *testing.T) {
	part, err := readFile("b-1.0.jar", []byte(pack(t, properties("org.a", "b", "1.0"))))
	if err != nil {
		t.Fatal(err)
	}
	if got := part.Files[0].Packages[0].PURL; got != "pkg:maven/org.a/b@1.0" {
		t.Error(got)
	}
}

func TestSplitName(t *testing.T) {
	for name, want := range map[string][2]string{
		"log4j-core-2.14.1.jar":                {"log4j-core", "2.14.1"},
		"log4j-1.2-api-2.17.1.jar":             {"log4j-1.2-api", "2.17.1"},
		"guava-31.1-jre.jar":                   {"guava", "31.1-jre"},
		"heuristic-1.0.0-SNAPSHOT.jar":         {"heuristic", "1.0.0-SNAPSHOT"},
		"a-1.0-20200101.123456-1.jar":          {"a", "1.0-20200101.123456-1"},
		"api-all-2.0.0-sources.jar":            {"api-all", "2.0.0"},
		"netty-4.1.100.Final-linux-x86_64.jar": {"netty", "4.1.100.Final"},
		"spring-core-5.3.0.RC1.jar":            {"spring-core", "5.3.0.RC1"},
		"kotlin-stdlib-jdk8-1.9.0.jar":         {"kotlin-stdlib-jdk8", "1.9.0"},
		"kafka_2.13-3.6.0.jar":                 {"kafka_2.13", "3.6.0"},
		"spring-core-3.x.jar":                  {"spring-core", ""},
		"x-1-of-many.jar":                      {"x", "1-of-many"},
		"app.jar":                              {"app", ""},
		"-1.jar":                               {"-1", ""},
		".jar":                                 {".jar", ""},
	} {
		got := splitName(name)
		if got.artifact != want[0] || got.version != want[1] {
			t.Errorf("splitName(%q) = %q, %q; want %q", name, got.artifact, got.version, want)
		}
	}
}

// TestGroups looks for mistakes in the list of well-known artifacts.
func TestGroups(t *testing.T) {
	seen := map[string]string{}
	for number, line := range strings.Split(groupsText, "\n") {
		group, rest, ok := strings.Cut(line, ":")
		if line == "" || line[0] == '#' {
			continue
		}
		if !ok || group == "" || strings.TrimSpace(rest) == "" {
			t.Errorf("groups.txt:%d: %q is no group with artifacts", number+1, line)
		}
		artifacts := strings.Fields(rest)
		if group[0] == '=' {
			artifacts = []string{group}
		}
		for _, artifact := range artifacts {
			if before := seen[artifact]; before != "" {
				t.Errorf("groups.txt:%d: %s is in %s already", number+1, artifact, before)
			}
			seen[artifact] = group
		}
	}
	g := readGroups()
	for library, want := range map[string]string{
		"dom4j@1.6.1": "dom4j", "dom4j@2.1.1": "org.dom4j", "okhttp@2.7.0": "com.squareup.okhttp", "okhttp@4.9.0": "com.squareup.okhttp3",
		"spring-boot-starter-web": "org.springframework.boot", "spring-core": "org.springframework", "log4j": "log4j",
		"netty-codec-http": "io.netty", "unheard-of": "", "httpclient5": "org.apache.httpcomponents.client5",
	} {
		artifact, version, _ := strings.Cut(library, "@")
		if got := g.known(artifact, version); got != want {
			t.Errorf("group of %s is %q, want %q", library, got, want)
		}
	}
}

func TestReadBroken(t *testing.T) {
	whole := pack(t, properties("g", "a", "1"), member{"lib/x-1.0.jar", "no zip", false})
	tests := []struct {
		name, content, err, warning string
	}{
		{"no zip", "no zip at all, but some text", "not a zip", ""},
		{"empty", "", "not a zip", ""},
		{"cut", whole[:len(whole)-30], "not a zip", ""},
		{"no zip inside", whole, "", "x.jar!/lib/x-1.0.jar: read archive: not a zip"},
		{"damaged content", strings.Replace(whole, "no zip", "", 1), "", ""},
		{"directory elsewhere", whole[10:], "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			part, err := readFile("x.jar", []byte(tt.content))
			if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v, want one with %q", err, tt.err)
			}
			var warnings []string
			for _, w := range part.Warnings {
				warnings = append(warnings, w.At.Path+": "+w.Message)
			}
			if tt.warning != "" && !strings.Contains(strings.Join(warnings, "\n"), tt.warning) {
				t.Errorf("warnings %q, want one with %q", warnings, tt.warning)
			}
			if len(part.Files) != 1 {
				t.Error("a broken file must still take the place of the one below")
			}
		})
	}
}

// TestDeep nests archives deeper than they are followed.
func TestDeep(t *testing.T) {
	content := pack(t, properties("g", "deepest", "1"))
	for range maxDepth {
		content = pack(t, member{"x.jar", content, true})
	}
	part, err := readFile("x.jar", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	if len(part.Warnings) != 1 || len(part.Files[0].Packages) != 0 {
		t.Errorf("%d warnings and packages %v, want one warning and no package", len(part.Warnings), list(part))
	}
}

// TestBomb reads archives whose unpacked size is what is left of the bound for
// one file, and beyond it.
func TestBomb(t *testing.T) {
	inner := pack(t, properties("g", "a", "1"))
	var members []member
	for i := range 50 {
		members = append(members, member{fmt.Sprintf("%d.jar", i), inner, false})
	}
	content := []byte(pack(t, members...))
	const path, fit = "x.jar", 3
	part := &inventory.Part{}
	s := &search{
		file: part.File(path), part: part, spool: &walk.Spool{}, groups: readGroups(),
		unpacked: maxUnpacked - fit*int64(len(inner)),
	}
	if err := s.readFile(context.Background(), walk.NewFile(path, 0, int64(len(content)), bytes.NewReader(content))); err != nil {
		t.Fatal(err)
	}
	if got := len(part.Files[0].Packages); got != fit {
		t.Errorf("%d packages, want %d", got, fit)
	}
	if got := len(part.Warnings); got != maxWarnings {
		t.Errorf("%d warnings, want %d", got, maxWarnings)
	}
}

// TestNoted reads an archive with more properties than are noted.
func TestNoted(t *testing.T) {
	members := make([]member, maxNoted+1)
	for i := range members {
		members[i] = member{fmt.Sprintf("%d/pom.properties", i), "groupId=g\nartifactId=a\nversion=1", true}
	}
	part, err := readFile("x.jar", []byte(pack(t, members...)))
	if err == nil || !strings.Contains(err.Error(), "more than 30000") {
		t.Errorf("error %v, want one that names the bound", err)
	}
	if len(part.Files[0].Packages) == 0 {
		t.Error("what was read before the bound is lost")
	}
}

// deepJar is an archive of about 30 MB with two others around it. Its content is
// of seven random bits a byte, so that it is really packed and unpacked.
func deepJar(t testing.TB) []byte {
	random := rand.New(rand.NewSource(1))
	members := []member{properties("g", "deep", "1")}
	class := make([]byte, 1<<20)
	for i := range 32 {
		random.Read(class)
		for j := range class {
			class[j] &= 0x7f
		}
		members = append(members, member{fmt.Sprintf("g/deep/C%d.class", i), string(class), true})
	}
	content := pack(t, members...)
	content = pack(t, properties("g", "middle", "1"), member{"lib/deep-1.jar", content, false})
	return []byte(pack(t, properties("g", "outer", "1"), member{"lib/middle-1.jar", content, false}))
}

// TestLarge reads 30 MB of jar in a jar in a jar within the 2 seconds that the
// project promises.
func TestLarge(t *testing.T) {
	content := deepJar(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	part, err := readFile("outer-1.jar", content)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	t.Logf("%d MB in %v, %d KB allocated", len(content)>>20, took, allocated>>10)
	// What is larger than its share of the spool's memory goes to disk.
	if allocated > 40<<20 {
		t.Errorf("it took %d MB of memory", allocated>>20)
	}
	if took > 2*time.Second*slowdown {
		t.Errorf("it took %v", took)
	}
	want := []string{"outer-1.jar g:outer 1", "outer-1.jar!/lib/middle-1.jar g:middle 1", "outer-1.jar!/lib/middle-1.jar!/lib/deep-1.jar g:deep 1"}
	if diff := cmp.Diff(want, list(part)); diff != "" {
		t.Error(diff)
	}
}

func FuzzRead(f *testing.F) {
	inner := pack(f, properties("g", "a", "1"), member{manifestName, "Bundle-SymbolicName: x\n y\n", false})
	f.Add([]byte(inner))
	f.Add([]byte(pack(f, member{"a.jar", inner, true}, member{"b.jar", inner, false})))
	f.Fuzz(func(t *testing.T, b []byte) {
		part, _ := readFile("x-1.jar", b)
		if len(part.Files) != 1 {
			t.Fatal("the file was not recorded")
		}
	})
}

func FuzzMetadata(f *testing.F) {
	f.Add([]byte("groupId=a\nartifactId=b\nversion=1"))
	f.Add([]byte("Bundle-License: \"a,b\";x, c\n d\n"))
	f.Add([]byte("<project><parent><groupId>a</groupId></parent><licenses><license><name>MIT</name></license></licenses></project>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range []coordinates{parseProperties(b), parsePOM(b)} {
			if len(c.group) > maxValue || len(c.artifact) > maxValue || len(c.version) > maxValue {
				t.Fatal("a value is too long")
			}
		}
		parseManifest(b).licenses()
		splitName(string(b))
	})
}

func BenchmarkRead(b *testing.B) {
	content := deepJar(b)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readFile("outer-1.jar", content); err != nil {
			b.Fatal(err)
		}
	}
}
