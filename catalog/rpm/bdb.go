package rpm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Berkeley DB keeps rpm's packages in a hash table, "Packages". A page of the
// table holds pairs of a key, the package's number, and a value, the header;
// headers are nearly always too long for a page and lie in a chain of overflow
// pages. Layouts are those of Berkeley DB's db_page.h; numbers have the byte
// order of the machine that wrote them.

const (
	bdbHashMagic = 0x061561
	bdbMetaSize  = 72
	bdbPageHead  = 26 // bytes before the index of a page
)

// The types of pages and of what is in a hash page.
const (
	bdbHashUnsorted = 2 // before Berkeley DB 4.6
	bdbOverflow     = 7
	bdbHashMeta     = 8
	bdbHash         = 13

	bdbInline  = 1
	bdbOffPage = 3
)

type bdb struct {
	*pages
	order binary.ByteOrder
	page  []byte // of the chain that is read
	blob  []byte
}

func isBDB(head []byte) bool { return bdbOrder(head) != nil }

func bdbOrder(head []byte) binary.ByteOrder {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if len(head) >= bdbMetaSize && order.Uint32(head[12:]) == bdbHashMagic {
			return order
		}
	}
	return nil
}

func readBDB(r io.ReaderAt, size int64, db *database) error {
	meta := make([]byte, bdbMetaSize)
	if _, err := r.ReadAt(meta, 0); err != nil {
		return err
	}
	order := bdbOrder(meta)
	pageSize := order.Uint32(meta[20:])
	switch {
	case pageSize < 512 || pageSize > 64<<10 || pageSize&(pageSize-1) != 0:
		return fmt.Errorf("%w: pages of %d bytes", errDatabase, pageSize)
	case meta[24] != 0:
		return fmt.Errorf("%w: it is encrypted", errDatabase)
	case meta[25] != bdbHashMeta:
		return fmt.Errorf("%w: the first page has type %d", errDatabase, meta[25])
	}
	b := &bdb{pages: newPages(r, size, int(pageSize)), order: order, page: make([]byte, pageSize)}
	page := make([]byte, pageSize)
	// The pages of the table are taken one after the other, not by its buckets:
	// then a damaged bucket costs its own packages only.
	for n := int64(1); n < min(b.count, int64(order.Uint32(meta[32:]))+1); n++ {
		if err := db.ctx.Err(); err != nil {
			return err
		}
		if err := b.read(n, page); err != nil {
			return err
		}
		if page[25] == bdbHash || page[25] == bdbHashUnsorted {
			if err := b.hashPage(page, db); err != nil {
				return err
			}
		}
	}
	return nil
}

// hashPage adds the packages that a page of the table holds.
func (b *bdb) hashPage(page []byte, db *database) error {
	entries := int(b.order.Uint16(page[20:]))
	if bdbPageHead+2*entries > len(page) {
		db.fault("pages with a broken index")
		return nil
	}
	at := func(i int) int { return int(b.order.Uint16(page[bdbPageHead+2*i:])) }
	for i := 1; i < entries; i += 2 {
		start, end := at(i), at(i-1) // items lie from the end of the page to its front
		if start < bdbPageHead || start >= end || end > len(page) {
			db.fault("pages with a broken index")
			return nil
		}
		item := page[start:end]
		var err error
		switch {
		case item[0] == bdbInline && len(item) > 1+16:
			err = db.add(item[1:])
		case item[0] == bdbInline: // the number of packages ever installed, under key 0
		case item[0] == bdbOffPage && len(item) >= 12:
			err = b.chain(int64(b.order.Uint32(item[4:])), db)
		default:
			db.fault("items of an unknown kind")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// chain adds the package whose header begins at overflow page n. The chain is
// followed to its end: what the table says of its length has been seen to be
// wrong where the header was whole.
func (b *bdb) chain(n int64, db *database) error {
	b.blob = b.blob[:0]
	for n != 0 {
		if len(b.blob) > maxHeader {
			db.fault(fmt.Sprintf("packages with a header of more than %d MiB", maxHeader>>20))
			return nil
		}
		err := b.take(n, b.page)
		if err == nil && b.page[25] != bdbOverflow {
			err = fmt.Errorf("%w: page %d is no overflow page", errDatabase, n)
		}
		held := int(b.order.Uint16(b.page[22:]))
		if err == nil && bdbPageHead+held > len(b.page) {
			err = fmt.Errorf("%w: page %d holds more than it has room for", errDatabase, n)
		}
		if err != nil {
			return b.broken(err, db)
		}
		b.blob = append(b.blob, b.page[bdbPageHead:bdbPageHead+held]...)
		n = int64(b.order.Uint32(b.page[16:]))
	}
	return db.add(b.blob)
}

// broken counts a chain that could not be read; only what is not the fault of
// the database ends the reading.
func (b *bdb) broken(err error, db *database) error {
	if errors.Is(err, errDatabase) {
		db.fault("packages whose pages are broken")
		return nil
	}
	return err
}
