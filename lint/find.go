package lint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	maxFile    = 16 << 20  // bytes of one file
	maxTotal   = 512 << 20 // bytes of all files of one run
	maxSources = 100_000
)

// Finder finds what is to be linted.
type Finder struct {
	Stdin     io.Reader
	StdinName string // what "-" is called in reports
	// Context is the directory of the build context; empty means the directory
	// of each Dockerfile.
	Context string

	sources []Source
	errs    []error
	seen    map[string]int // index in sources by cleaned path
	total   int64
	ignores map[string]*IgnoreFile
}

// FileError is what is wrong with a file that was to be read.
type FileError struct {
	Path         string
	Line, Column int // 0 where there is none
	Err          error
}

func (e *FileError) Error() string {
	at := e.Path
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d", at, e.Line)
		if e.Column > 0 {
			at = fmt.Sprintf("%s:%d", at, e.Column)
		}
	}
	return fmt.Sprintf("%s: %v", at, e.Err)
}

func (e *FileError) Unwrap() error { return e.Err }

// Find gives the Dockerfiles that paths name: files, directories, patterns, and
// "-" for standard input; in their order, each once. Without paths it is the
// working directory. Compose and bake files are looked through for the
// Dockerfiles in them. Errors are of single files; the others are there.
func (f *Finder) Find(paths []string) ([]Source, []error) {
	f.seen, f.ignores = map[string]int{}, map[string]*IgnoreFile{}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, p := range paths {
		f.path(p)
	}
	return f.sources, f.errs
}

func (f *Finder) path(p string) {
	if p == "-" {
		f.stdin()
		return
	}
	info, err := os.Stat(p)
	switch {
	case err == nil && info.IsDir():
		f.directory(p)
	case err == nil:
		f.file(p)
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(p, "*?["):
		f.glob(p)
	default:
		f.fail(p, reason(err))
	}
}

// reason is the cause of an error without the path that it repeats.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (f *Finder) fail(path string, err error) {
	var place *FileError
	if !errors.As(err, &place) {
		place = &FileError{Path: path, Err: err}
	}
	f.errs = append(f.errs, place)
}

func (f *Finder) stdin() {
	name := f.StdinName
	if name == "" {
		name = "-"
	}
	text, err := readAll(f.Stdin)
	if err != nil {
		f.fail(name, err)
		return
	}
	f.add(Source{Path: name, Text: text, Ignore: f.ignoreFile(filepath.Join(f.contextOf("Dockerfile"), "Dockerfile"))})
}

// file adds a file by what its name says that it is.
func (f *Finder) file(p string) {
	switch kindOf(filepath.Base(p)) {
	case composeFile, bakeFile:
		f.buildFile(p)
	default:
		f.dockerfile(p)
	}
}

// dockerfile adds a Dockerfile and gives its place among the sources.
func (f *Finder) dockerfile(p string) (index int, ok bool) {
	clean := filepath.Clean(p)
	if i, known := f.seen[clean]; known {
		return i, true
	}
	text, err := readFile(p)
	if err != nil {
		f.fail(p, err)
		return 0, false
	}
	f.seen[clean] = len(f.sources)
	return f.add(Source{Path: p, Text: text, Ignore: f.ignoreFile(p)})
}

func (f *Finder) add(s Source) (index int, ok bool) {
	f.total += int64(len(s.Text))
	if f.total > maxTotal || len(f.sources) >= maxSources {
		f.fail(s.Path, fmt.Errorf("left out: more than %d files or %d MiB in one run", maxSources, maxTotal>>20))
		return 0, false
	}
	f.sources = append(f.sources, s)
	return len(f.sources) - 1, true
}

func readFile(p string) ([]byte, error) {
	file, err := os.Open(p)
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > maxFile {
		return nil, &FileError{p, 1, 1, errTooLong}
	}
	text, err := readAll(file)
	if errors.Is(err, errTooLong) {
		return nil, &FileError{p, 1, 1, err}
	}
	return text, reason(err)
}

var errTooLong = fmt.Errorf("more than %d MiB: this is no Dockerfile", maxFile>>20)

func readAll(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(text) > maxFile {
		return nil, errTooLong
	}
	return text, err
}

// fileKind is what the name of a file says that it is.
type fileKind int

const (
	otherFile fileKind = iota
	dockerFile
	composeFile
	bakeFile
)

// kindOf tells Dockerfiles and what holds Dockerfiles by their names.
func kindOf(base string) fileKind {
	lower := strings.ToLower(base)
	ext := strings.TrimPrefix(filepath.Ext(lower), ".")
	stem := strings.TrimSuffix(lower, "."+ext)
	switch {
	case (ext == "yml" || ext == "yaml") && composeStem(stem):
		return composeFile
	case (ext == "hcl" || ext == "json") && strings.HasPrefix(stem, "docker-bake"):
		return bakeFile
	case ext == "dockerfile" && stem != "", ext == "containerfile" && stem != "":
		return dockerFile
	case slices.Contains([]string{"dockerignore", "containerignore", "md", "go", "py", "js", "ts", "rb", "rs", "json", "yml", "yaml", "hcl", "html", "xml", "sh", "swp"}, ext), strings.HasSuffix(base, "~"):
		return otherFile
	}
	for _, name := range []string{"dockerfile", "containerfile"} {
		if rest, ok := strings.CutPrefix(lower, name); ok && (rest == "" || strings.Contains(".-_", rest[:1])) {
			return dockerFile
		}
	}
	return otherFile
}

// composeStem is true for compose, docker-compose and those with more behind a
// dot or a dash: compose.override.
func composeStem(stem string) bool {
	stem = strings.TrimPrefix(stem, "docker-")
	rest, ok := strings.CutPrefix(stem, "compose")
	return ok && (rest == "" || strings.Contains(".-_", rest[:1]))
}

// directory adds what is in a directory and below, but for what belongs to git
// and to installed Node packages.
func (f *Finder) directory(dir string) {
	before := len(f.sources) + len(f.errs)
	var builds []string
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			f.fail(p, reason(err))
			return nil
		case d.IsDir():
			if p != dir && (d.Name() == ".git" || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		kind := kindOf(d.Name())
		if kind == otherFile || !regular(p, d) {
			return nil
		}
		if kind == dockerFile {
			f.dockerfile(p)
		} else {
			builds = append(builds, p)
		}
		return nil
	})
	for _, p := range builds {
		f.buildFile(p)
	}
	if len(f.sources)+len(f.errs) == before && len(builds) == 0 {
		f.fail(dir, errors.New("no Dockerfile in this directory"))
	}
}

func regular(p string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	info, err := os.Stat(p)
	return err == nil && info.Mode().IsRegular()
}

// glob adds the files that a pattern matches; ** stands for any directories.
func (f *Finder) glob(pattern string) {
	clean := filepath.ToSlash(filepath.Clean(pattern))
	tokens, err := ignoreTokens(clean)
	if err != nil {
		f.fail(pattern, err)
		return
	}
	root := clean[:strings.LastIndexByte(clean[:strings.IndexAny(clean, "*?[")], '/')+1]
	found := false
	_ = filepath.WalkDir(filepath.FromSlash(filepath.Clean("./"+root)), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if matchTokens(tokens, filepath.ToSlash(p)) && regular(p, d) {
			found = true
			f.file(p)
		}
		return nil
	})
	if !found {
		f.fail(pattern, errors.New("no file matches this pattern"))
	}
}

func (f *Finder) contextOf(dockerfile string) string {
	if f.Context != "" {
		return f.Context
	}
	return filepath.Dir(dockerfile)
}

// ignoreFile is what the builder reads for a Dockerfile: the one with its own
// name, else that of the context.
func (f *Finder) ignoreFile(dockerfile string) *IgnoreFile {
	for _, p := range []string{dockerfile + ".dockerignore", filepath.Join(f.contextOf(dockerfile), ".dockerignore")} {
		if i, ok := f.ignores[p]; ok {
			if i != nil {
				return i
			}
			continue
		}
		data, err := readFile(p)
		f.ignores[p] = nil
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				f.fail(p, err)
			}
			continue
		}
		i, err := ParseIgnore(data)
		if err != nil {
			f.errs = append(f.errs, fmt.Errorf("%s:%w", p, err))
		}
		f.ignores[p] = i
		return i
	}
	return nil
}

// IgnoreFor is what the builder reads for a Dockerfile: the ignore file with its
// own name, else that of its directory; nil where there is none.
func IgnoreFor(dockerfile string) *IgnoreFile {
	f := Finder{ignores: map[string]*IgnoreFile{}}
	return f.ignoreFile(dockerfile)
}

// IsDockerfile tells by a file's name whether it is a Dockerfile.
func IsDockerfile(path string) bool { return kindOf(filepath.Base(path)) == dockerFile }
