// Accuracy measures how often matching is right, and writes docs/accuracy.md.
//
//	go run ./bench/accuracy [-data DIR] [-write]
//
// It compiles real advisories, asks the matcher about packages of which others
// have said which vulnerabilities they have, and counts. The data are kept
// outside the repository: -data, else PLIMSOLL_CASES, else "shared" beside the
// repository. Run it in the root folder of the repository.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
)

// Where -write writes, below the root folder of the repository.
const (
	documentFile = "docs/accuracy.md"
	baselineFile = "bench/accuracy/baseline.json"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "accuracy:", err)
		}
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("accuracy", flag.ContinueOnError)
	data := flags.String("data", folder(), "`folder` of the labelled data")
	write := flags.Bool("write", false, "write "+documentFile+" and "+baselineFile)
	if err := flags.Parse(args); err != nil {
		return err
	}
	m, err := measure(ctx, filepath.Join(*data, "oracles"), filepath.Join(*data, "advisories", "osv"))
	if err != nil {
		return err
	}
	var document bytes.Buffer
	m.document(&document)
	if !*write {
		_, err := document.WriteTo(out)
		return err
	}
	if err := os.WriteFile(documentFile, document.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(baselineFile, m.baseline().encode(), 0o644)
}

// folder is where the labelled data are by default.
func folder() string {
	if dir := os.Getenv("PLIMSOLL_CASES"); dir != "" {
		return dir
	}
	return filepath.Join("..", "shared")
}

// measurement is what a run finds.
type measurement struct {
	answers *set // recorded answers of the OSV API
	labels  *set // labelled matches of images
	// data is a digest of labels and advisories: figures of other data cannot be
	// compared.
	data string
}

// measure compiles the zips of advisories in a folder and asks about everything
// that is labelled in another.
func measure(ctx context.Context, oracles, advisories string) (*measurement, error) {
	answers, labelled := filepath.Join(oracles, "osv-answers.jsonl"), filepath.Join(oracles, "match-labels.jsonl")
	zips, err := filepath.Glob(filepath.Join(advisories, "*.zip"))
	if err != nil || len(zips) == 0 {
		return nil, fmt.Errorf("no zips of advisories in %s", advisories)
	}
	questions, err := readLines[question](answers)
	if err != nil {
		return nil, err
	}
	labels, err := readLines[label](labelled)
	if err != nil {
		return nil, err
	}
	if len(questions)+len(labels) == 0 {
		return nil, fmt.Errorf("nothing is labelled in %s", oracles)
	}
	known, err := compile(ctx, zips, labels)
	if err != nil {
		return nil, err
	}
	m := &measurement{}
	m.answers, err = known.judgeAnswers(ctx, questions)
	if err == nil {
		m.labels, err = known.judgeLabels(ctx, labels)
	}
	if err == nil {
		m.data, err = digest(append(zips, answers, labelled))
	}
	return m, errors.Join(err, known.close())
}

// digest is that of some files, by name and contents.
func digest(paths []string) (string, error) {
	sum := sha256.New()
	for _, path := range paths {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, filepath.Base(path))
		_, err = io.Copy(sum, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", fmt.Errorf("read %s: %w", path, err)
		}
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
}
