package main

import (
	"math"
	"os"
	"runtime/debug"
)

// softMemory is how many bytes of memory a scan takes before it cleans up more
// often than else. The budget is 200 MB with what Go does not count.
const softMemory = 128 << 20

// softUpdate is the same for an update of the database: the budget for the
// largest source is 500 MB.
const softUpdate = 360 << 20

// idleGC is by how many percent memory may grow before Go cleans it up, as long
// as there is less than softMemory: a scan begins with a few megabytes, and Go
// would clean up at four, eight and sixteen, for 5 % of the time of a small image.
const idleGC = 400

// limitMemory keeps a scan of a huge image within its budget, and lets that of a
// small one be quick, unless the user says otherwise with GOMEMLIMIT or GOGC.
func limitMemory() { limitMemoryTo(softMemory) }

func limitMemoryTo(bytes int64) {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return
	}
	debug.SetMemoryLimit(bytes)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(idleGC)
	}
}
