package vex

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds on attestations.
const (
	maxEnvelopes  = 3      // around each other
	maxStatements = 10_000 // of a file, one a line
)

// unchecked is added to the name of a document from an envelope: its signature
// is not judged here.
const unchecked = ", in an attestation whose signature was not checked"

// The shape of attestations: a DSSE envelope
// (https://github.com/secure-systems-lab/dsse), also inside a Sigstore bundle,
// and in it a statement of in-toto (https://in-toto.io/Statement/v1).
type (
	envelope struct {
		PayloadType string          `json:"payloadType"`
		Payload     string          `json:"payload"`
		Inner       json.RawMessage `json:"dsseEnvelope"` // of a bundle
		Type        string          `json:"_type"`        // of a statement without an envelope
		Predicate   json.RawMessage `json:"predicate"`
		Subjects    []subject       `json:"subject"`
	}
	subject struct {
		Name   string            `json:"name"`
		Digest map[string]string `json:"digest"`
	}
	// custom is how cosign wraps a predicate that is none of its own kinds.
	custom struct {
		Data json.RawMessage `json:"Data"`
	}
)

// ReadAll reads the documents of a file: one of any form, or attestations that
// hold them, one or one a line as cosign writes them. Signatures are not judged;
// the document's name says so. Every error is an *Error.
func ReadAll(file string, data []byte) ([]*Document, error) {
	parts, err := split(data)
	if err != nil || len(parts) == 0 {
		doc, err := Read(file, data)
		if err != nil {
			return nil, err
		}
		return []*Document{doc}, nil
	}
	var out []*Document
	foreign := error(nil)
	for i, part := range parts {
		name := file
		if len(parts) > 1 {
			name = fmt.Sprintf("%s, attestation %d", file, i+1)
		}
		doc, err := unwrap(name, part)
		switch {
		case err == nil:
			out = append(out, doc)
		case errors.Is(err, ErrFormat):
			foreign = err // provenance, an SBOM
		default:
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, placed(file, foreign)
	}
	return out, nil
}

// split gives the attestations of a file; none where it is something else.
func split(data []byte) ([]json.RawMessage, error) {
	if len(data) > MaxDocument {
		return nil, fmt.Errorf("%d bytes, more than the limit of %d", len(data), MaxDocument)
	}
	var parts []json.RawMessage
	for d := json.NewDecoder(bytes.NewReader(data)); ; {
		var part json.RawMessage
		err := d.Decode(&part)
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, err
		}
		if !isAttestation(part) {
			return nil, nil
		}
		if parts = append(parts, part); len(parts) > maxStatements {
			return nil, fmt.Errorf("more than %d attestations", maxStatements)
		}
	}
}

func isAttestation(data []byte) bool {
	var e envelope
	return json.Unmarshal(data, &e) == nil && (e.Payload != "" || e.Inner != nil || strings.Contains(e.Type, "in-toto.io/Statement"))
}

// unwrap reads the document in an attestation.
func unwrap(file string, data []byte) (*Document, error) {
	signed := false
	for range maxEnvelopes {
		var e envelope
		if err := json.Unmarshal(data, &e); err != nil {
			return nil, placed(file, fmt.Errorf("the attestation: %w", err))
		}
		switch {
		case e.Inner != nil:
			data = e.Inner
		case e.Payload != "":
			payload, err := decodePayload(e.Payload)
			if err != nil {
				return nil, placed(file, fmt.Errorf("the payload of the attestation: %w", err))
			}
			data, signed = payload, true
		case e.Predicate == nil:
			return nil, placed(file, ErrFormat)
		default:
			return e.document(file, signed)
		}
	}
	return nil, placed(file, fmt.Errorf("more than %d envelopes around each other: %w", maxEnvelopes, ErrFormat))
}

// decodePayload reads base64 of either alphabet, as DSSE allows.
func decodePayload(text string) ([]byte, error) {
	if strings.ContainsAny(text, "-_") {
		return base64.URLEncoding.DecodeString(text)
	}
	return base64.StdEncoding.DecodeString(text)
}

// document reads the predicate of a statement. What it says of no product in
// particular, it says of the statement's subjects.
func (e *envelope) document(file string, signed bool) (*Document, error) {
	doc, err := Read(file, e.predicate())
	if err != nil {
		return nil, err
	}
	if signed {
		doc.Name += unchecked
	}
	about := e.products()
	for _, s := range doc.Statements {
		s.Document = doc.Name
		if len(s.Products) == 0 {
			s.Products = about
		}
	}
	return doc, nil
}

// predicate is the document, taken out of what cosign may have put it in.
func (e *envelope) predicate() []byte {
	var c custom
	if json.Unmarshal(e.Predicate, &c) != nil || c.Data == nil {
		return e.Predicate
	}
	var text string
	if json.Unmarshal(c.Data, &text) == nil {
		return []byte(text)
	}
	return c.Data
}

// products are the subjects of a statement.
func (e *envelope) products() []*Product {
	var list []*Product
	for _, s := range e.Subjects[:min(len(e.Subjects), maxStatements)] {
		p := &Product{}
		for algorithm, value := range s.Digest {
			p.Whole.hashed(algorithm, value)
		}
		if len(p.Whole.Digests) == 0 || strings.HasPrefix(s.Name, "pkg:") {
			p.Whole.named(s.Name)
		}
		list = append(list, p)
	}
	return list
}
