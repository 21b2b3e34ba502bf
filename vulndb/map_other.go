//go:build !unix

package vulndb

import "os"

// mapFile reads a file into memory: where mapped files cannot be replaced, an
// update would have to wait for every reader.
func mapFile(path string) (data []byte, release func() error, err error) {
	data, err = os.ReadFile(path)
	return data, func() error { return nil }, err
}

// syncDir does nothing: a rename needs no more where directories are no files.
func syncDir(string) error { return nil }
