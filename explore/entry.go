// Package explore shows what is inside an image: which layer brought, changed
// and removed which file, what that wastes, and what was found where. It holds
// the listing of layers, the tree of all of them, and the browser as a model
// that takes keys and gives lines; the terminal itself is not its business.
package explore

import (
	"io/fs"
	"math"

	"github.com/plimsoll/plimsoll/walk"
)

// Kind is what an entry of a layer is.
type Kind uint8

// The kinds of entries. Whiteout and Opaque are not files: they remove the path,
// or all that lower layers have below it, as the OCI image specification
// ("Whiteouts") has it.
const (
	None Kind = iota // a directory that no layer lists, but that has files
	File
	Directory
	Symlink
	HardLink
	BlockDevice
	CharDevice
	Pipe
	Whiteout
	Opaque
	kinds // how many there are
)

// String is the kind in words.
func (k Kind) String() string {
	return [...]string{
		"directory (not listed)", "file", "directory", "symbolic link", "hard link",
		"block device", "character device", "pipe", "removed", "emptied",
	}[min(k, kinds-1)]
}

// Entry is one member of a layer.
type Entry struct {
	Path     string // cleaned, without leading slash
	Link     string // of a link: its target as written
	Kind     Kind
	Mode     uint16 // permissions with setuid, setgid and sticky bit, as chmod(2) counts them
	UID, GID uint32
	Size     int64  // bytes of a regular file
	Time     int64  // of the last change, in seconds since 1970
	Sum      uint32 // CRC-32C of a regular file's content: tells a copy from a change
}

// entryOf takes over what a layer's header says.
func entryOf(w *walk.Entry) Entry {
	e := Entry{
		Path: w.Path, Kind: kindOf(w), Mode: unixMode(w.Mode),
		UID: id(w.UID), GID: id(w.GID), Time: w.ModTime.Unix(),
	}
	switch e.Kind {
	case File:
		e.Size = w.Size
	case Symlink, HardLink:
		e.Link = w.Link
	}
	return e
}

func kindOf(w *walk.Entry) Kind {
	switch m := w.Mode; {
	case w.HardLink:
		return HardLink
	case m.IsDir():
		return Directory
	case m&fs.ModeSymlink != 0:
		return Symlink
	case m&fs.ModeCharDevice != 0:
		return CharDevice
	case m&fs.ModeDevice != 0:
		return BlockDevice
	case m&fs.ModeNamedPipe != 0:
		return Pipe
	}
	return File
}

func id(n int) uint32 { return uint32(min(uint64(max(n, 0)), math.MaxUint32)) }

const (
	setuid = 0o4000
	setgid = 0o2000
	sticky = 0o1000
)

func unixMode(m fs.FileMode) uint16 {
	bits := uint16(m.Perm())
	if m&fs.ModeSetuid != 0 {
		bits |= setuid
	}
	if m&fs.ModeSetgid != 0 {
		bits |= setgid
	}
	if m&fs.ModeSticky != 0 {
		bits |= sticky
	}
	return bits
}

// modeText is a mode as ls(1) shows it.
func modeText(k Kind, mode uint16) string {
	text := []byte("?rwxrwxrwx")
	text[0] = "?-dl-bcp??"[min(k, kinds-1)]
	for i := range 9 {
		if mode&(1<<(8-i)) == 0 {
			text[1+i] = '-'
		}
	}
	special := func(bit uint16, at int, set, bare byte) {
		if mode&bit == 0 {
			return
		}
		if text[at] == 'x' {
			text[at] = set
		} else {
			text[at] = bare
		}
	}
	special(setuid, 3, 's', 'S')
	special(setgid, 6, 's', 'S')
	special(sticky, 9, 't', 'T')
	return string(text)
}
