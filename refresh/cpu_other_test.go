//go:build !unix

package refresh

import "time"

func cpuTime() time.Duration { return 0 }
