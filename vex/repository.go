package vex

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/bzip2"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
)

// IndexName is the file of a repository that lists its documents
// (https://github.com/aquasecurity/vex-repo-spec).
const IndexName = "index.json"

// Bounds on a repository.
const (
	maxLocations = 100_000
	maxUnpacked  = 1 << 30 // bytes of an archive's JSON files
)

// ErrNoIndex says that something is no repository: it has no list of documents.
var ErrNoIndex = errors.New("no " + IndexName + " of a VEX repository")

// Index lists the documents that a repository's index names, as paths beside
// it. Anything else is ErrNoIndex.
func Index(data []byte) ([]string, error) {
	var index struct {
		Packages []struct {
			ID       string `json:"id"`
			Location string `json:"location"`
		} `json:"packages"`
	}
	if json.Unmarshal(data, &index) != nil || len(index.Packages) == 0 || index.Packages[0].Location == "" {
		return nil, ErrNoIndex
	}
	if len(index.Packages) > maxLocations {
		return nil, fmt.Errorf("%s: more than %d documents", IndexName, maxLocations)
	}
	var list []string
	for _, p := range index.Packages {
		if !fs.ValidPath(p.Location) || p.Location == "." {
			return nil, fmt.Errorf("%s: %q is no path inside the repository", IndexName, clip(p.Location))
		}
		list = append(list, p.Location)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// ManifestURL is where the manifest of the repository is that an address names:
// a host without a path, or a repository on GitHub. Others are addresses of files.
func ManifestURL(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", false
	}
	inner := strings.Trim(strings.TrimSuffix(u.Path, ".git"), "/")
	switch {
	case inner == "":
		u.Path = "/.well-known/vex-repository.json"
	case u.Host == "github.com" && strings.Count(inner, "/") == 1:
		u.Host, u.Path = "raw.githubusercontent.com", "/"+inner+"/main/vex-repository.json"
	default:
		return "", false
	}
	return u.String(), true
}

// Manifest reads the manifest of a repository: the addresses of its archive, and
// the folder of the archive that counts. False says that it is none.
func Manifest(data []byte) (address, folder string, ok bool) {
	type version struct {
		Spec      string `json:"spec_version"`
		Locations []struct {
			URL string `json:"url"`
		} `json:"locations"`
	}
	var manifest struct {
		Versions json.RawMessage `json:"versions"`
	}
	if json.Unmarshal(data, &manifest) != nil || manifest.Versions == nil {
		return "", "", false
	}
	var list []version
	if json.Unmarshal(manifest.Versions, &list) != nil {
		named := map[string]version{} // as drafts of the specification have it
		if json.Unmarshal(manifest.Versions, &named) != nil {
			return "", "", false
		}
		for _, v := range named {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b version) int {
		return cmp.Compare(strings.TrimPrefix(b.Spec, "v"), strings.TrimPrefix(a.Spec, "v"))
	})
	for _, v := range list {
		for _, l := range v.Locations {
			address, folder := Folder(l.URL)
			if isArchiveName(address) {
				return address, folder, true
			}
		}
	}
	return "", "", false
}

// Folder parts the address of an archive from the folder in it that is meant:
// "https://host/a.tar.gz//folder".
func Folder(address string) (archive, folder string) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address, ""
	}
	rest, folder, _ = strings.Cut(rest, "//")
	return scheme + "://" + rest, strings.Trim(folder, "/")
}

func isArchiveName(name string) bool {
	for _, ending := range []string{".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar", ".zip"} {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}

// IsArchive tells by the first bytes whether a file is an archive that ReadArchive
// reads: a tar packed with gzip or bzip2, or a zip.
func IsArchive(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\x1f\x8b")) || bytes.HasPrefix(data, []byte("BZh")) || bytes.HasPrefix(data, []byte("PK\x03\x04"))
}

// ReadArchive reads the documents of a repository from its archive. folder is the
// one in it that counts; empty is the root, or the only folder there.
func ReadArchive(file string, data []byte, folder string) ([]*Document, error) {
	files, err := unpack(data)
	if err != nil {
		return nil, placed(file, err)
	}
	if folder == "" && files[IndexName] == nil {
		folder = onlyFolder(files)
	}
	return ReadRepository(file, func(name string) ([]byte, error) {
		content, ok := files[path.Join(folder, name)]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return content, nil
	})
}

// ReadRepository reads the documents that the index of a repository names; open
// gives the content of a file.
func ReadRepository(file string, open func(name string) ([]byte, error)) ([]*Document, error) {
	data, err := open(IndexName)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNoIndex
	}
	if err != nil {
		return nil, placed(file, err)
	}
	locations, err := Index(data)
	if err != nil {
		return nil, placed(file, err)
	}
	var out []*Document
	for _, location := range locations {
		data, err := open(location)
		if err != nil {
			return nil, placed(file, err)
		}
		docs, err := ReadAll(file+"/"+location, data)
		if err != nil {
			return nil, err
		}
		out = append(out, docs...)
	}
	return out, nil
}

// onlyFolder is the folder that all files are in, as in an archive of a
// repository that its host makes.
func onlyFolder(files map[string][]byte) string {
	only := ""
	for name := range files {
		first, _, deep := strings.Cut(name, "/")
		if !deep || only != "" && only != first {
			return ""
		}
		only = first
	}
	return only
}

// unpack gives the JSON files of an archive by path.
func unpack(data []byte) (map[string][]byte, error) {
	files, left := map[string][]byte{}, int64(maxUnpacked)
	keep := func(name string, r io.Reader) error {
		name = path.Clean(strings.TrimPrefix(name, "./"))
		if !fs.ValidPath(name) || path.Ext(name) != ".json" {
			return nil
		}
		content, err := io.ReadAll(io.LimitReader(r, min(left, MaxDocument)+1))
		if left -= int64(len(content)); err == nil && (left < 0 || len(content) > MaxDocument || len(files) > 2*maxLocations) {
			err = fmt.Errorf("the archive holds more than %d bytes or %d files", maxUnpacked, 2*maxLocations)
		}
		files[name] = content
		return err
	}
	if bytes.HasPrefix(data, []byte("PK")) {
		return files, eachZipped(data, keep)
	}
	r := io.Reader(bytes.NewReader(data))
	switch {
	case bytes.HasPrefix(data, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = z
	case bytes.HasPrefix(data, []byte("BZh")):
		r = bzip2.NewReader(r)
	}
	// What is passed over counts, too: a bomb has few files and many bytes.
	t := tar.NewReader(io.LimitReader(r, 4*maxUnpacked))
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err == nil && h.Typeflag == tar.TypeReg {
			err = keep(h.Name, t)
		}
		if err != nil {
			return nil, err
		}
	}
}

func eachZipped(data []byte, keep func(name string, r io.Reader) error) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	for _, f := range z.File {
		if !f.Mode().IsRegular() {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		if err := errors.Join(keep(f.Name, r), r.Close()); err != nil {
			return err
		}
	}
	return nil
}
