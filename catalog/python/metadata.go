package python

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
)

const (
	// maxHeader is how many bytes of metadata are read. The headers come first;
	// what follows them is the project's description.
	maxHeader = 1 << 20
	// maxValue is the length in bytes of the longest name, version or licence
	// that is taken. Whole licence texts are not.
	maxValue = 512
	// maxLine is the length in bytes up to which one line is looked at.
	maxLine = 64 << 10
	// maxClassifiers bounds the licence classifiers of one distribution.
	maxClassifiers = 64
)

// metadata are the headers that are read of a distribution's core metadata
// (packaging.python.org, "Core metadata specifications").
type metadata struct {
	name        string
	version     string
	license     string   // License, a free text
	expression  string   // License-Expression, SPDX
	classifiers []string // what follows "License ::", last part
}

// licenses is what the distribution says of its licence: the SPDX expression,
// else the short licence text, else the classifiers.
func (m *metadata) licenses() []string {
	switch {
	case m.expression != "":
		return catalog.Licenses(m.expression)
	case m.license != "":
		return []string{m.license}
	}
	return m.classifiers
}

// parse reads headers up to the first blank line. As in Python's own reader the
// first of several equal headers counts and names match in any case; lines that
// are no header are passed over. An error leaves what was read before it.
func parse(r io.Reader) (metadata, error) {
	var m metadata
	in := bufio.NewReaderSize(io.LimitReader(r, maxHeader), maxLine)
	var key, value string
	for number := 1; ; number++ {
		line, err := readLine(in)
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if err != nil && err != io.EOF {
			m.set(key, value)
			return m, fmt.Errorf("metadata:%d: %w", number, err)
		}
		if len(line) == 0 {
			m.set(key, value)
			return m, nil
		}
		if line[0] == ' ' || line[0] == '\t' {
			if len(value) <= maxValue {
				value += "\n" + string(bytes.TrimSpace(line))
			}
			continue
		}
		m.set(key, value)
		key, value = header(line)
	}
}

// readLine gives one line without its end, cut to the size of the reader's
// buffer. It is empty at a blank line and at the end, then with io.EOF.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line = slices.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
	}
	return bytes.TrimRight(line, "\r\n"), err
}

// header splits "Name: value"; the key is in lower case, and empty where the
// line is no header.
func header(line []byte) (key, value string) {
	name, rest, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) == 0 || len(name) > 64 || bytes.ContainsAny(name, " \t") {
		return "", ""
	}
	return strings.ToLower(string(name)), string(bytes.TrimSpace(rest))
}

func (m *metadata) set(key, value string) {
	value = strings.TrimSpace(value)
	if value == "" || value == "UNKNOWN" || len(value) > maxValue {
		return
	}
	switch key {
	case "name":
		first(&m.name, value)
	case "version":
		first(&m.version, value)
	case "license-expression":
		first(&m.expression, value)
	case "license":
		if !strings.Contains(value, "\n") {
			first(&m.license, value)
		}
	case "classifier":
		parts := strings.Split(value, " :: ")
		if parts[0] == "License" && len(parts) > 1 && len(m.classifiers) < maxClassifiers {
			if last := parts[len(parts)-1]; last != "OSI Approved" {
				m.classifiers = append(m.classifiers, last)
			}
		}
	}
}

func first(to *string, value string) {
	if *to == "" {
		*to = value
	}
}
