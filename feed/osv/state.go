package osv

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	stateFile   = "state.json"
	partFile    = "all.zip.part"
	partState   = "all.zip.part.json"
	lockFile    = "lock"
	newPrefix   = ".new-"
	plainZip    = "all.zip"
	maxMetadata = 1 << 20 // bytes of the files about files
)

// state says which files of the directory hold the records. Replacing it is
// the moment at which an update counts: before, the old files are whole; after,
// the new ones.
type state struct {
	URL       string    `json:"url"` // of the source, to notice another one
	Ecosystem string    `json:"ecosystem"`
	Zip       string    `json:"zip"`               // file with all records
	Changes   string    `json:"changes,omitempty"` // file with the records that came later
	Tag       string    `json:"tag,omitempty"`     // ETag of the zip, or what stands for it
	ListTag   string    `json:"listTag,omitempty"` // ETag of the list of changes
	Seen      time.Time `json:"seen,omitzero"`     // changes up to here are in the files
	SeenIDs   []string  `json:"seenIds,omitempty"` // those that changed just then
	Serial    int       `json:"serial"`            // counts updates, so that file names are new
}

func readState(dir fs.FS) (state, error) {
	var s state
	err := readJSON(dir, stateFile, &s)
	if err == nil && (!fs.ValidPath(s.Zip) || strings.Contains(s.Zip, "/") || s.Changes != "" && !fs.ValidPath(s.Changes)) {
		err = fmt.Errorf("read %s: no file names", stateFile)
	}
	return s, err
}

// basis names the zip with all records: a new one has another serial, and one
// in a directory that was emptied meanwhile another time.
func basis(dir fs.FS) (string, error) {
	s, err := readState(dir)
	if err != nil {
		return "", err
	}
	info, err := fs.Stat(dir, s.Zip)
	if err != nil {
		return "", err
	}
	of := fmt.Sprintf("%s\x00%s\x00%s\x00%d\x00%d", s.URL, s.Zip, s.Tag, info.Size(), info.ModTime().UnixNano())
	sum := sha256.Sum256([]byte(of))
	return hex.EncodeToString(sum[:8]), nil
}

func readJSON[T any](dir fs.FS, name string, to *T) error {
	info, err := fs.Stat(dir, name)
	if err != nil {
		return err
	}
	if info.Size() > maxMetadata {
		return fmt.Errorf("read %s: %d bytes are too many", name, info.Size())
	}
	data, err := fs.ReadFile(dir, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, to); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// commit makes s the state of dir and deletes the files that it does not name.
func (s state) commit(dir string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, stateFile), data); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if name != s.Zip && name != s.Changes && (strings.HasPrefix(name, newPrefix) || strings.HasSuffix(name, ".zip")) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
	}
	return err
}

// writeFile puts a file under its name in one step.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), newPrefix+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
