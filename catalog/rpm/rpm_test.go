package rpm

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// blobOf writes the header of a package: its strings, and its files.
func blobOf(text map[uint32]string, epoch uint32, files ...string) []byte {
	var index, data []byte
	entries := 0
	add := func(tag, kind, count int, value []byte) {
		for _, n := range []int{tag, kind, len(data), count} {
			index = binary.BigEndian.AppendUint32(index, uint32(n))
		}
		data = append(data, value...)
		entries++
	}
	for tag := uint32(tagName); tag <= tagModularityLabel; tag++ {
		if s, ok := text[tag]; ok {
			add(int(tag), typeString, 1, append([]byte(s), 0))
		}
	}
	if epoch > 0 {
		add(tagEpoch, typeInt32, 1, binary.BigEndian.AppendUint32(nil, epoch))
	}
	if len(files) > 0 {
		var bases, dirs, places []byte
		for i, f := range files {
			cut := strings.LastIndexByte(f, '/') + 1
			bases, dirs = append(append(bases, f[cut:]...), 0), append(append(dirs, f[:cut]...), 0)
			places = binary.BigEndian.AppendUint32(places, uint32(i))
		}
		add(tagBaseNames, typeStringArray, len(files), bases)
		add(tagDirNames, typeStringArray, len(files), dirs)
		add(tagDirIndexes, typeInt32, len(files), places)
	}
	blob := binary.BigEndian.AppendUint32(nil, uint32(entries))
	blob = binary.BigEndian.AppendUint32(blob, uint32(len(data)))
	return append(append(blob, index...), data...)
}

// ndbOf writes an ndb database of headers.
func ndbOf(blobs ...[]byte) []byte {
	le := binary.LittleEndian
	db := make([]byte, ndbPage)
	copy(db, ndbMagic)
	le.PutUint32(db[12:], 1)
	for i, blob := range blobs {
		blocks := (ndbBlobHead + len(blob) + ndbBlobTail + ndbBlock - 1) / ndbBlock
		slot := db[ndbHeader+i*ndbSlot:]
		copy(slot, ndbSlotMagic)
		le.PutUint32(slot[4:], uint32(i+1))
		le.PutUint32(slot[8:], uint32(len(db)/ndbBlock))
		le.PutUint32(slot[12:], uint32(blocks))
		room := make([]byte, blocks*ndbBlock)
		copy(room, ndbBlobMagic)
		le.PutUint32(room[4:], uint32(i+1))
		le.PutUint32(room[12:], uint32(len(blob)))
		copy(room[ndbBlobHead:], blob)
		db = append(db, room...)
	}
	for i := len(blobs); ndbHeader+(i+1)*ndbSlot <= ndbPage; i++ {
		copy(db[ndbHeader+i*ndbSlot:], ndbSlotMagic)
	}
	return db
}

// bdbOf writes a Berkeley DB hash table of headers: one page of the table, then
// the chains.
func bdbOf(order binary.ByteOrder, blobs ...[]byte) []byte {
	const size = 512
	db := make([]byte, 2*size)
	order.PutUint32(db[12:], bdbHashMagic)
	order.PutUint32(db[20:], size)
	db[25] = bdbHashMeta
	end := size
	for i, blob := range blobs {
		table := db[size : 2*size]
		item := func(n int, content []byte) {
			end -= len(content)
			copy(table[end:], content)
			order.PutUint16(table[bdbPageHead+2*n:], uint16(end))
		}
		off := make([]byte, 12)
		off[0] = bdbOffPage
		order.PutUint32(off[4:], uint32(len(db)/size))
		order.PutUint32(off[8:], uint32(len(blob)))
		item(2*i, []byte{bdbInline, byte(i + 1), 0, 0, 0})
		item(2*i+1, off)
		for len(blob) > 0 {
			page := make([]byte, size)
			n := copy(page[bdbPageHead:], blob)
			blob = blob[n:]
			page[25] = bdbOverflow
			order.PutUint16(page[22:], uint16(n))
			if len(blob) > 0 {
				order.PutUint32(page[16:], uint32(len(db)/size+1))
			}
			db = append(db, page...)
		}
	}
	db[size+25] = bdbHash
	order.PutUint16(db[size+20:], uint16(2*len(blobs)))
	order.PutUint32(db[32:], uint32(len(db)/size-1))
	return db
}

const sqlitePage = 4096 // bytes of a page of sqliteOf

// sqliteOf writes an SQLite database of headers: the schema, one leaf, then the
// chains.
func sqliteOf(blobs ...[]byte) []byte {
	const size = sqlitePage
	be := binary.BigEndian
	db := make([]byte, 2*size)
	copy(db, sqliteMagic)
	be.PutUint16(db[16:], size)
	be.PutUint32(db[56:], sqliteUTF8)
	schema := append([]byte{6, 13 + 2*5, 13 + 2*8, 13 + 2*8, 1, 13}, "tablePackagesPackages\x02"...)
	leaf := func(page []byte, head int, cells ...[]byte) {
		page[head] = sqliteLeaf
		be.PutUint16(page[head+3:], uint16(len(cells)))
		end := size
		for i, c := range cells {
			end -= len(c)
			copy(page[end:], c)
			be.PutUint16(page[head+8+2*i:], uint16(end))
		}
	}
	leaf(db[:size], sqliteHead, append([]byte{byte(len(schema)), 1}, schema...))
	s := &sqlite{usable: size}
	var cells [][]byte
	for i, blob := range blobs {
		kind := appendVarint(nil, uint64(12+2*len(blob)))
		row := append(append([]byte{byte(2 + len(kind)), 0}, kind...), blob...)
		local := s.local(len(row))
		cell := append(append(appendVarint(nil, uint64(len(row))), byte(i+1)), row[:local]...)
		if row = row[local:]; len(row) > 0 {
			cell = be.AppendUint32(cell, uint32(len(db)/size+1))
		}
		for len(row) > 0 {
			page := make([]byte, size)
			row = row[copy(page[4:], row):]
			if len(row) > 0 {
				be.PutUint32(page, uint32(len(db)/size+2))
			}
			db = append(db, page...)
		}
		cells = append(cells, cell)
	}
	leaf(db[size:2*size], 0, cells...)
	return db
}

func appendVarint(b []byte, v uint64) []byte {
	for shift := 21; shift > 0; shift -= 7 {
		if v>>shift != 0 {
			b = append(b, byte(v>>shift)|0x80)
		}
	}
	return append(b, byte(v&0x7f))
}

func blobs() [][]byte {
	many := []string{"/usr/bin/bash"}
	for i := range 300 {
		many = append(many, fmt.Sprintf("/usr/share/bash/file-%d", i))
	}
	return [][]byte{
		blobOf(map[uint32]string{tagName: "bash", tagVersion: "5.1.8", tagRelease: "6.el9", tagArch: "x86_64", tagLicense: "GPLv3+ and MIT", tagSourceRPM: "bash-5.1.8-6.el9.src.rpm"}, 0, many...),
		blobOf(map[uint32]string{tagName: "gpg-pubkey", tagVersion: "fd431d51", tagRelease: "4ae0493b"}, 0),
		blobOf(map[uint32]string{tagName: "npm", tagVersion: "8.19.4", tagRelease: "1.16.20", tagArch: "x86_64", tagSourceRPM: "nodejs-16.20.2-3.module+el9.src.rpm", tagModularityLabel: "nodejs:16:1:a"}, 1, "/usr/lib/node_modules/npm/package.json"),
	}
}

func wantOfBlobs() []inventory.Package {
	return []inventory.Package{
		{Ecosystem: "rpm", Name: "bash", Version: "5.1.8-6.el9", Arch: "x86_64", Licenses: []string{"GPLv3+", "MIT"}},
		{Ecosystem: "rpm", Name: "npm", Version: "1:8.19.4-1.16.20", Arch: "x86_64", Source: "nodejs", SourceVersion: "16.20.2-3.module+el9", Module: "nodejs:16:1:a"},
	}
}

// databases are the same packages in every format.
func databases(blobs ...[]byte) map[string][]byte {
	return map[string][]byte{
		"ndb":            ndbOf(blobs...),
		"bdb":            bdbOf(binary.LittleEndian, blobs...),
		"bdb big-endian": bdbOf(binary.BigEndian, blobs...),
		"sqlite":         sqliteOf(blobs...),
	}
}

func TestFormats(t *testing.T) {
	for name, content := range databases(blobs()...) {
		t.Run(name, func(t *testing.T) {
			part := &inventory.Part{}
			got, err := catalogFile(t, part, "var/lib/rpm/Packages", content)
			if err != nil || len(part.Warnings) > 0 {
				t.Fatalf("%v, warnings %v", err, part.Warnings)
			}
			if diff := cmp.Diff(wantOfBlobs(), got.Packages, cmpopts.IgnoreFields(inventory.Package{}, "At")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(map[string]string{"usr/bin/bash": "bash", "usr/lib/node_modules/npm/package.json": "npm"}, got.Owned); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestBroken damages one package; the others are still found, and one warning
// tells of it.
func TestBroken(t *testing.T) {
	good, bad := blobs(), blobOf(map[uint32]string{tagVersion: "1", tagRelease: "1"}, 0)
	for name, content := range databases(good[0], bad, []byte("123456789012345678901234"), good[2]) {
		t.Run(name, func(t *testing.T) {
			part := &inventory.Part{}
			got, err := catalogFile(t, part, "var/lib/rpm/Packages", content)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantOfBlobs(), got.Packages, cmpopts.IgnoreFields(inventory.Package{}, "At")); diff != "" {
				t.Error(diff)
			}
			var warnings []string
			for _, w := range part.Warnings {
				warnings = append(warnings, w.Message)
			}
			if diff := cmp.Diff([]string{"skipped: packages without a usable name or version: 1", "skipped: packages with a broken header: 1"}, warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestCircles closes chains of pages into circles.
func TestCircles(t *testing.T) {
	good := blobs()
	bdb := bdbOf(binary.LittleEndian, good[0], good[2])
	binary.LittleEndian.PutUint32(bdb[3*512+16:], 2) // the second page of bash's chain leads back to the first
	sqlite := sqliteOf(good[0], good[2])
	binary.BigEndian.PutUint32(sqlite[2*sqlitePage:], 3) // the first one here leads to itself
	for name, content := range map[string][]byte{"bdb": bdb, "sqlite": sqlite} {
		t.Run(name, func(t *testing.T) {
			part := &inventory.Part{}
			got, err := catalogFile(t, part, "var/lib/rpm/Packages", content)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantOfBlobs()[1:], got.Packages, cmpopts.IgnoreFields(inventory.Package{}, "At")); diff != "" {
				t.Error(diff)
			}
			if len(part.Warnings) != 1 {
				t.Errorf("warnings: %v", part.Warnings)
			}
		})
	}
}

// TestRefused are files that are no database at all.
func TestRefused(t *testing.T) {
	encrypted := bdbOf(binary.LittleEndian)
	encrypted[24] = 1
	otherTable := bytes.Replace(sqliteOf(), []byte("tablePackages"), []byte("tablePackagez"), 1)
	for name, content := range map[string][]byte{
		"noise":        []byte("\x00\xff\x01 this is no database"),
		"cut sqlite":   sqliteOf()[:sqliteHead],
		"cut bdb":      bdbOf(binary.LittleEndian)[:bdbMetaSize-1],
		"no slots":     append([]byte(ndbMagic), make([]byte, 100)...),
		"encrypted":    encrypted,
		"other tables": otherTable,
	} {
		part := &inventory.Part{}
		_, err := catalogFile(t, part, "var/lib/rpm/Packages", content)
		if !errors.Is(err, errDatabase) {
			t.Errorf("%s: %v", name, err)
		}
		if len(part.Files) != 1 {
			t.Errorf("%s: a broken file must still take the place of the one below", name)
		}
	}
}

func TestEmpty(t *testing.T) {
	part := &inventory.Part{}
	if _, err := catalogFile(t, part, "var/lib/rpm/Packages", nil); err != nil || len(part.Files) != 1 {
		t.Errorf("%v, %v", err, part.Files)
	}
}

func TestWriteAheadLog(t *testing.T) {
	part := &inventory.Part{}
	if _, err := catalogFile(t, part, "usr/lib/sysimage/rpm/rpmdb.sqlite-wal", make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if len(part.Warnings) != 1 || !strings.Contains(part.Warnings[0].Message, "rpmdb.sqlite") {
		t.Errorf("warnings: %v", part.Warnings)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, content := range databases(blobs()...) {
		f := walk.NewFile("var/lib/rpm/Packages", 0o644, int64(len(content)), bytes.NewReader(content))
		if err := Cataloger().Read(ctx, f, &inventory.Part{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestManifest(t *testing.T) {
	part := &inventory.Part{}
	text := "vim\t9.0-1.cm2\t1\t1\tMicrosoft Corporation\t2\t45000\tx86_64\t2\tvim-9.0-1.cm2.src.rpm\n" +
		"openssl-libs\t1.1.1k-15.cm2\t1\t1\tMicrosoft Corporation\t(none)\t1\tx86_64\t0\topenssl-1.1.1k-15.cm2.src.rpm\n\nbroken\tline\n"
	f, err := catalogFile(t, part, manifestPath, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []inventory.Package{
		{Ecosystem: "rpm", Name: "vim", Version: "2:9.0-1.cm2", Arch: "x86_64", At: inventory.Place{Path: manifestPath, Line: 1}},
		{Ecosystem: "rpm", Name: "openssl-libs", Version: "1.1.1k-15.cm2", Arch: "x86_64", Source: "openssl", At: inventory.Place{Path: manifestPath, Line: 2}},
	}
	if diff := cmp.Diff(want, f.Packages); diff != "" {
		t.Error(diff)
	}
	if len(part.Warnings) != 1 {
		t.Errorf("warnings: %v", part.Warnings)
	}
}

// FuzzDatabase begins with small databases: Go's fuzzer takes a minute to make
// a large input smaller (-fuzzminimizetime=10x shortens that).
func FuzzDatabase(f *testing.F) {
	for _, content := range databases(blobs()[2]) {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		got, _ := catalogFile(t, &inventory.Part{}, "var/lib/rpm/Packages", content)
		check(t, got)
	})
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte("vim\t9.0-1.cm2\t1\t1\tMicrosoft\t2\t45000\tx86_64\t2\tvim-9.0-1.cm2.src.rpm\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, _ := catalogFile(t, &inventory.Part{}, manifestPath, content)
		check(t, got)
	})
}

func check(t *testing.T, f *inventory.File) {
	t.Helper()
	for _, p := range f.Packages {
		if p.Name == "" || p.Version == "" || strings.ContainsAny(p.Name+p.Version+p.Arch+p.Source+p.SourceVersion+p.Module, " \n\x00\x1b") {
			t.Errorf("%+v", p)
		}
	}
}

// BenchmarkNDB reads a database of 60 packages with 100 files each.
func BenchmarkNDB(b *testing.B) {
	files := make([]string, 100)
	for i := range files {
		files[i] = fmt.Sprintf("/usr/share/package/directory/file-%d", i)
	}
	var all [][]byte
	for i := range 60 {
		all = append(all, blobOf(map[uint32]string{tagName: fmt.Sprintf("package-%d", i), tagVersion: "1", tagRelease: "1", tagArch: "noarch"}, 0, files...))
	}
	content := ndbOf(all...)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		if f, err := catalogFile(b, &inventory.Part{}, "var/lib/rpm/Packages.db", content); err != nil || len(f.Packages) != len(all) {
			b.Fatal(err)
		}
	}
}
