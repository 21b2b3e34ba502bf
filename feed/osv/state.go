package osv

import (
	"archive/zip"
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

	"github.com/plimsoll/plimsoll/feed"
)

const (
	stateFile = "state.json"
	lockFile  = "lock"
	plainZip  = "all.zip"
)

// state says which files of the directory hold the records. Replacing it is
// the moment at which an update counts: before, the old files are whole; after,
// the new ones.
type state struct {
	URL       string    `json:"url"` // of the source, to notice another one
	Ecosystem string    `json:"ecosystem"`
	Zip       string    `json:"zip"`                 // file with all records
	Changes   string    `json:"changes,omitempty"`   // file with the records that came later
	Tag       string    `json:"tag,omitempty"`       // ETag of the zip, or what stands for it
	ListTag   string    `json:"listTag,omitempty"`   // ETag of the list of changes
	Seen      time.Time `json:"seen,omitzero"`       // changes up to here are in the files
	SeenLines []string  `json:"seenLines,omitempty"` // those of just then, and those that claim a time to come
	Serial    int       `json:"serial"`              // counts updates, so that file names are new
}

func readState(dir fs.FS) (state, error) {
	var s state
	err := feed.ReadJSON(dir, stateFile, &s)
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

// commit makes s the state of dir and deletes the files that it does not name.
func (s state) commit(dir string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := feed.WriteFile(filepath.Join(dir, stateFile), data); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if name != s.Zip && name != s.Changes && (strings.HasPrefix(name, feed.NewPrefix) || strings.HasSuffix(name, ".zip")) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
	}
	return err
}

// checkZip reads a zip's directory; its contents are checked when they are read.
func checkZip(path string) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("downloaded zip: %w", err)
	}
	return z.Close()
}
