package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll/plimsoll/refresh"
	"github.com/plimsoll/plimsoll/vulndb"
)

func (a *app) dbCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Look after the advisory database",
		Long: `The database is a directory of segments, one file for each ecosystem or release
of a distribution. A scan brings those that it needs up to date by itself.`,
		Example: `  plimsoll db status
  plimsoll db update npm Debian:12
  plimsoll db build --from advisories.zip npm`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	addVerifyKey(cmd.PersistentFlags(), &a.verifyKeys)
	cmd.AddCommand(a.dbStatusCommand(), a.dbUpdateCommand(), a.dbBuildCommand(), a.dbFeedsCommand(), a.dbSearchCommand(), a.dbPushCommand(), a.dbPullCommand())
	return cmd
}

func (a *app) dbStatusCommand() *cobra.Command {
	var f dataFlags
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Say which advisories are at hand, how old and how large",
		Example: "  plimsoll db status",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.dbStatus(f) },
	}
	f.addDir(cmd.Flags())
	return cmd
}

func (a *app) dbStatus(f dataFlags) error {
	d, err := a.newData(f)
	if err != nil {
		return err
	}
	db, err := vulndb.Open(d.flags.dir)
	if err != nil {
		return &exitError{exitFailed, err}
	}
	defer db.Close()
	segments := db.Segments()
	if len(segments) == 0 {
		fmt.Fprintf(a.out, "No advisories in %s yet: a scan fetches what it needs, or run plimsoll db update ECOSYSTEM.\n", d.flags.dir)
	} else {
		w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ECOSYSTEM\tADVISORIES\tPACKAGES\tSIZE\tUP TO DATE\tNEWEST CHANGE\tSOURCE")
		for _, s := range segments {
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\n", clean(s.Ecosystem), s.Advisories, s.Packages, humanBytes(s.Size),
				a.ago(s.Fetched), newest(s.AsOf), clean(s.Source))
		}
		w.Flush()
		a.oldStatus(d, segments)
	}
	a.intelligenceStatus(d)
	a.placesStatus(d)
	a.publishedStatus(d)
	for _, err := range db.Refused() {
		fmt.Fprintf(a.out, "Not usable: %s\n", clean(err.Error()))
	}
	return nil
}

// newest is the day of a source's newest change. Some sources date nothing.
func newest(t time.Time) string {
	if t.IsZero() {
		return "not stated"
	}
	return t.UTC().Format(time.DateOnly)
}

// ago writes how long ago a moment was, in the unit that a person would take.
func (a *app) ago(t time.Time) string {
	d := a.now().Sub(t)
	switch {
	case d < 2*time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", d/time.Hour)
	}
	return fmt.Sprintf("%d days ago", d/(24*time.Hour))
}

func (a *app) dbUpdateCommand() *cobra.Command {
	var f dataFlags
	cmd := &cobra.Command{
		Use:   "update [ECOSYSTEM…|--all]",
		Short: "Bring advisories up to date now",
		Long: `Update asks the sources for what has changed in the ecosystems named, or in all
that are at hand. An ecosystem is named as OSV does: npm, PyPI, Debian:12,
Alpine:v3.20; Debian is all its releases. When a source cannot be reached, what is at hand stays.

What is known besides advisories is brought up to date with them: epss, how
likely each CVE is exploited, kev, which are known to be, and endoflife, until
when releases get fixes. They can also be named themselves, as can nvd: the
severities of NVD, which rates what Alpine and others leave unrated. Once
fetched, which takes a quarter of an hour, those are kept up to date too.`,
		Example: `  plimsoll db update
  plimsoll db update npm Debian:12 Alpine:v3.20
  plimsoll db update --all --mirror oci://registry.example/plimsoll/segments
  plimsoll db update epss kev
  plimsoll db update --db-source https://mirror.example/osv Go`,
		Annotations: map[string]string{configOf: "scan"},
		RunE:        func(cmd *cobra.Command, args []string) error { return a.dbUpdate(cmd.Context(), f, args) },
	}
	f.addDir(cmd.Flags())
	f.addSource(cmd.Flags())
	f.addIntelligence(cmd.Flags())
	f.addMirror(cmd.Flags())
	cmd.Flags().BoolVar(&f.all, "all", false, "all ecosystems of which an image can hold packages: several hundred megabytes from the sources")
	return cmd
}

func (a *app) dbUpdate(ctx context.Context, f dataFlags, args []string) error {
	limitMemoryTo(softUpdate)
	f.refresh = 0 // whatever is there is too old
	d, err := a.newData(f)
	sources, ecosystems := splitIntelligence(args)
	if err != nil {
		return err
	}
	if d.starter {
		return usageError("the starter advisories are inside the program and cannot be updated")
	}
	if len(sources) > 0 && len(ecosystems) == 0 {
		return a.updateIntelligence(ctx, d, sources, true)
	}
	if ecosystems, err = d.chosen(ecosystems); err != nil {
		return err
	}
	results, err := d.refresher().Ensure(ctx, ecosystems)
	if err != nil {
		return &exitError{exitFailed, err}
	}
	err = a.tell(d.told(results))
	if known := a.updateIntelligence(ctx, d, sources, len(args) == 0 || len(sources) > 0); err == nil {
		err = known
	}
	return err
}

// tell says what became of each ecosystem.
func (a *app) tell(results []refresh.Result) error {
	a.progress.clear()
	var failed []error
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, r := range results {
		switch {
		case r.State == refresh.Missing || r.Err != nil:
			failed = append(failed, fmt.Errorf("%s: %w", r.Ecosystem, r.Err))
			fmt.Fprintf(w, "%s\t%s\n", clean(r.Ecosystem), map[bool]string{true: "missing", false: "not brought up to date"}[r.State == refresh.Missing])
		case len(r.Parts) > 0:
			for _, part := range r.Parts {
				fmt.Fprintf(w, "%s\t%d advisories for %d packages\t%s\n", clean(part.Ecosystem), part.Advisories, part.Packages, humanBytes(part.Size))
			}
		default:
			note := ""
			if r.Broken > 0 {
				note = fmt.Sprintf("  (%d of %d records cannot be read and are left out)", r.Broken, r.Records)
			}
			fmt.Fprintf(w, "%s\t%d advisories for %d packages\t%s%s\n", clean(r.Ecosystem), r.Segment.Advisories, r.Segment.Packages, humanBytes(r.Segment.Size), note)
		}
	}
	w.Flush()
	if len(failed) > 0 {
		return &exitError{exitFailed, errors.Join(failed...)}
	}
	return nil
}

func (a *app) dbBuildCommand() *cobra.Command {
	var f dataFlags
	cmd := &cobra.Command{
		Use:   "build --from DIR|ZIP|URL ECOSYSTEM…|--all",
		Short: "Compile advisories from a directory, a zip or a URL",
		Long: `Build compiles OSV records into segments: from a directory laid out like the OSV
bucket (npm/all.zip), with a zip for each ecosystem (npm.zip) or with loose
records, from a single zip, or from the URL of a mirror. With --feed it compiles
the data of other sources; plimsoll db feeds names them.`,
		Example: `  plimsoll db build --from ./osv npm PyPI Debian:12
  plimsoll db build --feed debian Debian
  plimsoll db build --feed redhat=./vex "Red Hat"
  plimsoll db build --from npm.zip --db ./db npm`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.source == "" && len(f.feeds) == 0 {
				return usageError("--from is missing: what to compile?")
			}
			if len(args) == 0 && !f.all {
				return usageError("which ecosystems? Name them, or --all")
			}
			return a.dbUpdate(cmd.Context(), f, args)
		},
	}
	f.addDir(cmd.Flags())
	cmd.Flags().StringVar(&f.source, "from", "", "`DIR|ZIP|URL` with OSV records")
	f.addFeeds(cmd.Flags())
	cmd.Flags().BoolVar(&f.all, "all", false, "all ecosystems of which an image can hold packages")
	f.addIntelligence(cmd.Flags())
	return cmd
}
