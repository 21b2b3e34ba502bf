package lint

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// parseYAML reads a YAML document; what is wrong has its place. The result is
// nil for an empty document.
func parseYAML(p string, data []byte) (*yaml.Node, error) {
	var doc yaml.Node
	err := yaml.Unmarshal(data, &doc)
	switch {
	case errors.Is(err, io.EOF), err == nil && len(doc.Content) == 0:
		return nil, nil
	case err != nil:
		return nil, yamlError(p, err)
	}
	return doc.Content[0], nil
}

// yamlError takes the place out of the text of an error of the YAML reader.
func yamlError(p string, err error) error {
	text := err.Error()
	line, column := 1, 1
	if at := strings.Index(text, "line "); at >= 0 {
		if n, _ := fmt.Sscanf(text[at:], "line %d, column %d", &line, &column); n == 0 {
			_, _ = fmt.Sscanf(text[at:], "line %d", &line)
		}
	}
	text = strings.TrimPrefix(text, "yaml: ")
	text, _, _ = strings.Cut(text, "\n")
	return &FileError{p, max(line, 1), max(column, 1), errors.New(text)}
}

// field is the value of a key of a mapping, aliases followed; nil without it.
func field(n *yaml.Node, key string) *yaml.Node {
	n = resolve(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return resolve(n.Content[i+1])
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == "!!merge" {
			if v := plainField(resolve(n.Content[i+1]), key); v != nil {
				return v
			}
		}
	}
	return nil
}

// plainField is field without merge keys, so that it ends whatever the file.
func plainField(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return resolve(n.Content[i+1])
		}
	}
	return nil
}

func resolve(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func scalar(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// composeBuilds are the builds of the services of a compose file.
func composeBuilds(p string, data []byte) ([]build, error) {
	doc, err := parseYAML(p, data)
	if err != nil {
		return nil, err
	}
	services := field(doc, "services")
	if services == nil || services.Kind != yaml.MappingNode {
		return nil, nil
	}
	var builds []build
	for i := 1; i < len(services.Content); i += 2 {
		n := field(services.Content[i], "build")
		switch {
		case n == nil:
			continue
		case n.Kind == yaml.ScalarNode && n.Value != "":
			builds = append(builds, build{context: n.Value, ok: local(n.Value)})
			continue
		case n.Kind != yaml.MappingNode:
			continue
		}
		b := build{context: scalar(field(n, "context")), dockerfile: scalar(field(n, "dockerfile")), args: yamlArgs(field(n, "args"))}
		b.ok = local(b.context, b.dockerfile)
		if text := field(n, "dockerfile_inline"); scalar(text) != "" {
			b.inline = yamlInline(text, string(data))
			b.inline.text = strings.ReplaceAll(b.inline.text, "$$", "$") // as compose does
		}
		builds = append(builds, b)
	}
	return builds, nil
}

// yamlArgs are build arguments: a mapping, or a list of NAME=value. Those with
// a variable in them are not known.
func yamlArgs(n *yaml.Node) map[string]string {
	if n == nil {
		return nil
	}
	args := map[string]string{}
	set := func(name, value string) {
		if !strings.Contains(value, "${") {
			args[name] = value
		}
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if v := resolve(n.Content[i+1]); v.Kind == yaml.ScalarNode && v.Tag != "!!null" {
				set(n.Content[i].Value, v.Value)
			}
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if name, value, ok := strings.Cut(scalar(resolve(item)), "="); ok {
				set(name, value)
			}
		}
	}
	return args
}

// yamlInline is the text of a scalar with its place: a literal block keeps its
// lines, anything else is at one place.
func yamlInline(n *yaml.Node, file string) *inline {
	if n.Style&yaml.LiteralStyle == 0 {
		return &inline{text: n.Value, line: n.Line - 1, column: n.Column - 1, flat: true}
	}
	in := &inline{text: n.Value, line: n.Line}
	lines := strings.SplitN(file, "\n", n.Line+1)
	if len(lines) <= n.Line {
		return in
	}
	for line := range strings.SplitSeq(lines[n.Line], "\n") {
		if text := strings.TrimLeft(line, " "); strings.TrimSpace(text) != "" {
			first, _, _ := strings.Cut(strings.TrimLeft(n.Value, "\n"), "\n")
			in.column = max(len(strings.TrimRight(line, "\r"))-len(strings.TrimRight(first, "\r")), 0)
			break
		}
	}
	return in
}

// bakeJSON are the targets of a bake file in JSON, which YAML includes.
func bakeJSON(p string, data []byte) ([]build, error) {
	doc, err := parseYAML(p, data)
	if err != nil {
		return nil, err
	}
	targets := field(doc, "target")
	if targets == nil || targets.Kind != yaml.MappingNode {
		return nil, nil
	}
	var builds []build
	for i := 1; i < len(targets.Content); i += 2 {
		n := targets.Content[i]
		b := build{context: scalar(field(n, "context")), dockerfile: scalar(field(n, "dockerfile")), args: yamlArgs(field(n, "args"))}
		b.ok = local(b.context, b.dockerfile)
		if text := field(n, "dockerfile-inline"); scalar(text) != "" {
			b.inline = yamlInline(text, string(data))
		} else if b.context == "" && b.dockerfile == "" {
			continue // it inherits, or is there to be inherited from
		}
		builds = append(builds, b)
	}
	return builds, nil
}
