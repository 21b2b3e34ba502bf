package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/rule"
)

func TestImageRuleFlags(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want rule.Settings
		err  string
	}{
		{nil, rule.Settings{LabelSchema: map[string]string{}}, ""},
		{[]string{"--label", "a=EMAIL,b", "--strict-labels", "--trusted-registry", "*.example.org", "--max-image-age", "30"}, rule.Settings{
			LabelSchema: map[string]string{"a": "email", "b": "text"}, StrictLabels: true, TrustedRegistries: []string{"*.example.org"}, MaxImageAge: 30 * 24 * time.Hour,
		}, ""},
		{[]string{"--max-image-age", "4294967295"}, rule.Settings{LabelSchema: map[string]string{}, MaxImageAge: 36600 * 24 * time.Hour}, ""},
		{[]string{"--label", "=email"}, rule.Settings{}, "--label"},
		{[]string{"--label", "a=e-mail"}, rule.Settings{}, "--label"},
	} {
		var f imageRuleFlags
		flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
		f.add(flags)
		if err := flags.Parse(tt.args); err != nil {
			t.Fatal(err)
		}
		got, err := f.settings()
		if (err != nil) != (tt.err != "") {
			t.Errorf("%q: %v", tt.args, err)
		}
		if d := cmp.Diff(tt.want, got); err == nil && d != "" {
			t.Errorf("%q: %s", tt.args, d)
		}
	}
}
