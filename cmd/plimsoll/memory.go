package main

import (
	"math"
	"runtime/debug"
)

// softMemory is how many bytes of memory a scan takes before it cleans up more
// often than else. The budget is 200 MB with what Go does not count.
const softMemory = 128 << 20

// limitMemory keeps a scan of a huge image within its budget, unless the user
// says otherwise with GOMEMLIMIT.
func limitMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(softMemory)
	}
}
