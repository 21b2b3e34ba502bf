package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/mirror"
	"github.com/plimsoll/plimsoll/refresh"
	"github.com/plimsoll/plimsoll/vulndb"
)

// publishedSegments is the mirror that the project fills every day. It is asked after
// the mirrors of the user and before the sources. Empty: there is none yet.
const publishedSegments = ""

// addMirror adds the flag that names mirrors.
func (f *dataFlags) addMirror(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.mirrors, "mirror", nil, "`REF` of advisory segments to ask before the sources: oci://HOST/REPOSITORY, https://… or oci:DIR; may be repeated")
}

// mirrorsOf are the mirrors in the order in which they are asked.
func (f *dataFlags) mirrorsOf() ([]string, error) {
	refs := slices.Clone(f.mirrors)
	if publishedSegments != "" {
		refs = append(refs, publishedSegments)
	}
	for _, ref := range refs {
		if err := mirror.Check(ref); err != nil {
			return nil, usageError("--mirror: %v", err)
		}
	}
	return refs, nil
}

func (a *app) dbPushCommand() *cobra.Command {
	var f dataFlags
	cmd := &cobra.Command{
		Use:   "push REF [ECOSYSTEM…]",
		Short: "Share advisories through a registry",
		Long: `Push puts the segments at hand, or those of some ecosystems, into one artifact
of a registry (oci://HOST/REPOSITORY[:TAG]), or into an OCI layout in a
directory (oci:DIR), which any web server can serve. Segments that are there
already are not moved; those of other ecosystems that are there stay. Credentials
are those of docker login or podman login.`,
		Example: `  plimsoll db push oci://registry.example/plimsoll/segments
  plimsoll db push oci:/srv/www/segments npm Debian:12`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.dbPush(cmd.Context(), f, args[0], args[1:]) },
	}
	f.addDir(cmd.Flags())
	return cmd
}

func (a *app) dbPush(ctx context.Context, f dataFlags, ref string, ecosystems []string) error {
	d, err := a.mirrorAt(f, ref)
	if err != nil {
		return err
	}
	db, err := vulndb.Open(d.flags.dir)
	if err != nil {
		return &exitError{exitFailed, err}
	}
	defer db.Close()
	files := map[string]mirror.File{}
	for _, info := range db.Segments() {
		if len(ecosystems) == 0 || slices.Contains(ecosystems, info.Ecosystem) {
			path := filepath.Join(d.flags.dir, info.Name+vulndb.Extension)
			files[info.Ecosystem] = mirror.File{Info: info, Read: func() ([]byte, error) { return os.ReadFile(path) }}
		}
	}
	for _, ecosystem := range ecosystems {
		if _, ok := files[ecosystem]; !ok {
			return &exitError{exitNoData, fmt.Errorf("no advisories for %s in %s: run plimsoll db update %s", ecosystem, d.flags.dir, ecosystem)}
		}
	}
	if len(files) == 0 {
		return &exitError{exitNoData, fmt.Errorf("no advisories in %s: run plimsoll db update ECOSYSTEM", d.flags.dir)}
	}
	done, err := d.refresher().MirrorOf(ref).Push(ctx, files)
	a.progress.clear()
	if err != nil {
		return &exitError{exitFailed, err}
	}
	fmt.Fprintf(a.out, "%s has %d segments; %d moved (%s)\n%s\n", clean(ref), len(done.Segments), done.Moved, humanBytes(done.Bytes), done.Digest)
	return nil
}

// mirrorAt checks what push and pull need.
func (a *app) mirrorAt(f dataFlags, ref string) (*data, error) {
	if err := mirror.Check(ref); err != nil {
		return nil, usageError("%v", err)
	}
	if a.offline && !mirror.Local(ref) {
		return nil, &exitError{exitFailed, fmt.Errorf("%s is on the network, which is off limits (offline)", ref)}
	}
	d, err := a.newData(f)
	if err == nil && d.starter {
		err = usageError("the starter advisories are inside the program: name a directory")
	}
	return d, err
}

func (a *app) dbPullCommand() *cobra.Command {
	var f dataFlags
	cmd := &cobra.Command{
		Use:   "pull REF [ECOSYSTEM…]",
		Short: "Fetch advisories that were shared with push",
		Long: `Pull brings the segments of a mirror, or those of some ecosystems, into the
database. Only those that differ are moved; one that is newer here stays. Each
is checked against its digest before it takes the place of the old one.`,
		Example: `  plimsoll db pull oci://registry.example/plimsoll/segments
  plimsoll db pull https://mirror.example/segments npm`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.dbPull(cmd.Context(), f, args[0], args[1:]) },
	}
	f.addDir(cmd.Flags())
	return cmd
}

func (a *app) dbPull(ctx context.Context, f dataFlags, ref string, ecosystems []string) error {
	d, err := a.mirrorAt(f, ref)
	if err != nil {
		return err
	}
	r := d.refresher()
	r.Offline = false // a directory is no network
	results, err := r.Pull(ctx, r.MirrorOf(ref), ecosystems)
	a.progress.clear()
	if err != nil {
		return &exitError{exitFailed, err}
	}
	var failed []error
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, result := range results {
		what := "as it was"
		switch {
		case result.Err != nil:
			what = "not pulled"
			failed = append(failed, fmt.Errorf("%s: %w", result.Ecosystem, result.Err))
		case result.State == refresh.Updated:
			what = "new"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", clean(result.Ecosystem), what, humanBytes(result.Segment.Size), a.upToDate(result.Segment))
	}
	w.Flush()
	if len(failed) > 0 {
		return &exitError{exitFailed, errors.Join(failed...)}
	}
	return nil
}

// upToDate says how old the data of a segment are; nothing of one that is not there.
func (a *app) upToDate(info vulndb.SegmentInfo) string {
	if info.Fetched.IsZero() {
		return ""
	}
	return a.ago(info.Fetched)
}
