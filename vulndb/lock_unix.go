//go:build unix

package vulndb

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock locks an open file unless another process has it.
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR) {
		return false, nil
	}
	if errors.Is(err, unix.ENOLCK) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) {
		return true, nil // a file system without locks: files are still replaced whole
	}
	return err == nil, err
}
