package vex

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Bounds on one document.
const (
	// MaxDocument is the size in bytes above which a document is refused.
	MaxDocument = 128 << 20
	// maxProducts bounds how many pairs of a vulnerability and a product a
	// document states something about.
	maxProducts = 500_000
	// maxText bounds the bytes that are kept of a free text.
	maxText = 500
	// maxDepth bounds how deep CSAF's branches and CycloneDX's components nest.
	maxDepth = 50
)

// ErrFormat says that a document is none of those that can be read.
var ErrFormat = errors.New("not a VEX document: neither OpenVEX nor CSAF nor CycloneDX")

// Read reads one document of any form that is in no envelope. file is what
// errors call it. Every error is an *Error.
func Read(file string, data []byte) (*Document, error) {
	r := &reader{file: file, data: bytes.TrimPrefix(data, []byte("\ufeff"))}
	doc, err := r.read()
	if err != nil {
		return nil, placed(file, err)
	}
	if doc.Name == "" {
		doc.Name = file
	}
	for _, s := range doc.Statements {
		s.Document = doc.Name
	}
	return doc, nil
}

// placed makes an error an *Error.
func placed(file string, err error) error {
	var known *Error
	if !errors.As(err, &known) {
		err = &Error{File: file, Err: err}
	}
	return err
}

// reader reads one document.
type reader struct {
	file     string
	data     []byte
	products int // stated so far
}

func (r *reader) read() (*Document, error) {
	if len(r.data) > MaxDocument {
		return nil, fmt.Errorf("%d bytes, more than the limit of %d", len(r.data), MaxDocument)
	}
	if bytes.HasPrefix(bytes.TrimSpace(r.data[:min(len(r.data), 4096)]), []byte("<")) {
		return r.cycloneDXML()
	}
	var head struct {
		Context   json.RawMessage `json:"@context"`
		BOMFormat json.RawMessage `json:"bomFormat"`
		Document  json.RawMessage `json:"document"`
	}
	if err := json.Unmarshal(r.data, &head); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) && kind.Field == "" {
			return nil, ErrFormat // a list, a text, a number
		}
		return nil, r.failed(err)
	}
	switch {
	case strings.Contains(string(head.Context), "openvex"):
		return r.openVEX()
	case string(head.BOMFormat) == `"CycloneDX"`:
		return r.cycloneDX()
	case bytes.Contains(head.Document, []byte(`"csaf_version"`)):
		return r.csaf()
	}
	return nil, ErrFormat
}

// decode reads the document into the shape of its form.
func decode[T any](r *reader) (*T, error) {
	var doc T
	if err := json.Unmarshal(r.data, &doc); err != nil {
		return nil, r.failed(err)
	}
	return &doc, nil
}

// failed gives an error of the JSON decoder its place.
func (r *reader) failed(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	e := &Error{File: r.file, Err: err}
	switch {
	case errors.As(err, &syntax):
		e.Line, e.Column = r.place(syntax.Offset - 1)
	case errors.As(err, &kind):
		e.Line, e.Column = r.place(kind.Offset - 1)
		e.Field, e.Err = kind.Field, fmt.Errorf("want %s, have %s", wanted(kind), kind.Value)
	}
	return e
}

// wanted names what a JSON value should have been.
func wanted(e *json.UnmarshalTypeError) string {
	switch e.Type.Kind().String() {
	case "slice":
		return "a list"
	case "struct", "map":
		return "an object"
	case "string":
		return "a text"
	}
	return "another kind of value"
}

// wrong is an error about a field, given by the names and indexes that lead to it.
func (r *reader) wrong(err error, path ...step) error {
	e := &Error{File: r.file, Field: written(path), Err: err}
	if at := r.find(path); at > 0 {
		e.Line, e.Column = r.place(at)
	}
	return e
}

// count notes that a statement is about so many more products.
func (r *reader) count(n int) error {
	if r.products += n; r.products > maxProducts {
		return fmt.Errorf("statements about more than %d products", maxProducts)
	}
	return nil
}

// when reads a time of RFC 3339; no text is the zero time.
func when(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time such as 2026-01-31T12:00:00Z", clip(text))
}

// clip bounds a text of the document and brings it into one line.
func clip(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if len(text) > maxText {
		return strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}
