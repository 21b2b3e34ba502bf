package main

import (
	"encoding/binary"
	"math/rand/v2"
)

// stockSize is how many bytes of each kind a stock holds. A gzip window is
// 32 KiB, so a file cut out of it packs as well as if it were the only one.
const stockSize = 8 << 20

// stock is made-up content: text that packs about as well as source code and
// prose do (to a third), and binary that packs as programs do (to a half). The
// same seed gives the same bytes.
type stock struct {
	random *rand.Rand
	text   []byte
	binary []byte
}

func newStock(seed uint64) *stock {
	s := &stock{random: rand.New(rand.NewPCG(seed, 1876))}
	s.text = s.makeText(stockSize)
	s.binary = s.makeBinary(stockSize)
	return s
}

// zipf gives small numbers much more often than large ones, as words do.
func (s *stock) zipf(n int) int {
	return min(int(s.random.ExpFloat64()*float64(n)/6), n-1)
}

// word makes a pronounceable word of one to five syllables.
func (s *stock) word() string {
	const consonants, vowels = "bcdfghklmnprstvz", "aeiou"
	var b []byte
	for range 1 + s.random.IntN(5) {
		b = append(b, consonants[s.random.IntN(len(consonants))], vowels[s.random.IntN(len(vowels))])
	}
	return string(b)
}

func (s *stock) makeText(n int) []byte {
	words := make([]string, 6000)
	for i := range words {
		words[i] = s.word()
	}
	marks := []string{" ", " ", " ", " ", ", ", ".\n", "(", ") ", " = ", ";\n  ", "\n\n", "_", " // "}
	out := make([]byte, 0, n+64)
	for len(out) < n {
		out = append(out, words[s.zipf(len(words))]...)
		out = append(out, marks[s.random.IntN(len(marks))]...)
	}
	return out[:n]
}

// makeBinary mixes what a program is made of: instructions out of a limited
// set, tables of near addresses, zeros, strings, and bytes without any order.
func (s *stock) makeBinary(n int) []byte {
	instructions := make([][]byte, 3000)
	for i := range instructions {
		instructions[i] = make([]byte, 2+s.random.IntN(6))
		for j := range instructions[i] {
			instructions[i][j] = byte(s.random.Uint32())
		}
	}
	out := make([]byte, 0, n+8<<10)
	for len(out) < n {
		size := 256 + s.random.IntN(4<<10)
		switch kind := s.random.IntN(20); {
		case kind < 13:
			for end := len(out) + size; len(out) < end; {
				out = append(out, instructions[s.zipf(len(instructions))]...)
				if s.random.IntN(3) == 0 {
					out = append(out, byte(s.random.Uint32()), byte(s.random.IntN(4)), 0, 0)
				}
			}
		case kind < 16:
			for address, end := s.random.Uint64N(1<<30), len(out)+size; len(out) < end; {
				address += 16 * s.random.Uint64N(40)
				out = binary.LittleEndian.AppendUint64(out, address)
			}
		case kind < 17:
			out = append(out, make([]byte, size)...)
		case kind < 19:
			from := s.random.IntN(len(s.text) - size)
			out = append(out, s.text[from:from+size]...)
		default:
			for range size {
				out = append(out, byte(s.random.Uint32()))
			}
		}
	}
	return out[:n]
}

// around gives a number near n: between a quarter and somewhat over twice of it.
func (s *stock) around(n int) int {
	return n/4 + s.random.IntN(3*n/2+1) + s.random.IntN(n/2+1)
}

// prose gives n bytes of text, at most half a stock. They are not to be changed.
func (s *stock) prose(n int) []byte {
	from := s.random.IntN(stockSize - n)
	return s.text[from : from+n]
}

// pieces gives n bytes of binary content of any length, in pieces of up to
// 64 KiB from all over the stock.
func (s *stock) pieces(n int64, yield func([]byte) error) error {
	for n > 0 {
		size := int(min(n, 64<<10))
		from := s.random.IntN(stockSize - size)
		if err := yield(s.binary[from : from+size]); err != nil {
			return err
		}
		n -= int64(size)
	}
	return nil
}

// elfHeader begins what is to look like a shared library for x86-64: an ELF
// header (System V ABI, chapter 4) without program headers or sections.
func elfHeader() []byte {
	h := make([]byte, 64)
	copy(h, "\x7fELF\x02\x01\x01")
	binary.LittleEndian.PutUint16(h[16:], 3)  // e_type: shared object
	binary.LittleEndian.PutUint16(h[18:], 62) // e_machine: x86-64
	binary.LittleEndian.PutUint32(h[20:], 1)  // e_version
	binary.LittleEndian.PutUint16(h[52:], 64) // e_ehsize
	return h
}
