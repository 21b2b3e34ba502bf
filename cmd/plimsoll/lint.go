package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/policy"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/rules"
	"github.com/plimsoll/plimsoll/secret"
)

// lintGC lets the heap grow to five times what is alive before it is collected,
// up to lintMemory bytes: a run is short and its heap small, and a quarter of
// its time went there.
const (
	lintGC     = 400
	lintMemory = 160 << 20
)

// lintFlags are the flags of `plimsoll lint`.
type lintFlags struct {
	ruleFlags
	output    []string
	failOn    string
	stdinName string
	context   string

	shellcheck string

	fix, diff, unsafe, pin bool
	pinFrom                []string
}

// ruleFlags are those that say which rules are held against Dockerfiles, and how.
type ruleFlags struct {
	allRules     bool
	level        string
	only, ignore []string
	severities   []string
	buildArgs    []string
	registries   []string
	labels       []string
	strictLabels bool
	noPragmas    bool
	hadolint     string
}

func (a *app) lintCommand() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint [PATH…]",
		Short: "Find what is wrong with Dockerfiles, and mend it",
		Long: `Lint holds Dockerfiles against rules and says what is wrong, where, and why it
matters; plimsoll explain RULE tells more. With --fix it mends what it can.

A PATH is a file, a directory that is searched (Dockerfile*, *.Dockerfile,
Containerfile*, compose and bake files), a pattern in quotes such as
'**/Dockerfile', or - for standard input. Without one it is this directory.

What the project has decided already holds: .dockerignore, .hadolint.yaml, and
comments above an instruction: # plimsoll ignore=RULE[,RULE],
# hadolint ignore=DL3008, # check=skip=JSONArgsRecommended.

The exit code is 1 when there is a finding of the severity of --fail-on or
above, 2 for wrong usage or configuration, 3 when a file could not be read.`,
		Example: `  plimsoll lint
  plimsoll lint --fix Dockerfile
  plimsoll lint -o text -o sarif=lint.sarif 'services/**/Dockerfile'
  plimsoll lint --diff --pin --pin-from report.json Dockerfile
  cat Dockerfile | plimsoll lint --stdin-name Dockerfile -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			given := cmd.Flags().Changed("fail-on")
			return a.lint(cmd.Context(), f, given, args)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.output, "output", "o", nil, "write `FORMAT[=FILE]`: "+strings.Join(report.Formats(), ", ")+"; may be repeated (default text)")
	flags.StringVar(&f.failOn, "fail-on", "low", "end with exit code 1 at findings of this `severity` or above: critical, high, medium, low, info, unknown, or none")
	flags.StringVar(&f.stdinName, "stdin-name", "-", "what standard input is called in reports")
	flags.StringVar(&f.context, "context", "", "`directory` of the build context, whose .dockerignore counts (default: that of each Dockerfile)")
	flags.BoolVar(&f.fix, "fix", false, "mend what can be mended, in place")
	flags.BoolVar(&f.diff, "diff", false, "show what --fix would change, and change nothing")
	flags.BoolVar(&f.unsafe, "unsafe-fixes", false, "with --fix and --diff, also what may change what the image does")
	flags.BoolVar(&f.pin, "pin", false, "with --fix and --diff, also add digests to base images, as their registries answer, and versions to packages, as --pin-from and lock files beside the Dockerfile have them")
	flags.StringArrayVar(&f.pinFrom, "pin-from", nil, "with --pin, take versions from this `[STAGE=]FILE`, which plimsoll scan -o json wrote of the built image; may be repeated")
	flags.StringVar(&f.shellcheck, "shellcheck", "auto", "`program` that checks shell scripts for more than the rules do; auto is one on PATH, for up to 25 files; or off")
	f.add(cmd)
	return cmd
}

// add declares the flags about rules.
func (f *ruleFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.allRules, "all-rules", false, "also the rules that are off by default")
	flags.StringVar(&f.level, "level", "", "leave out rules that came after this `level`, such as 2026.1, so that a newer version finds the same")
	flags.StringSliceVar(&f.only, "only", nil, "nothing but these `rules`, by id or alias")
	flags.StringSliceVar(&f.ignore, "ignore", nil, "leave out these `rules`, by id or alias")
	flags.StringSliceVar(&f.severities, "severity", nil, "`RULE=SEVERITY`: another severity for a rule; may be repeated")
	flags.StringArrayVar(&f.buildArgs, "build-arg", nil, "`NAME=VALUE` of a build argument; may be repeated")
	flags.StringSliceVar(&f.registries, "trusted-registry", nil, "images may come from this `registry` only; * stands for any text; may be repeated")
	flags.StringSliceVar(&f.labels, "label", nil, "`NAME=FORMAT`: a label that must be there: text, url, spdx, hash, rfc3339, semver or email; may be repeated")
	flags.BoolVar(&f.strictLabels, "strict-labels", false, "no other labels than those of --label")
	flags.BoolVar(&f.noPragmas, "disable-ignore-pragma", false, "comments that ignore rules mean nothing")
	flags.StringVar(&f.hadolint, "hadolint-config", "", "`file` with hadolint's configuration, or off (default: where hadolint looks)")
}

func (a *app) lint(ctx context.Context, f lintFlags, failOnGiven bool, paths []string) error {
	debug.SetGCPercent(lintGC)
	debug.SetMemoryLimit(lintMemory)
	if err := f.check(paths); err != nil {
		return err
	}
	linter, hadolint, err := a.newLinter(f.ruleFlags)
	if err != nil {
		return err
	}
	if hadolint != nil && !failOnGiven {
		f.failOn = hadolintFailOn(hadolint, f.failOn)
	}
	if hadolint != nil && len(f.output) == 0 {
		f.output = hadolintOutputs(hadolint)
	}
	outputs, err := parseOutputs(f.output)
	if err != nil {
		return err
	}
	gates, err := lintGates(f.failOn)
	if err != nil {
		return err
	}
	finder := lint.Finder{Stdin: a.in, StdinName: f.stdinName, Context: f.context}
	sources, failed := finder.Find(paths)
	if err := a.addShellCheck(linter, f, len(sources)); err != nil {
		return err
	}
	if len(sources) == 0 && len(failed) > 0 {
		return &exitError{exitFailed, errors.Join(failed...)} // there is nothing to report on
	}
	run := &lintRun{app: a, linter: linter, flags: f, sources: sources, failed: failed}
	if run.pins, err = a.versions(f.pinFrom); err != nil {
		return err
	}
	if err := run.lint(ctx); err != nil {
		return err
	}
	r := run.report()
	r.Verdict = (&policy.Policy{Gates: gates}).Judge(r.Findings, policy.Facts{}, a.now())
	if !f.diff {
		if err := a.write(outputs, r, run.options); err != nil {
			return err
		}
	}
	code := exitOK
	if r.Verdict.Result == policy.Stop {
		code = exitStop
	}
	if len(run.failed) > 0 {
		code = worse(code, exitFailed)
	}
	if code != exitOK {
		return &exitError{code: code}
	}
	return nil
}

// check refuses flags that do not go together.
func (f *lintFlags) check(paths []string) error {
	switch {
	case f.fix && f.diff:
		return usageError("--fix and --diff exclude each other: --diff shows what --fix would do")
	case (f.unsafe || f.pin) && !f.fix && !f.diff:
		return usageError("--unsafe-fixes and --pin want --fix or --diff")
	case len(f.pinFrom) > 0 && !f.pin:
		return usageError("--pin-from wants --pin")
	case f.fix && slices.Contains(paths, "-"):
		return usageError("--fix cannot write to standard input: use --diff")
	}
	return nil
}

// newLinter makes the linter that flags and hadolint's configuration ask for.
func (a *app) newLinter(f ruleFlags) (*lint.Linter, *lint.HadolintConfig, error) {
	l := &lint.Linter{
		Settings: rule.Settings{
			TrustedRegistries: f.registries, LabelSchema: map[string]string{}, StrictLabels: f.strictLabels, BuildArgs: map[string]string{},
			Now: a.now(),
		},
		Ignore: f.ignore, Severities: map[string]finding.Severity{}, NoPragmas: f.noPragmas,
	}
	if user, err := cacheDir(); err == nil {
		l.Settings.Lifetimes = lifetimesIn(filepath.Join(user, "db"))
	}
	finder, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		return nil, nil, &exitError{exitFailed, err}
	}
	l.Settings.Secrets = func(text []byte) []rule.Secret {
		var found []rule.Secret
		for _, m := range finder.Find(text) {
			if !m.Sample {
				found = append(found, rule.Secret{Start: int(m.Start), End: int(m.End), Kind: m.Kind.Title})
			}
		}
		return found
	}
	hadolint, err := a.hadolintConfig(f)
	if err != nil {
		return nil, nil, err
	}
	selection := lint.Selection{All: f.allRules, Only: f.only, Level: f.level}
	if hadolint != nil {
		hadolint.Apply(l)
		for code := range hadolint.Severities {
			selection.On = append(selection.On, code)
		}
	}
	for _, s := range f.severities {
		id, word, ok := strings.Cut(s, "=")
		severity, err := finding.ParseSeverity(word)
		if !ok || err != nil {
			return nil, nil, usageError("--severity %s: want RULE=SEVERITY: %v", s, err)
		}
		l.Severities[strings.ToLower(id)] = severity
		selection.On = append(selection.On, id)
	}
	for _, s := range f.buildArgs {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			value = os.Getenv(name) // as docker build does
		}
		l.Settings.BuildArgs[name] = value
	}
	schema, err := labelSchema(f.labels)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(l.Settings.LabelSchema, schema)
	all := rules.All()
	for _, id := range f.ignore {
		a.checkIgnored(all, id)
	}
	if l.Rules, err = lint.Select(all, selection); err != nil {
		return nil, nil, usageError("%w%s", err, meantRule(all, err))
	}
	return l, hadolint, nil
}

// checkIgnored warns of an id that is none of ours and looks like none of
// another tool: a slip of the hand would ignore nothing.
func (a *app) checkIgnored(all []rule.Rule, id string) {
	if !slices.ContainsFunc(all, func(r rule.Rule) bool { return lint.Named(&r, id) }) && strings.ToLower(id) == id && id != lint.SyntaxID {
		a.warn("--ignore %s: no rule is called that%s", id, meant(nearestRule(all, id)))
	}
}

func meantRule(all []rule.Rule, err error) string {
	var unknown *lint.UnknownRule
	if !errors.As(err, &unknown) {
		return ""
	}
	return meant(nearestRule(all, unknown.ID))
}

// nearestRule is the rule id that is nearest to what was written.
func nearestRule(all []rule.Rule, id string) string {
	var known []string
	for _, r := range all {
		known = append(known, r.ID)
	}
	return nearest(id, known)
}

// hadolintConfig reads hadolint's configuration, if there is one.
func (a *app) hadolintConfig(f ruleFlags) (*lint.HadolintConfig, error) {
	path := f.hadolint
	if path == "off" {
		return nil, nil
	}
	if path == "" {
		if path = lint.FindHadolintConfig(os.Getenv); path == "" {
			return nil, nil
		}
	}
	c, err := lint.ReadHadolintConfig(path)
	if err != nil {
		return nil, usageError("%w", err)
	}
	for _, w := range c.Warnings {
		a.warn("%v", w)
	}
	if c.NoColor {
		a.noColor = true
	}
	return c, nil
}

// hadolintFailOn is the severity that hadolint would fail at; ours where its
// configuration does not say.
func hadolintFailOn(c *lint.HadolintConfig, failOn string) string {
	switch {
	case c.NoFail:
		return "none"
	case c.FailOn != "":
		return c.FailOn
	}
	return failOn
}

// hadolintOutputs are the formats that hadolint's configuration asks for.
func hadolintOutputs(c *lint.HadolintConfig) []string {
	var outputs []string
	for _, format := range c.Formats {
		if format == "json" {
			format = "hadolint-json"
		}
		if _, err := report.For(format); err == nil && len(outputs) == 0 {
			outputs = append(outputs, format)
		}
	}
	return outputs
}

func lintGates(failOn string) ([]policy.Gate, error) {
	if failOn == "none" {
		return nil, nil
	}
	severity, err := finding.ParseSeverity(failOn)
	if err != nil {
		return nil, usageError("--fail-on: %v, or none", err)
	}
	return []policy.Gate{policy.FailOn{Severity: severity, Unfixable: true}}, nil
}

// warningOf is what could not be read, as the report has it.
func warningOf(err error) inventory.Warning {
	var place *lint.FileError
	if !errors.As(err, &place) {
		return inventory.Warning{Message: err.Error()}
	}
	return inventory.Warning{At: inventory.Place{Path: place.Path, Line: place.Line, Column: place.Column}, Message: place.Err.Error()}
}
