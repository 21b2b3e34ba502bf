package image

import (
	"bufio"
	"io"
)

// Unpack gives what is packed in r with gzip or zstd, or r itself where it is
// not packed, by the same decompressor that layers are read with. Nothing is
// checked against a digest: it is for measuring what unpacking alone costs.
func Unpack(r io.Reader) (io.ReadCloser, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	head, err := br.Peek(16)
	if err != nil && err != io.EOF {
		return nil, err
	}
	kind, err := magic(head)
	if err != nil {
		return nil, err
	}
	return decompress(kind, br)
}
