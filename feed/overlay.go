package feed

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Record is a record that changed since an export, by the name of its file;
// without data if the source has it no more.
type Record struct {
	Name string
	Data []byte
}

// MergeZip writes records that changed as a new zip, and with them those of an
// older zip (if its name is not empty) that are not among them. It reports how
// many there are then.
func MergeZip(dir, name, older string, records []Record) (count int, err error) {
	f, err := os.CreateTemp(dir, NewPrefix+"*")
	if err != nil {
		return 0, err
	}
	z := zip.NewWriter(f)
	written := map[string]bool{}
	for _, r := range records {
		if written[r.Name] || err != nil {
			continue
		}
		written[r.Name] = true
		w, creating := z.Create(r.Name)
		if err = creating; err == nil {
			_, err = io.Copy(w, bytes.NewReader(r.Data))
		}
	}
	if err == nil && older != "" {
		err = copyOthers(z, filepath.Join(dir, older), written)
	}
	err = errors.Join(err, z.Close(), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(f.Name()))
	}
	return len(written), nil
}

func copyOthers(z *zip.Writer, path string, written map[string]bool) error {
	old, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	for _, f := range old.File {
		if !written[f.Name] {
			written[f.Name] = true
			err = errors.Join(err, z.Copy(f))
		}
	}
	return errors.Join(err, old.Close())
}
