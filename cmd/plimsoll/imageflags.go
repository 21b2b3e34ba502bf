package main

import (
	"cmp"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/rule"
)

// imageRuleFlags say what rules hold images against.
type imageRuleFlags struct {
	labels       []string
	strictLabels bool
	registries   []string
	maxImageAge  uint
}

func (f *imageRuleFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.labels, "label", nil, "`NAME=FORMAT`: a label that an image must have: text, url, spdx, hash, rfc3339, semver or email; may be repeated")
	flags.BoolVar(&f.strictLabels, "strict-labels", false, "no other labels than those of --label")
	flags.StringSliceVar(&f.registries, "trusted-registry", nil, "base images may come from this `registry` only; * stands for any text; may be repeated")
	flags.UintVar(&f.maxImageAge, "max-image-age", 0, "`days` from which image-old takes an image for old (default 180)")
}

// settings are what rules get of the flags.
func (f *imageRuleFlags) settings() (rule.Settings, error) {
	schema, err := labelSchema(f.labels)
	const year = 366
	return rule.Settings{
		LabelSchema: schema, StrictLabels: f.strictLabels, TrustedRegistries: f.registries,
		MaxImageAge: time.Duration(min(f.maxImageAge, 100*year)) * 24 * time.Hour,
	}, err
}

// labelSchema reads the values of --label.
func labelSchema(labels []string) (map[string]string, error) {
	schema := map[string]string{}
	for _, s := range labels {
		name, format, _ := strings.Cut(s, "=")
		if err := lint.CheckLabelFormat(format); err != nil || name == "" {
			return nil, usageError("--label %s: want NAME=FORMAT: %v", s, err)
		}
		schema[name] = cmp.Or(strings.ToLower(format), "text")
	}
	return schema, nil
}
