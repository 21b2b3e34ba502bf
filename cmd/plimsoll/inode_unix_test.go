//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"syscall"
)

// inode names the file behind a path: hard links to one file have the same.
func inode(info fs.FileInfo) string {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprint(s.Dev, "-", s.Ino)
	}
	return ""
}
