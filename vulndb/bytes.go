package vulndb

import (
	"encoding/binary"
	"time"
)

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendTime writes a time to the second: 0 is no time, else the zigzag of the
// seconds since 1970, plus one.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	s := t.Unix()
	return binary.AppendUvarint(b, uint64(s<<1^s>>63)+1)
}

// reader reads what the append functions wrote. It never reads past its data:
// after the first wrong value it is bad and gives zero values.
type reader struct {
	data []byte
	pos  int
	bad  bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data[r.pos:])
	if n <= 0 {
		r.fail()
		return 0
	}
	r.pos += n
	return v
}

func (r *reader) fail() {
	r.bad = true
	r.pos = len(r.data)
}

// count reads a number that fits an int of 32 bits, so that sums of a few do
// not overflow.
func (r *reader) count() int {
	v := r.uvarint()
	if v > 1<<31-1 {
		r.fail()
		return 0
	}
	return int(v)
}

// items reads how many items follow, each of at least one byte.
func (r *reader) items() int {
	n := r.count()
	if n > len(r.data)-r.pos {
		r.fail()
		return 0
	}
	return n
}

// few is items for things that take many bytes when they are read.
func (r *reader) few() int {
	n := r.items()
	if n > maxItems {
		r.fail()
		return 0
	}
	return n
}

func (r *reader) byte() byte {
	if r.pos >= len(r.data) {
		r.fail()
		return 0
	}
	r.pos++
	return r.data[r.pos-1]
}

// take gives the next n bytes; after a failure zeroes, so that fixed fields
// can be read from them.
func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.data)-r.pos {
		r.fail()
		return make([]byte, min(max(n, 0), 64))
	}
	r.pos += n
	return r.data[r.pos-n : r.pos]
}

// raw gives the bytes of a string without copying them.
func (r *reader) raw() []byte {
	n := r.items()
	if r.bad {
		return nil
	}
	return r.take(n)
}

func (r *reader) str() string { return string(r.raw()) }

func (r *reader) strs() []string {
	n := r.few()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.str()
	}
	return list
}

func (r *reader) time() time.Time {
	v := r.uvarint()
	if v == 0 {
		return time.Time{}
	}
	v--
	return time.Unix(int64(v>>1)^-int64(v&1), 0).UTC()
}
