package vulndb

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Sizes in bytes, before compression, at which a block is closed: small where
// a look-up decompresses it, large where only a report does.
const (
	recordBlock = 8 << 10
	entryBlock  = 8 << 10
	textBlock   = 1 << 20
	// maxBlock bounds what a block may grow to when it is decompressed.
	maxBlock = 64 << 20
)

// newEncoder makes what compresses blocks. It has large tables, so several
// segments share it.
func newEncoder() (*zstd.Encoder, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderCRC(false),
		zstd.WithWindowSize(textBlock), zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)))
	if err != nil {
		return nil, fmt.Errorf("compress advisories: %w", err)
	}
	return enc, nil
}

// blockWriter cuts a stream of items into blocks, which are compressed side by
// side. The index has for each block where it starts and which item is its first.
type blockWriter struct {
	enc    *zstd.Encoder
	raw    []byte
	first  int // item of the block
	items  int
	blocks []*block
	slots  chan struct{}
	group  sync.WaitGroup
}

// block is a closed block.
type block struct {
	first  int
	packed []byte
}

func newBlockWriter(enc *zstd.Encoder) *blockWriter {
	return &blockWriter{enc: enc, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// flush closes the block.
func (b *blockWriter) flush() {
	if b.items == b.first {
		return
	}
	done, raw := &block{first: b.first}, b.raw
	b.blocks = append(b.blocks, done)
	b.raw, b.first = make([]byte, 0, len(raw)+len(raw)/8), b.items
	b.slots <- struct{}{}
	b.group.Go(func() {
		done.packed = b.enc.EncodeAll(raw, nil)
		<-b.slots
	})
}

// close ends the last block and gives the index and the blocks.
func (b *blockWriter) close() (index, blocks []byte) {
	b.flush()
	b.group.Wait()
	size := 0
	for _, done := range b.blocks {
		size += len(done.packed)
	}
	blocks = make([]byte, 0, size)
	for _, done := range b.blocks {
		index = binary.LittleEndian.AppendUint32(index, uint32(len(blocks)))
		index = binary.LittleEndian.AppendUint32(index, uint32(done.first))
		blocks = append(blocks, done.packed...)
	}
	index = binary.LittleEndian.AppendUint32(index, uint32(len(blocks)))
	return binary.LittleEndian.AppendUint32(index, uint32(b.items)), blocks
}
