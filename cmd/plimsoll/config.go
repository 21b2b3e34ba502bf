package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/plimsoll/plimsoll/spelling"
)

// configOf is the annotation of a command that names others, whose keys in the
// configuration hold for it too.
const configOf = "config"

const (
	configName = ".plimsoll.yaml"
	maxConfig  = 1 << 20
)

// configure fills the flags that the command line did not set: first from the
// environment (PLIMSOLL_FAIL_ON for --fail-on), then from the configuration
// file, whose keys are the flags' names, those of one command under its name.
func (a *app) configure(cmd *cobra.Command) error {
	var errs []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value := os.Getenv(envName(f.Name))
		if value == "" || f.Changed || f.Name == "help" {
			return
		}
		if err := cmd.Flags().Set(f.Name, value); err != nil {
			errs = append(errs, usageError("%s=%q: %v", envName(f.Name), value, err))
		}
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	path, err := a.configFile()
	if err != nil || path == "" {
		return err
	}
	data, err := readConfig(path)
	if err != nil {
		return err
	}
	return applyConfig(cmd, path, data)
}

func envName(flag string) string {
	return "PLIMSOLL_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// configFile finds the configuration: as named, else upwards from the working
// directory. It is empty where there is none.
func (a *app) configFile() (string, error) {
	if a.config != "" {
		return a.config, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", nil // a directory that is gone has no configuration
	}
	for {
		path := filepath.Join(dir, configName)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", usageError("%v", err)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", nil
		}
		dir = up
	}
}

func readConfig(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxConfig {
		err = fmt.Errorf("%s: more than %d bytes", path, maxConfig)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, usageError("read the configuration: %v", err)
	}
	return data, nil
}

// applyConfig sets the flags of cmd that a configuration names. Every key of
// the file must be known, also those of other commands.
func applyConfig(cmd *cobra.Command, path string, data []byte) error {
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&doc); errors.Is(err, io.EOF) {
		return nil // nothing but comments
	} else if err != nil {
		return usageError("%s: %v", path, err)
	}
	if len(doc.Content) == 0 {
		return nil
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		if top.Kind == yaml.ScalarNode && top.Tag == "!!null" {
			return nil
		}
		return usageError("%s:%d: want keys and values", path, top.Line)
	}
	c := configuration{cmd: cmd, path: path}
	return c.keys(top, cmd.Root())
}

// configuration applies one file to the flags of one command.
type configuration struct {
	cmd  *cobra.Command
	path string
}

// keys goes through a mapping whose keys are flags of owner or its commands.
func (c *configuration) keys(m *yaml.Node, owner *cobra.Command) error {
	for i := 0; i+1 < len(m.Content); i += 2 {
		key, value := m.Content[i], m.Content[i+1]
		if sub := command(owner, key.Value); sub != nil && value.Kind == yaml.MappingNode {
			if err := c.keys(value, sub); err != nil {
				return err
			}
			continue
		}
		flag := flagOf(owner, key.Value)
		if flag == nil {
			return c.unknown(key, owner)
		}
		if err := c.set(flag, value, owner); err != nil {
			return err
		}
	}
	return nil
}

func (c *configuration) set(flag *pflag.Flag, value *yaml.Node, owner *cobra.Command) error {
	values := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		values = value.Content
	}
	applies := owner == owner.Root() || owner == c.cmd || owner == c.cmd.Parent()
	own := c.cmd.Flags().Lookup(flag.Name)
	if !applies && own != nil && slices.Contains(strings.Fields(c.cmd.Annotations[configOf]), owner.Name()) && own.Value.Type() == flag.Value.Type() {
		applies, flag = true, own // of another type it means something else, as -o of scan and of explain
	}
	changed := flag.Changed
	for _, v := range values {
		text := v.Value
		if v.Kind == yaml.MappingNode && flag.Annotations[takesMapping] != nil {
			text = flowText(v)
		} else if v.Kind != yaml.ScalarNode {
			return usageError("%s:%d:%d: %s wants a value or a list of values", c.path, v.Line, v.Column, flag.Name)
		}
		if !applies || changed {
			continue
		}
		if err := flag.Value.Set(text); err != nil {
			return usageError("%s:%d:%d: %s: %v", c.path, v.Line, v.Column, flag.Name, err)
		}
		flag.Changed = true
	}
	return nil
}

// takesMapping is the annotation of a flag whose value may be a mapping in a
// configuration: it gets the mapping as YAML in one line.
const takesMapping = "mapping"

func flowText(mapping *yaml.Node) string {
	flow := *mapping
	flow.Style = yaml.FlowStyle
	text, err := yaml.Marshal(&flow)
	if err != nil {
		return "{}" // a node that was read can be written
	}
	return strings.TrimSpace(string(text))
}

// unknown names the known key that is nearest to one that is not, if need be
// one that belongs under a command.
func (c *configuration) unknown(key *yaml.Node, owner *cobra.Command) error {
	err := func(hint string) error {
		return usageError("%s:%d:%d: unknown key %q%s", c.path, key.Line, key.Column, key.Value, hint)
	}
	if near := nearest(key.Value, keysOf(owner)); near != "" {
		return err(fmt.Sprintf(": did you mean %q?", near))
	}
	commands := owner.Commands()
	if c.cmd.Parent() == owner {
		commands = append([]*cobra.Command{c.cmd}, commands...) // the one that runs first
	}
	for _, sub := range commands {
		if near := nearest(key.Value, keysOf(sub)); near != "" && sub.IsAvailableCommand() {
			return err(fmt.Sprintf(": did you mean %q under %q?", near, sub.Name()))
		}
	}
	return err("")
}

// keysOf are the keys that a command has in a configuration: its own flags, and
// the commands below it.
func keysOf(owner *cobra.Command) []string {
	known := map[string]bool{}
	each := func(f *pflag.Flag) { known[f.Name] = f.Name != "help" && f.Name != "config" }
	owner.LocalNonPersistentFlags().VisitAll(each)
	owner.PersistentFlags().VisitAll(each)
	for _, sub := range owner.Commands() {
		known[sub.Name()] = sub.IsAvailableCommand()
	}
	maps.DeleteFunc(known, func(_ string, ok bool) bool { return !ok })
	return slices.Collect(maps.Keys(known))
}

func command(owner *cobra.Command, name string) *cobra.Command {
	for _, sub := range owner.Commands() {
		if sub.Name() == name {
			return sub
		}
	}
	return nil
}

func flagOf(owner *cobra.Command, name string) *pflag.Flag {
	if name == "help" || name == "config" {
		return nil
	}
	if f := owner.LocalFlags().Lookup(name); f != nil {
		return f
	}
	return owner.PersistentFlags().Lookup(name)
}

// nearest gives the word with the fewest edits to what was written, or nothing
// where all are far.
func nearest(word string, known []string) string {
	slices.Sort(known)
	return spelling.Nearest(strings.ToLower(word), known, max(2, len(word)/2))
}
