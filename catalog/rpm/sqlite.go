package rpm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// rpm's SQLite database has a table "Packages" of a number and a header for
// each package. The file is read as sqlite.org's "Database File Format" gives
// it: the schema on the first page tells the root of the table's B-tree; its
// leaves hold the rows; what of a row does not fit lies in a chain of overflow
// pages.

const (
	sqliteMagic = "SQLite format 3\x00"
	sqliteHead  = 100 // bytes of the file's header, before the first page's own
	walHeader   = 32  // bytes of the header of a write-ahead log

	sqliteInterior = 5
	sqliteLeaf     = 13

	sqliteUTF8 = 1
)

func isSQLite(head []byte) bool {
	return len(head) >= sqliteHead && string(head[:len(sqliteMagic)]) == sqliteMagic
}

type sqlite struct {
	*pages
	usable   int    // bytes of a page without those reserved at its end
	overflow []byte // page of the chain that is read
	row      []byte
	db       *database
}

func readSQLite(r io.ReaderAt, size int64, db *database) error {
	head := make([]byte, sqliteHead)
	if _, err := r.ReadAt(head, 0); err != nil {
		return err
	}
	pageSize := int(binary.BigEndian.Uint16(head[16:]))
	if pageSize == 1 {
		pageSize = 64 << 10
	}
	reserved := int(head[20])
	switch {
	case pageSize < 512 || pageSize&(pageSize-1) != 0 || pageSize-reserved < 480:
		return fmt.Errorf("%w: pages of %d bytes, %d of them reserved", errDatabase, pageSize, reserved)
	case binary.BigEndian.Uint32(head[56:]) > sqliteUTF8:
		return fmt.Errorf("%w: its text is not UTF-8", errDatabase)
	}
	s := &sqlite{pages: newPages(r, size, pageSize), usable: pageSize - reserved, overflow: make([]byte, pageSize), db: db}
	var root int64
	err := s.table(1, func(row record) error {
		if string(row.column(0)) == "table" && strings.EqualFold(string(row.column(1)), "Packages") {
			root = row.integer(3)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	if root <= 1 {
		return fmt.Errorf("%w: it has no table Packages", errDatabase)
	}
	err = s.table(root, func(row record) error {
		return db.add(row.column(1))
	})
	if err != nil {
		return fmt.Errorf("table Packages: %w", err)
	}
	return nil
}

// table shows each row of the table whose B-tree begins at a page, counted
// from 1. Broken branches are faults; the rest of the tree is still read.
func (s *sqlite) table(root int64, each func(record) error) error {
	todo := []int64{root}
	page := make([]byte, s.size)
	for len(todo) > 0 {
		if err := s.db.ctx.Err(); err != nil {
			return err
		}
		if int64(len(todo)) > s.count {
			return fmt.Errorf("%w: its tree has more pages than the file", errDatabase)
		}
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		err := s.take(n-1, page)
		if err == nil {
			todo, err = s.treePage(n, page, todo, each)
		}
		if errors.Is(err, errDatabase) && n != root {
			s.db.fault("pages that are broken")
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// treePage shows the rows of a leaf, or appends the children of an interior
// page to todo, the last first.
func (s *sqlite) treePage(n int64, page []byte, todo []int64, each func(record) error) ([]int64, error) {
	h := 0
	if n == 1 {
		h = sqliteHead
	}
	kind, cells, first := page[h], int(binary.BigEndian.Uint16(page[h+3:])), h+8
	if kind == sqliteInterior {
		todo = append(todo, int64(binary.BigEndian.Uint32(page[h+8:])))
		first = h + 12
	} else if kind != sqliteLeaf {
		return todo, fmt.Errorf("%w: page %d has type %d, is no page of a table", errDatabase, n, kind)
	}
	if first+2*cells > s.usable {
		return todo, fmt.Errorf("%w: page %d has %d cells", errDatabase, n, cells)
	}
	for i := range cells {
		if kind == sqliteInterior {
			i = cells - 1 - i
		}
		at := int(binary.BigEndian.Uint16(page[first+2*i:]))
		if at < first+2*cells || at+4 > s.usable {
			return todo, fmt.Errorf("%w: page %d has a cell outside of it", errDatabase, n)
		}
		if kind == sqliteInterior {
			todo = append(todo, int64(binary.BigEndian.Uint32(page[at:])))
			continue
		}
		err := s.cell(page[at:s.usable], each)
		if errors.Is(err, errDatabase) {
			s.db.fault("rows that are broken")
			err = nil
		}
		if err != nil {
			return todo, err
		}
	}
	return todo, nil
}

// cell shows the row of a cell of a leaf: the length of the row, its key, what
// of it is in the page, and where it goes on.
func (s *sqlite) cell(cell []byte, each func(record) error) error {
	length, n := varint(cell)
	_, m := varint(cell[n:])
	if n == 0 || m == 0 || length > maxHeader || int64(length) > s.count*int64(s.size) {
		return fmt.Errorf("%w: a row of %d bytes", errDatabase, length)
	}
	cell = cell[n+m:]
	local := s.local(int(length))
	if local > len(cell) {
		return fmt.Errorf("%w: a row is cut off", errDatabase)
	}
	s.row = append(s.row[:0], cell[:local]...)
	if local < int(length) {
		if local+4 > len(cell) {
			return fmt.Errorf("%w: a row is cut off", errDatabase)
		}
		if err := s.chain(int64(binary.BigEndian.Uint32(cell[local:])), int(length)); err != nil {
			return err
		}
	}
	row, err := parseRecord(s.row)
	if err != nil {
		return err
	}
	return each(row)
}

// local is how many bytes of a row of some length are in its page.
func (s *sqlite) local(length int) int {
	if length <= s.usable-35 {
		return length
	}
	least := (s.usable-12)*32/255 - 23
	if k := least + (length-least)%(s.usable-4); k <= s.usable-35 {
		return k
	}
	return least
}

// chain appends to the row what lies in overflow pages, n being the first.
func (s *sqlite) chain(n int64, length int) error {
	for len(s.row) < length {
		if err := s.take(n-1, s.overflow); err != nil {
			return err
		}
		n = int64(binary.BigEndian.Uint32(s.overflow))
		held := s.overflow[4:s.usable]
		s.row = append(s.row, held[:min(len(held), length-len(s.row))]...)
	}
	return nil
}

// record is a row: a list of column types, and the columns one after the other.
type record struct {
	kinds   []uint64
	columns []byte
}

// maxColumns is more than rpm's tables have.
const maxColumns = 16

func parseRecord(row []byte) (record, error) {
	var r record
	size, n := varint(row)
	if n == 0 || size < uint64(n) || size > uint64(len(row)) {
		return r, fmt.Errorf("%w: a row without a header", errDatabase)
	}
	r.columns = row[size:]
	for head := row[n:size]; len(head) > 0 && len(r.kinds) < maxColumns; {
		kind, n := varint(head)
		if n == 0 {
			return r, fmt.Errorf("%w: a row's header is cut off", errDatabase)
		}
		r.kinds = append(r.kinds, kind)
		head = head[n:]
	}
	return r, nil
}

// width is how many bytes a column of a type has.
func width(kind uint64) uint64 {
	switch {
	case kind <= 4:
		return kind
	case kind == 5:
		return 6
	case kind <= 7:
		return 8
	case kind < 12:
		return 0
	}
	return (kind - 12) / 2
}

// column is the content of column i, nil where the row does not have it.
func (r record) column(i int) []byte {
	rest := r.columns
	for j, kind := range r.kinds {
		w := width(kind)
		if w > uint64(len(rest)) {
			return nil
		}
		if j == i {
			return rest[:w]
		}
		rest = rest[w:]
	}
	return nil
}

// integer is column i read as a number, 0 where it is none.
func (r record) integer(i int) int64 {
	if i >= len(r.kinds) {
		return 0
	}
	if r.kinds[i] == 9 {
		return 1 // has no bytes
	}
	var v int64
	if b := r.column(i); r.kinds[i] <= 6 && len(b) > 0 {
		v = int64(int8(b[0]))
		for _, c := range b[1:] {
			v = v<<8 | int64(c)
		}
	}
	return v
}

// varint reads SQLite's big-endian variable-length integer and tells how many
// bytes it has, 0 where b ends too early.
func varint(b []byte) (uint64, int) {
	var v uint64
	for i, c := range b[:min(9, len(b))] {
		if i == 8 {
			return v<<8 | uint64(c), 9
		}
		v = v<<7 | uint64(c&0x7f)
		if c&0x80 == 0 {
			return v, i + 1
		}
	}
	return 0, 0
}
