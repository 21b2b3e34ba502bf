package dockerfile

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// Encoding is what the bytes of a file are written in.
type Encoding int

// The encodings of Dockerfiles. UTF-16 is known by its byte order mark only.
const (
	UTF8    Encoding = iota
	UTF8BOM          // UTF-8 with a byte order mark
	UTF16LE          // with a byte order mark, little-endian
	UTF16BE          // with a byte order mark, big-endian
)

const (
	markUTF8    = "\xef\xbb\xbf"
	markUTF16LE = "\xff\xfe"
	markUTF16BE = "\xfe\xff"
)

// decode gives the text without its byte order mark, in UTF-8. Text that is
// not valid in its encoding keeps its bytes in UTF-8 and gets U+FFFD in UTF-16.
func decode(src []byte) ([]byte, Encoding) {
	switch {
	case bytes.HasPrefix(src, []byte(markUTF8)):
		return src[len(markUTF8):], UTF8BOM
	case bytes.HasPrefix(src, []byte(markUTF16LE)):
		return decodeUTF16(src[2:], binary.LittleEndian), UTF16LE
	case bytes.HasPrefix(src, []byte(markUTF16BE)):
		return decodeUTF16(src[2:], binary.BigEndian), UTF16BE
	}
	return src, UTF8
}

func decodeUTF16(src []byte, order binary.ByteOrder) []byte {
	out := make([]byte, 0, len(src)/2+len(src)/8)
	for i := 0; i < len(src); i += 2 {
		if i+1 == len(src) {
			out = utf8.AppendRune(out, utf8.RuneError)
			break
		}
		r := rune(order.Uint16(src[i:]))
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if i+3 < len(src) {
				low = rune(order.Uint16(src[i+2:]))
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i += 2
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// Encode writes text, an edited Source, in the encoding that the file had.
func (f *File) Encode(text []byte) []byte {
	var order binary.AppendByteOrder
	var out []byte
	switch f.Encoding {
	case UTF8BOM:
		return append([]byte(markUTF8), text...)
	case UTF16LE:
		order, out = binary.LittleEndian, []byte(markUTF16LE)
	case UTF16BE:
		order, out = binary.BigEndian, []byte(markUTF16BE)
	default:
		return text
	}
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		text = text[n:]
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			out = order.AppendUint16(out, uint16(high))
			r = low
		}
		out = order.AppendUint16(out, uint16(r))
	}
	return out
}
