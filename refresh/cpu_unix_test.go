//go:build unix

package refresh

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is what this process has taken of the processors, user and system:
// on a machine that does other work too it says more than a clock.
func cpuTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
