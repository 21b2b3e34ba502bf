package image

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A compression is how bytes are packed, known by their first bytes: media
// types and file names lie too often.
type compression string

const (
	plain   compression = "uncompressed"
	gzipped compression = "gzip"
	zstded  compression = "zstd"
)

// maxWindow bounds the memory of a zstd decoder. Images are packed with
// windows of up to 8 MiB; only zstd --long goes further.
const maxWindow = 32 << 20

var errCompression = errors.New("compression is not supported; gzip, zstd and none are")

// magic tells the compression from the first bytes. Those that are known but
// not read are an error.
func magic(head []byte) (compression, error) {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzipped, nil
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}), skippable(head):
		return zstded, nil
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		return plain, fmt.Errorf("xz %w", errCompression)
	case bytes.HasPrefix(head, []byte("BZh")) && len(head) > 10 && bytes.HasPrefix(head[4:], []byte("1AY&SY")):
		return plain, fmt.Errorf("bzip2 %w", errCompression)
	}
	return plain, nil
}

// skippable tells whether a zstd skippable frame begins here (RFC 8878,
// section 3.1.2), as zstd:chunked layers have.
func skippable(head []byte) bool {
	return len(head) >= 4 && head[0]&0xf0 == 0x50 && head[1] == 0x2a && head[2] == 0x4d && head[3] == 0x18
}

// decompress gives what is packed in r. It is the only place that knows a
// decompressor. Members and frames one behind the other are read as one stream,
// and what is neither of them behind the last is passed over, as gzip does.
func decompress(c compression, r io.Reader) (io.ReadCloser, error) {
	switch c {
	case gzipped:
		br := bufio.NewReaderSize(r, 64<<10)
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, cut(err)
		}
		z.Multistream(false)
		return &members{br: br, z: z}, nil
	case zstded:
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return &frames{d: d}, nil
	}
	return io.NopCloser(r), nil
}

// members reads gzip members one behind the other.
type members struct {
	br *bufio.Reader
	z  *gzip.Reader
}

// Read gives the content of the current member, then of the next.
func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.z.Read(p)
		if n > 0 && err == io.EOF {
			err = nil
		}
		if n > 0 || err != io.EOF {
			return n, err
		}
		if head, _ := m.br.Peek(2); !bytes.Equal(head, []byte{0x1f, 0x8b}) {
			return 0, io.EOF
		}
		if err := m.z.Reset(m.br); err != nil {
			return 0, cut(err)
		}
		m.z.Multistream(false)
	}
}

// Close frees the decompressor.
func (m *members) Close() error { return m.z.Close() }

// frames reads zstd frames one behind the other.
type frames struct {
	d    *zstd.Decoder
	some bool
}

// Read gives the content of the frames.
func (f *frames) Read(p []byte) (int, error) {
	n, err := f.d.Read(p)
	f.some = f.some || n > 0
	if f.some && errors.Is(err, zstd.ErrMagicMismatch) {
		err = io.EOF
	}
	return n, err
}

// Close frees the decompressor.
func (f *frames) Close() error {
	f.d.Close()
	return nil
}

// cut names an end that comes too early for what it is.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
