package walk

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSortHashes compares with the standard library, also where all hashes fall
// into one part or are the same.
func TestSortHashes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 1000, 1<<14 - 1, 1 << 14, 200_000} {
		for name, hash := range map[string]func() uint64{
			"even": random.Uint64,
			"low":  func() uint64 { return random.Uint64N(1 << 40) },
			"high": func() uint64 { return random.Uint64() | 0xfff<<52 },
			"two":  func() uint64 { return random.Uint64N(2) << 63 },
			"same": func() uint64 { return 1 << 63 },
		} {
			got := make([]uint64, n)
			for i := range got {
				got[i] = hash()
			}
			want := slices.Clone(got)
			slices.Sort(want)
			if sortHashes(got); !slices.Equal(want, got) {
				t.Errorf("%d hashes, %s: not as slices.Sort has them", n, name)
			}
		}
	}
}

// BenchmarkSortHashes sorts the paths of an image of 3 million files.
func BenchmarkSortHashes(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]uint64, 3_000_000)
	for b.Loop() {
		b.StopTimer()
		for i := range all {
			all[i] = random.Uint64()
		}
		b.StartTimer()
		sortHashes(all)
	}
}
