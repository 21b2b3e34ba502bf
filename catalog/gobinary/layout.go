package gobinary

import (
	"bytes"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"math"
)

// span is a part of a file and, for ELF, where it lies in memory.
type span struct {
	start, end int64 // offsets in the file, end exclusive
	address    uint64
	writable   bool
}

// layout is what the beginning of an executable says of the rest of it.
type layout struct {
	// spans are the loaded parts that hold no code, in the order of the file.
	// Empty means that the layout is not known, so that all has to be searched.
	spans []span
	order binary.ByteOrder
	// built says that Go's linker took part, as far as an ELF file's notes tell
	// at its beginning.
	built bool
}

// maxSpans bounds the program headers, sections or segments that are looked at.
const maxSpans = 256

// newLayout reads the headers of an executable, which is never an error: where
// they make no sense or go on beyond head, the layout is unknown.
func newLayout(head []byte) layout {
	l := layout{order: binary.LittleEndian}
	switch {
	case len(head) < 64:
	case string(head[:4]) == "\x7fELF":
		l.readELF(head)
	case string(head[:2]) == "MZ":
		l.readPE(head)
	default:
		l.readMachO(head)
	}
	for i := 1; i < len(l.spans); i++ {
		if l.spans[i].start < l.spans[i-1].end {
			l.spans = nil // overlapping or out of order: no linker's work
		}
	}
	return l
}

func (l *layout) add(start, size uint64, s span) {
	if size == 0 {
		return
	}
	if start > math.MaxInt64/4 || size > math.MaxInt64/4 {
		size, start = 0, math.MaxInt64/4
	}
	s.start, s.end = int64(start), int64(start+size)
	l.spans = append(l.spans, s)
}

// readELF reads the program headers (System V ABI, chapter 5).
func (l *layout) readELF(head []byte) {
	const load, execute, write = 1, 1, 2
	if head[5] == 2 {
		l.order = binary.BigEndian
	}
	l.built = bytes.Contains(head, []byte("Go\x00\x00"))
	wide := head[4] == 2
	var at, size, count uint64
	if wide {
		at, size, count = l.order.Uint64(head[32:]), uint64(l.order.Uint16(head[54:])), uint64(l.order.Uint16(head[56:]))
	} else {
		at, size, count = uint64(l.order.Uint32(head[28:])), uint64(l.order.Uint16(head[42:])), uint64(l.order.Uint16(head[44:]))
	}
	if size < 32 || wide && size < 56 || count > maxSpans || at > uint64(len(head)) || at+size*count > uint64(len(head)) {
		return
	}
	var code layout
	constants := false
	for i := range count {
		h := head[at+i*size:]
		if l.order.Uint32(h) != load {
			continue
		}
		var flags uint32
		var offset, address, length uint64
		if wide {
			flags, offset, address, length = l.order.Uint32(h[4:]), l.order.Uint64(h[8:]), l.order.Uint64(h[16:]), l.order.Uint64(h[32:])
		} else {
			flags, offset, address, length = l.order.Uint32(h[24:]), uint64(l.order.Uint32(h[4:])), uint64(l.order.Uint32(h[8:])), uint64(l.order.Uint32(h[16:]))
		}
		s := span{address: address, writable: flags&write != 0}
		if flags&(write|execute) == execute {
			code.add(offset, length, s)
			continue
		}
		constants = constants || !s.writable
		l.add(offset, length, s)
	}
	// A linker that makes no segment of its own for constants has them beside
	// the code.
	if !constants {
		l.spans = append(code.spans, l.spans...)
	}
}

// readPE reads the section table (Microsoft, "PE Format").
func (l *layout) readPE(head []byte) {
	at := uint64(binary.LittleEndian.Uint32(head[0x3c:]))
	if at > uint64(len(head)-24) || string(head[at:at+4]) != "PE\x00\x00" {
		return
	}
	count := uint64(binary.LittleEndian.Uint16(head[at+6:]))
	sections := at + 24 + uint64(binary.LittleEndian.Uint16(head[at+20:]))
	if count > maxSpans || sections+40*count > uint64(len(head)) {
		return
	}
	for i := range count {
		h := head[sections+40*i:]
		flags := binary.LittleEndian.Uint32(h[36:])
		if flags&pe.IMAGE_SCN_CNT_INITIALIZED_DATA != 0 && flags&pe.IMAGE_SCN_MEM_WRITE != 0 {
			l.add(uint64(binary.LittleEndian.Uint32(h[20:])), uint64(binary.LittleEndian.Uint32(h[16:])), span{writable: true})
		}
	}
}

// readMachO reads the segment commands of a program for one processor. In a
// universal file, which holds several, all is searched.
func (l *layout) readMachO(head []byte) {
	var order binary.ByteOrder = binary.LittleEndian
	switch binary.BigEndian.Uint32(head) {
	case macho.Magic32, macho.Magic64:
		order = binary.BigEndian
	case 0xcefaedfe, 0xcffaedfe:
	default:
		return
	}
	wide := order.Uint32(head) == macho.Magic64
	at, write := uint64(28), uint32(2)
	if wide {
		at = 32
	}
	var spans layout
	for range min(order.Uint32(head[16:]), maxSpans) {
		if at+8 > uint64(len(head)) {
			return
		}
		command, size := macho.LoadCmd(order.Uint32(head[at:])), uint64(order.Uint32(head[at+4:]))
		// A segment's own fields take 56 and 72 bytes; its sections follow.
		if size < 8 || at+min(size, 72) > uint64(len(head)) {
			return
		}
		h := head[at:]
		switch {
		case command == macho.LoadCmdSegment64 && size >= 72 && order.Uint32(h[60:])&write != 0:
			spans.add(order.Uint64(h[40:]), order.Uint64(h[48:]), span{writable: true})
		case command == macho.LoadCmdSegment && size >= 56 && order.Uint32(h[44:])&write != 0:
			spans.add(uint64(order.Uint32(h[32:])), uint64(order.Uint32(h[36:])), span{writable: true})
		}
		at += size
	}
	l.spans = spans.spans
}
