package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// budgetLint is for a thousand Dockerfiles in one run, in milliseconds.
const (
	budgetLint  = 500
	lintedFiles = 1000
)

// dockerfiles writes a thousand Dockerfiles into a directory: those of a JSON
// Lines file, the text of each in its field dockerfile, from the beginning again
// when they run out.
func dockerfiles(path, dir string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var texts []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() && len(texts) < lintedFiles {
		var record struct{ Dockerfile string }
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			return fmt.Errorf("%s:%d: %w", path, len(texts)+1, err)
		}
		texts = append(texts, record.Dockerfile)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if len(texts) == 0 {
		return fmt.Errorf("%s holds no Dockerfiles", path)
	}
	for n := range lintedFiles {
		name := filepath.Join(dir, fmt.Sprintf("%04d.Dockerfile", n))
		if err := os.WriteFile(name, []byte(texts[n%len(texts)]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// lint measures a thousand Dockerfiles in one run.
func (b *bench) lint(ctx context.Context, path string) (row, error) {
	b.say("measuring lint")
	dir := filepath.Join(b.scratch, "lint")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return row{}, err
	}
	if err := dockerfiles(path, dir); err != nil {
		return row{}, err
	}
	var all []usage
	for range b.runs {
		u, err := b.run(ctx, []int{0, 1}, b.product, "lint", "--quiet", "-o", "json", dir)
		if err != nil {
			return row{}, err
		}
		all = append(all, u)
	}
	return row{
		Work: fmt.Sprintf("lint %d Dockerfiles", lintedFiles), Unit: "ms", Budget: budgetLint,
		Figure: middle(all, func(u usage) float64 { return millis(u.Wall) }),
		CPU:    middle(all, func(u usage) float64 { return millis(u.CPU) }),
	}, nil
}
