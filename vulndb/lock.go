package vulndb

import (
	"context"
	"fmt"
	"os"
	"time"
)

// lockPoll is how often a waiting process tries again.
const lockPoll = 100 * time.Millisecond

// Lock waits until no other process holds the lock file, which it makes if need
// be. The operating system lets go of it when the process ends, however it
// ends. Writers lock; readers need not, because files are replaced whole.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		held, err := tryLock(f)
		if held {
			return func() { _ = f.Close() }, nil // closing unlocks; nothing was written
		}
		if err == nil {
			select {
			case <-ctx.Done():
				err = ctx.Err()
			case <-time.After(lockPoll):
				continue
			}
		}
		_ = f.Close() // the first error says more
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
}
