package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/intel"
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
	all, err := mirror.Files(d.flags.dir)
	if err != nil {
		return &exitError{exitFailed, err}
	}
	files := slices.DeleteFunc(slices.Clone(all), func(f mirror.File) bool {
		return len(ecosystems) > 0 && !slices.Contains(ecosystems, f.Ecosystem)
	})
	for _, ecosystem := range ecosystems {
		if !slices.ContainsFunc(files, func(f mirror.File) bool { return f.Ecosystem == ecosystem }) {
			return &exitError{exitNoData, fmt.Errorf("no advisories for %s in %s: run plimsoll db update %s", ecosystem, d.flags.dir, ecosystem)}
		}
	}
	if len(files) == 0 {
		return &exitError{exitNoData, fmt.Errorf("no advisories in %s: run plimsoll db update ECOSYSTEM", d.flags.dir)}
	}
	if known, ok := d.intelligenceFile(); ok && len(ecosystems) == 0 {
		files = append(files, known)
	}
	done, err := d.refresher().MirrorOf(ref).Push(ctx, files)
	a.progress.clear()
	if err != nil {
		return &exitError{exitFailed, err}
	}
	fmt.Fprintf(a.out, "%s has %d parts; %d moved (%s)\n%s\n", clean(ref), len(done.Segments), done.Moved, humanBytes(done.Bytes), done.Digest)
	return nil
}

// intelligenceFile is what is known of CVEs besides advisories, to be pushed.
func (d *data) intelligenceFile() (mirror.File, bool) {
	path := filepath.Join(d.flags.dir, intel.FileName)
	data, err := os.ReadFile(path)
	if err != nil {
		return mirror.File{}, false
	}
	known, err := intel.Read(data)
	if err != nil {
		d.app.warn("what is known of CVEs is not pushed: %v", err)
		return mirror.File{}, false
	}
	return mirror.File{
		Ecosystem: mirror.Intelligence, Digest: fmt.Sprintf("sha256:%x", sha256.Sum256(data)), Fetched: refresh.Asked(known),
		Read: func() ([]byte, error) { return data, nil },
	}, true
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
