package rpm

import (
	"encoding/binary"
	"fmt"
	"io"
)

// ndb is rpm's own format, "Packages.db". Its first pages are a table of slots,
// each saying where a package's header begins in blocks of 16 bytes; a header
// stands between a head and a tail of its own. Layouts are those of rpm's
// lib/backend/ndb/rpmpkg.c; all numbers are little-endian.

const (
	ndbMagic     = "RpmP"
	ndbSlotMagic = "Slot"
	ndbBlobMagic = "BlbS"
	ndbPage      = 4096
	ndbHeader    = 32
	ndbSlot      = 16
	ndbBlock     = 16
	ndbBlobHead  = 16
	ndbBlobTail  = 12
)

func isNDB(head []byte) bool { return len(head) >= ndbHeader && string(head[:4]) == ndbMagic }

func readNDB(r io.ReaderAt, size int64, db *database) error {
	page := make([]byte, ndbPage)
	if _, err := r.ReadAt(page[:ndbHeader], 0); err != nil {
		return err
	}
	count := int64(binary.LittleEndian.Uint32(page[12:]))
	if count == 0 || count*ndbPage > size {
		return fmt.Errorf("%w: %d pages of slots in a file of %d bytes", errDatabase, count, size)
	}
	n := &ndb{r: r, size: size, left: size}
	for i := range count {
		if err := db.ctx.Err(); err != nil {
			return err
		}
		if _, err := r.ReadAt(page, i*ndbPage); err != nil && err != io.EOF {
			return err
		}
		slots := page
		if i == 0 {
			slots = page[ndbHeader:]
		}
		for ; len(slots) >= ndbSlot; slots = slots[ndbSlot:] {
			if err := n.slot(slots, db); err != nil {
				return err
			}
		}
	}
	return nil
}

type ndb struct {
	r    io.ReaderAt
	size int64
	left int64 // headers do not overlap, so together they have at most the file's bytes
	blob []byte
}

// slot adds the package that a slot points to.
func (n *ndb) slot(slot []byte, db *database) error {
	if string(slot[:4]) != ndbSlotMagic {
		db.fault("slots that are none")
		return nil
	}
	number := binary.LittleEndian.Uint32(slot[4:])
	if number == 0 {
		return nil // free
	}
	at := int64(binary.LittleEndian.Uint32(slot[8:])) * ndbBlock
	room := int64(binary.LittleEndian.Uint32(slot[12:])) * ndbBlock
	var head [ndbBlobHead]byte
	if got, err := n.r.ReadAt(head[:], at); got < len(head) {
		if err == io.EOF {
			db.fault("packages beyond the end of the file")
			return nil
		}
		return err
	}
	length := int64(binary.LittleEndian.Uint32(head[12:]))
	switch {
	case string(head[:4]) != ndbBlobMagic || binary.LittleEndian.Uint32(head[4:]) != number:
		db.fault("slots that point to no package")
		return nil
	case length > room-ndbBlobHead-ndbBlobTail || length > n.size-at-ndbBlobHead:
		db.fault("packages with a header longer than its room")
		return nil
	case length > maxHeader || length > n.left:
		db.fault("packages with too large a header")
		return nil
	}
	n.left -= length
	if int64(cap(n.blob)) < length {
		n.blob = make([]byte, length)
	}
	n.blob = n.blob[:length]
	if got, err := n.r.ReadAt(n.blob, at+ndbBlobHead); got < len(n.blob) {
		return err
	}
	return db.add(n.blob)
}
