package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/plimsoll/plimsoll/refresh"
	"github.com/plimsoll/plimsoll/vulndb"
)

func (a *app) dbPullCommand() *cobra.Command {
	var f dataFlags
	cmd := &cobra.Command{
		Use:   "pull REF [ECOSYSTEM…]",
		Short: "Fetch advisories that were shared with push",
		Long: `Pull brings the segments of a mirror, or those of some ecosystems, into the
database. Only those that differ are moved; one that is newer here stays. Each
is checked against its digest before it takes the place of the old one. With
--verify-key nothing is taken that is not signed by one of the keys, nor from a
mirror that has had newer segments before.`,
		Example: `  plimsoll db pull oci://registry.example/plimsoll/segments
  plimsoll db pull --verify-key publisher.pub oci://registry.example/plimsoll/segments
  plimsoll db pull https://mirror.example/segments npm`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.dbPull(cmd.Context(), f, args[0], args[1:]) },
	}
	f.addDir(cmd.Flags())
	cmd.Flags().BoolVar(&f.allowOlder, "allow-older", false, "take segments that are older than those at hand, or than the mirror had before")
	return cmd
}

func (a *app) dbPull(ctx context.Context, f dataFlags, ref string, ecosystems []string) error {
	d, err := a.mirrorAt(f, ref)
	if err != nil {
		return err
	}
	r := d.refresher()
	r.Offline = false // a directory is no network
	r.AllowOlder = f.allowOlder
	results, err := r.Pull(ctx, d.placeOf(ref).mirror(r), spelled(ecosystems))
	a.progress.clear()
	if err != nil {
		return &exitError{exitFailed, err}
	}
	var failed []error
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, result := range results {
		what := "as it was"
		switch {
		case errors.Is(result.Err, refresh.ErrOlder):
			what = "kept"
			a.warn("%s: %v (--allow-older takes it)", result.Ecosystem, result.Err)
		case result.Err != nil:
			what = "not pulled"
			failed = append(failed, fmt.Errorf("%s: %w", result.Ecosystem, result.Err))
		case result.State == refresh.Updated:
			what = "new"
		}
		fmt.Fprintf(w, "%s\t%s%s\n", clean(result.Ecosystem), what, a.about(result.Segment))
	}
	w.Flush()
	if len(failed) > 0 {
		return &exitError{exitFailed, errors.Join(failed...)}
	}
	return nil
}

// about says how large a segment is and how old its data; nothing of one that is not there.
func (a *app) about(info vulndb.SegmentInfo) string {
	if info.Size == 0 {
		return ""
	}
	return "\t" + humanBytes(info.Size) + "\t" + a.ago(info.Fetched)
}
