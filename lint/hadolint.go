package lint

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/plimsoll/plimsoll/finding"
)

// HadolintConfig is what a .hadolint.yaml says.
type HadolintConfig struct {
	Path              string
	Ignored           []string
	Severities        map[string]finding.Severity // by code in lower case
	TrustedRegistries []string
	LabelSchema       map[string]string
	StrictLabels      bool
	NoPragmas         bool // disable-ignore-pragma
	NoFail            bool
	NoColor           bool
	FailOn            string   // our word for failure-threshold; empty without it
	Formats           []string // hadolint's words
	// Warnings are what was not understood and left out, each with its place.
	Warnings []error
}

// HadolintSeverity is our word for one of hadolint's severities.
func HadolintSeverity(word string) (finding.Severity, bool) {
	switch strings.ToLower(word) {
	case "error":
		return finding.High, true
	case "warning":
		return finding.Medium, true
	case "info":
		return finding.Low, true
	case "style":
		return finding.Info, true
	}
	return finding.Unknown, false
}

// FindHadolintConfig gives the path of the configuration that hadolint would
// use, and the empty string where there is none. Env looks up the environment.
func FindHadolintConfig(env func(string) string) string {
	home, xdg := env("HOME"), env("XDG_CONFIG_HOME")
	paths := []string{".hadolint.yaml", ".hadolint.yml"}
	if xdg == "" && home != "" {
		xdg = filepath.Join(home, ".config")
	}
	if xdg != "" {
		paths = append(paths, filepath.Join(xdg, "hadolint.yaml"), filepath.Join(xdg, "hadolint.yml"))
	}
	if home != "" {
		for _, name := range []string{".hadolint/hadolint.yaml", ".hadolint/hadolint.yml", ".hadolint/config.yaml", ".hadolint/config.yml", ".hadolint.yaml", ".hadolint.yml"} {
			paths = append(paths, filepath.Join(home, name))
		}
	}
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
			return p
		}
	}
	return ""
}

// ReadHadolintConfig reads a configuration. The error is for a file that cannot
// be read or is no YAML; what is merely unknown becomes a warning.
func ReadHadolintConfig(p string) (*HadolintConfig, error) {
	data, err := readFile(p)
	if err != nil {
		var place *FileError
		if errors.As(err, &place) {
			return nil, err
		}
		return nil, &FileError{Path: p, Err: err}
	}
	return parseHadolintConfig(p, data)
}

func parseHadolintConfig(p string, data []byte) (*HadolintConfig, error) {
	c := &HadolintConfig{Path: p, Severities: map[string]finding.Severity{}, LabelSchema: map[string]string{}}
	doc, err := parseYAML(p, data)
	if err != nil || doc == nil {
		return c, err
	}
	if doc.Kind != yaml.MappingNode {
		if doc.Tag != "!!null" {
			return nil, &FileError{p, doc.Line, doc.Column, errors.New("want keys and values")}
		}
		return c, nil
	}
	for i := 0; i+1 < len(doc.Content); i += 2 {
		c.key(doc.Content[i], resolve(doc.Content[i+1]))
	}
	return c, nil
}

func (c *HadolintConfig) warn(n *yaml.Node, format string, args ...string) {
	words := make([]any, len(args))
	for i, a := range args {
		words[i] = a
	}
	c.Warnings = append(c.Warnings, &FileError{c.Path, n.Line, n.Column, fmt.Errorf(format, words...)})
}

func (c *HadolintConfig) key(key, value *yaml.Node) {
	switch key.Value {
	case "ignored":
		c.Ignored = append(c.Ignored, c.list(value)...)
	case "trustedRegistries":
		c.TrustedRegistries = append(c.TrustedRegistries, c.list(value)...)
	case "override":
		c.overrides(value)
	case "label-schema":
		c.labels(value)
	case "strict-labels":
		c.StrictLabels = c.boolean(key, value)
	case "disable-ignore-pragma":
		c.NoPragmas = c.boolean(key, value)
	case "no-fail":
		c.NoFail = c.boolean(key, value)
	case "no-color":
		c.NoColor = c.boolean(key, value)
	case "verbose":
		c.boolean(key, value)
	case "format":
		c.Formats = append(c.Formats, scalar(value))
	case "formats":
		c.Formats = append(c.Formats, c.list(value)...)
	case "failure-threshold":
		c.threshold(value)
	default:
		c.warn(key, "unknown key %q is left out", key.Value)
	}
}

func (c *HadolintConfig) threshold(value *yaml.Node) {
	word := scalar(value)
	if severity, ok := HadolintSeverity(word); ok {
		c.FailOn = severity.String()
	} else if word == "none" || word == "ignore" {
		c.FailOn = "none"
	} else {
		c.warn(value, "unknown failure-threshold %q is left out: use error, warning, info, style or none", word)
	}
}

// overrides reads the severities of rules; of several for the same rule the
// worst counts.
func (c *HadolintConfig) overrides(value *yaml.Node) {
	if value.Kind != yaml.MappingNode {
		c.unlessNull(value, "override wants error, warning, info or style with lists of rules")
		return
	}
	for i := 0; i+1 < len(value.Content); i += 2 {
		key := value.Content[i]
		severity, ok := HadolintSeverity(key.Value)
		if !ok {
			c.warn(key, "unknown severity %q is left out: use error, warning, info or style", key.Value)
			continue
		}
		for _, code := range c.list(resolve(value.Content[i+1])) {
			code = strings.ToLower(code)
			c.Severities[code] = max(c.Severities[code], severity)
		}
	}
}

func (c *HadolintConfig) labels(value *yaml.Node) {
	if value.Kind != yaml.MappingNode {
		c.unlessNull(value, "label-schema wants labels with their formats")
		return
	}
	for i := 0; i+1 < len(value.Content); i += 2 {
		kind := resolve(value.Content[i+1])
		if err := CheckLabelFormat(scalar(kind)); err != nil {
			c.warn(kind, "%s", err.Error())
			continue
		}
		c.LabelSchema[value.Content[i].Value] = cmp.Or(strings.ToLower(scalar(kind)), "text")
	}
}

// CheckLabelFormat refuses a word that is no format of a label; none is text.
func CheckLabelFormat(word string) error {
	formats := []string{"text", "url", "spdx", "hash", "rfc3339", "semver", "email"}
	if word != "" && !slices.Contains(formats, strings.ToLower(word)) {
		return fmt.Errorf("unknown label format %q: use %s", word, strings.Join(formats, ", "))
	}
	return nil
}

func (c *HadolintConfig) list(value *yaml.Node) []string {
	if value.Kind == yaml.ScalarNode && value.Tag != "!!null" {
		return []string{value.Value}
	}
	if value.Kind != yaml.SequenceNode {
		c.unlessNull(value, "want a list here")
		return nil
	}
	var out []string
	for _, n := range value.Content {
		if n = resolve(n); n.Kind == yaml.ScalarNode {
			out = append(out, n.Value)
		} else {
			c.warn(n, "want a word here")
		}
	}
	return out
}

func (c *HadolintConfig) boolean(key, value *yaml.Node) bool {
	on, err := strconv.ParseBool(scalar(value))
	if word := strings.ToLower(scalar(value)); word == "yes" || word == "on" || word == "y" {
		return true
	} else if err != nil && word != "no" && word != "off" && word != "n" && word != "" {
		c.warn(value, "%s wants true or false", key.Value)
	}
	return on
}

func (c *HadolintConfig) unlessNull(n *yaml.Node, message string) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!null" {
		c.warn(n, "%s", message)
	}
}

// Apply gives a linter what the configuration says. Lists are united with those
// that are there already.
func (c *HadolintConfig) Apply(l *Linter) {
	l.Hadolint = true
	l.Ignore = append(l.Ignore, c.Ignored...)
	l.NoPragmas = l.NoPragmas || c.NoPragmas
	maps.Copy(l.Severities, c.Severities)
	maps.Copy(l.Settings.LabelSchema, c.LabelSchema)
	l.Settings.TrustedRegistries = append(l.Settings.TrustedRegistries, c.TrustedRegistries...)
	l.Settings.StrictLabels = l.Settings.StrictLabels || c.StrictLabels
}
