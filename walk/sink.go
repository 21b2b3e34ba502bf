package walk

import (
	"context"
	"io"
	"io/fs"
)

// sinks are where the bytes of the current file go besides its visitors.
type sinks []sinkOf

type sinkOf struct {
	Sink
	name string // of the visitor
}

func (s sinks) write(p []byte) {
	for i := range s {
		s[i].Write(p)
	}
}

// maxHoles bounds the zeros that the sparse files of one layer stand for: a
// header of a few bytes can claim any number of them.
const maxHoles = 8 << 30

// tell fills the scratch entry and shows it to those who want to see each.
func (w *walker) tell(e *entry, p string, hash uint64) {
	if len(w.entries) == 0 && len(w.streams) == 0 {
		return
	}
	w.entry = Entry{
		Path: p, Hash: hash, Link: e.link, Mode: e.mode | e.kind(), HardLink: e.flag == typeHardLink,
		UID: e.uid, GID: e.gid, Size: e.size, ModTime: e.time(),
	}
	for _, v := range w.entries {
		if v.Entry(&w.entry) {
			w.shown[hash] = true
		}
	}
}

// kind is the type of a member as fs.FileMode has it.
func (e *entry) kind() fs.FileMode {
	switch e.flag {
	case typeDirectory:
		return fs.ModeDir
	case typeSymlink:
		return fs.ModeSymlink
	case typeCharacter:
		return fs.ModeDevice | fs.ModeCharDevice
	case typeBlock:
		return fs.ModeDevice
	case typePipe:
		return fs.ModeNamedPipe
	}
	return 0
}

// openSinks asks where the bytes of the regular file at hand go.
func (w *walker) openSinks(e *entry) {
	w.sinks = w.sinks[:0]
	if e.size == 0 || len(w.streams) == 0 {
		return
	}
	if e.sparse != nil {
		if w.holes += e.size - e.stored; w.holes > maxHoles || w.holes < 0 {
			w.holes = maxHoles
			w.warnOnce("holes", w.entry.Path, "a sparse file with too much of nothing in it: its content is not looked at")
			return
		}
	}
	for _, v := range w.streams {
		if s := v.Stream(&w.entry); s != nil {
			w.sinks = append(w.sinks, sinkOf{s, v.Name})
		}
	}
}

// drainTo gives the sinks what no visitor has read of the file.
func (w *walker) drainTo(ctx context.Context, a *archive, e *entry, src *noted) error {
	if e.sparse == nil {
		for a.left > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := a.fill(); err != nil {
				return cut(err)
			}
			n := min(a.left, int64(len(a.block)))
			w.sinks.write(a.block[:n])
			if err := a.skip(n); err != nil {
				return err
			}
			a.left -= n
		}
		return nil
	}
	if w.buffer == nil {
		w.buffer = make([]byte, 64<<10)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch _, err := src.Read(w.buffer); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// closeSinks ends the file for the sinks.
func (w *walker) closeSinks(p string, hash uint64) {
	for _, s := range w.sinks {
		recorded, err := s.Close()
		if err != nil {
			w.warn(p, s.name+": "+err.Error())
		}
		if recorded {
			w.shown[hash] = true
		}
	}
	w.sinks = w.sinks[:0]
}
