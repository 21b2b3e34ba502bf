package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/vex"
)

// vexTimeout is how long the fetch of a document may take.
const vexTimeout = 2 * time.Minute

// keptVEX says what is kept of a document from a URL, beside its bytes.
type keptVEX struct {
	URL          string `json:"url"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"lastModified,omitempty"`
	SHA256       string `json:"sha256"` // of the bytes: what was cut is fetched anew
}

// remoteVEX reads the documents at an address: of a file, of an archive of a
// repository, or of a repository by its manifest.
func (a *app) remoteVEX(ctx context.Context, address string) ([]*vex.Document, error) {
	address, folder := vex.Folder(address)
	file := address
	if manifest, ok := vex.ManifestURL(address); ok {
		file = manifest
	}
	data, err := a.fetchVEX(ctx, file, func(data []byte) error {
		_, err := documentsOf(file, folder, data)
		return err
	})
	if err != nil {
		return nil, err
	}
	archive, within, ok := vex.Manifest(data)
	if !ok {
		return documentsOf(file, folder, data)
	}
	data, err = a.fetchVEX(ctx, archive, func(data []byte) error {
		_, err := vex.ReadArchive(archive, data, within)
		return err
	})
	if err != nil {
		return nil, err
	}
	return vex.ReadArchive(archive, data, within)
}

// documentsOf reads what an address gave; of a manifest none.
func documentsOf(address, folder string, data []byte) ([]*vex.Document, error) {
	if vex.IsArchive(data) {
		return vex.ReadArchive(address, data, folder)
	}
	if _, _, ok := vex.Manifest(data); ok {
		return nil, nil
	}
	return vex.ReadAll(address, data)
}

// fetchVEX gets a file, or finds that the one kept from the last time is
// still the newest; check refuses what is of no use. Where the source cannot be
// reached the kept one is used, with a warning.
func (a *app) fetchVEX(ctx context.Context, url string, check func([]byte) error) ([]byte, error) {
	user, err := cacheDir()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(url))
	file := filepath.Join(user, "vex", hex.EncodeToString(sum[:16]))
	kept, old := loadVEX(file, url)
	if a.offline {
		if old == nil {
			return nil, fmt.Errorf("%s: %w, and it was not fetched before", url, image.ErrOffline)
		}
		return old, nil
	}
	ctx, cancel := context.WithTimeout(ctx, vexTimeout)
	defer cancel()
	data, fresh, err := getVEX(ctx, kept)
	switch {
	case err != nil && old == nil:
		return nil, err
	case err != nil:
		a.warn("--vex: %v: the document from the last time is used", err)
		return old, nil
	case data == nil:
		return old, nil
	}
	if err := check(data); err != nil {
		return nil, err // what was kept stays
	}
	if err := saveVEX(file, fresh, data); err != nil {
		a.warn("--vex: %s is not kept for the next time: %v", url, err)
	}
	return data, nil
}

// getVEX asks for a document that is newer than the one kept; none is nil.
func getVEX(ctx context.Context, kept keptVEX) (data []byte, fresh keptVEX, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, kept.URL, nil)
	if err != nil {
		return nil, fresh, err
	}
	request.Header.Set("User-Agent", "plimsoll")
	if kept.ETag != "" {
		request.Header.Set("If-None-Match", kept.ETag)
	}
	if kept.LastModified != "" {
		request.Header.Set("If-Modified-Since", kept.LastModified)
	}
	response, err := (&http.Client{}).Do(request)
	if err != nil {
		return nil, fresh, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusNotModified:
		if kept.SHA256 == "" {
			return nil, fresh, fmt.Errorf("%s: the server says that a document is unchanged that was never fetched", kept.URL)
		}
		return nil, fresh, nil
	case http.StatusOK:
	default:
		return nil, fresh, fmt.Errorf("%s: %s", kept.URL, response.Status)
	}
	data, err = io.ReadAll(io.LimitReader(response.Body, vex.MaxDocument+1))
	if err != nil {
		return nil, fresh, fmt.Errorf("%s: %w", kept.URL, err)
	}
	sum := sha256.Sum256(data)
	return data, keptVEX{kept.URL, response.Header.Get("ETag"), response.Header.Get("Last-Modified"), hex.EncodeToString(sum[:])}, nil
}

// loadVEX gives what is kept of a URL; only the URL where that is nothing, or
// nothing whole.
func loadVEX(file, url string) (keptVEX, []byte) {
	none := keptVEX{URL: url}
	text, err := os.ReadFile(file + ".json")
	if err != nil {
		return none, nil
	}
	var kept keptVEX
	if json.Unmarshal(text, &kept) != nil || kept.URL != url {
		return none, nil
	}
	data, err := os.ReadFile(file)
	if sum := sha256.Sum256(data); err != nil || hex.EncodeToString(sum[:]) != kept.SHA256 {
		return none, nil
	}
	return kept, data
}

// saveVEX keeps a document; each of the two files gets its name when it is whole.
func saveVEX(file string, kept keptVEX, data []byte) error {
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	for name, content := range map[string][]byte{file: data, file + ".json": text} {
		if err := writeFile(name, func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
			return err
		}
	}
	return nil
}
