package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
)

// JSONSchema is the schema (JSON Schema 2020-12) of the json format. The shape
// comes from the Go types, descriptions and lists of allowed words from the
// comments and constants of their source, which is read from the repository's
// root. docs/report.schema.json keeps it.
func JSONSchema(root fs.FS) ([]byte, error) {
	s := schemas{root: root, sources: map[string]*source{}, defs: map[string]*node{}}
	top, err := s.of(reflect.TypeFor[Report]())
	if err != nil {
		return nil, fmt.Errorf("write schema of the report: %w", err)
	}
	name := strings.TrimPrefix(top.Ref, "#/$defs/")
	document := s.defs[name]
	delete(s.defs, name)
	document.Schema = "https://json-schema.org/draft/2020-12/schema"
	document.ID = "https://github.com/plimsoll/plimsoll/docs/report.schema.json"
	document.Title = "Plimsoll report"
	document.Defs = s.defs
	var b bytes.Buffer
	if err := encode(&b, document); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// node is a schema with the keywords that are used here, in the order in which
// a person wants to read them.
type node struct {
	Schema      string           `json:"$schema,omitempty"`
	ID          string           `json:"$id,omitempty"`
	Title       string           `json:"title,omitempty"`
	Ref         string           `json:"$ref,omitempty"`
	Description string           `json:"description,omitempty"`
	Type        string           `json:"type,omitempty"`
	Enum        []string         `json:"enum,omitempty"`
	Items       *node            `json:"items,omitempty"`
	Required    []string         `json:"required,omitempty"`
	Properties  properties       `json:"properties,omitempty"`
	Defs        map[string]*node `json:"$defs,omitempty"`
}

// properties are the keys of an object in the order of the Go fields.
type properties []property

type property struct {
	name string
	node *node
}

// MarshalJSON writes an object whose keys keep their order.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, property := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(property.node)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", property.name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// schemas collects the definitions of all named types that a report uses.
type schemas struct {
	root    fs.FS
	sources map[string]*source // by package path below the module
	defs    map[string]*node
}

// of is the schema of a type; a named type gets a definition of its own.
func (s *schemas) of(t reflect.Type) (*node, error) {
	if t.PkgPath() == "" {
		return s.plain(t)
	}
	name := path.Base(t.PkgPath()) + "." + t.Name()
	ref := &node{Ref: "#/$defs/" + name}
	if s.defs[name] != nil {
		return ref, nil
	}
	src, err := s.source(t.PkgPath())
	if err != nil {
		return nil, err
	}
	def := &node{}
	s.defs[name] = def // before its fields, which may name it again
	def.Description = src.docs[t.Name()]
	switch {
	case t == reflect.TypeFor[finding.Severity]():
		def.Type = "string"
		for _, word := range finding.Severities() {
			def.Enum = append(def.Enum, word.String())
		}
	case t.Kind() == reflect.String:
		def.Type, def.Enum = "string", src.words[t.Name()]
	case t.Kind() == reflect.Struct:
		return ref, s.object(def, t, src)
	default:
		return nil, fmt.Errorf("no schema for type %s", t)
	}
	return ref, nil
}

// plain is the schema of a type without a name.
func (s *schemas) plain(t reflect.Type) (*node, error) {
	switch t.Kind() {
	case reflect.String:
		return &node{Type: "string"}, nil
	case reflect.Bool:
		return &node{Type: "boolean"}, nil
	case reflect.Int, reflect.Int64:
		return &node{Type: "integer"}, nil
	case reflect.Float64:
		return &node{Type: "number"}, nil
	case reflect.Slice:
		items, err := s.of(t.Elem())
		return &node{Type: "array", Items: items}, err
	}
	return nil, fmt.Errorf("no schema for type %s", t)
}

// object fills in the fields of a struct. A field that is never left out is
// required; more keys than these are allowed, so that a report can grow.
func (s *schemas) object(def *node, t reflect.Type, src *source) error {
	def.Type = "object"
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || name == "" {
			return fmt.Errorf("field %s.%s has no name in JSON", t, field.Name)
		}
		n, err := s.of(field.Type)
		if err != nil {
			return err
		}
		n.Description = src.docs[t.Name()+"."+field.Name]
		def.Properties = append(def.Properties, property{name, n})
		if all := strings.Split(options, ","); !slices.Contains(all, "omitempty") && !slices.Contains(all, "omitzero") {
			def.Required = append(def.Required, name)
		}
	}
	return nil
}
