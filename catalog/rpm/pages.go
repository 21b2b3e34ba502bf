package rpm

import (
	"fmt"
	"io"
)

// pages reads a file by pages of equal size and remembers which it has given
// away: a page belongs to one place, so meeting it again is a circle.
type pages struct {
	r     io.ReaderAt
	size  int // bytes of a page
	count int64
	taken []uint64 // one bit a page
}

func newPages(r io.ReaderAt, fileSize int64, size int) *pages {
	count := fileSize / int64(size)
	return &pages{r: r, size: size, count: count, taken: make([]uint64, count/64+1)}
}

// read fills page, which is one page long, with page n, counted from 0.
func (p *pages) read(n int64, page []byte) error {
	if n < 0 || n >= p.count {
		return fmt.Errorf("%w: no page %d in a file of %d pages", errDatabase, n, p.count)
	}
	if got, err := p.r.ReadAt(page, n*int64(p.size)); got < len(page) {
		return fmt.Errorf("page %d: %w", n, err)
	}
	return nil
}

// take is read for a page that must not have been taken before.
func (p *pages) take(n int64, page []byte) error {
	if err := p.read(n, page); err != nil {
		return err
	}
	word, bit := n/64, uint64(1)<<(n%64)
	if p.taken[word]&bit != 0 {
		return fmt.Errorf("%w: page %d belongs to two places", errDatabase, n)
	}
	p.taken[word] |= bit
	return nil
}
