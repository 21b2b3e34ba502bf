package walk

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestChecksum compares the sum taken in lanes with one taken byte by byte, of
// unsigned bytes and of signed ones as old tars have it.
func TestChecksum(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		h := make([]byte, blockSize)
		for i := range h {
			if h[i] = byte(random.Uint32()); n%3 == 0 {
				h[i] = 0xff // the largest sum of all
			}
		}
		copy(h[148:156], "        ")
		var unsigned, signed int
		for _, c := range h {
			unsigned += int(c)
			signed += int(int8(c))
		}
		for _, sum := range []int{unsigned, max(signed, 0)} {
			copy(h[148:156], fmt.Sprintf("%06o\x00 ", sum))
			if err := checksum(h); err != nil && (sum == unsigned || sum == signed) {
				t.Errorf("sum %d of %d and %d: %v", sum, unsigned, signed, err)
			}
			copy(h[148:156], fmt.Sprintf("%06o\x00 ", sum+1))
			if err := checksum(h); err == nil && sum+1 != signed && sum+1 != unsigned {
				t.Errorf("sum %d passes for %d and %d", sum+1, unsigned, signed)
			}
		}
	}
}

// BenchmarkHeader parses one header, as is done for every file of an image.
func BenchmarkHeader(b *testing.B) {
	h := make([]byte, blockSize)
	copy(h, "usr/share/doc/openssl/changelog.Debian.gz")
	copy(h[100:], "0000644\x000000000\x000000000\x0000000012345\x0014605231740\x00")
	copy(h[148:], "        0")
	copy(h[257:], "ustar\x0000")
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum(h)))
	var e entry
	for b.Loop() {
		if err := e.parse(h); err != nil {
			b.Fatal(err)
		}
	}
}
