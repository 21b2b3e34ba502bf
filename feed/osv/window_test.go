package osv

import (
	"bytes"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
)

// TestWindowed compares reads anywhere with those of the file itself.
func TestWindowed(t *testing.T) {
	data := make([]byte, 6*windowSize+777)
	random := rand.NewChaCha8([32]byte{3})
	_, _ = random.Read(data)
	w := &windowed{from: bytes.NewReader(data)}
	var group sync.WaitGroup
	for worker := range uint64(4) {
		group.Go(func() {
			r := rand.New(rand.NewPCG(worker, 1))
			for range 2000 {
				offset, size := r.Int64N(int64(len(data))+100), r.IntN(3000)
				if r.IntN(50) == 0 {
					size = r.IntN(2 * windowSize)
				}
				got, want := make([]byte, size), make([]byte, size)
				n, err := w.ReadAt(got, offset)
				m, wantErr := bytes.NewReader(data).ReadAt(want, offset)
				if n != m || (err == io.EOF) != (wantErr == io.EOF) && n < size || !bytes.Equal(got, want) {
					t.Errorf("%d bytes at %d: %d, %v, not %d, %v", size, offset, n, err, m, wantErr)
				}
			}
		})
	}
	group.Wait()
}
