package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/mirror"
	"github.com/plimsoll/plimsoll/refresh"
	"github.com/plimsoll/plimsoll/trust"
)

func (a *app) dbPushCommand() *cobra.Command {
	var f dataFlags
	cmd := &cobra.Command{
		Use:   "push REF [ECOSYSTEM…]",
		Short: "Share advisories through a registry",
		Long: `Push puts the segments at hand, or those of some ecosystems, into one artifact
of a registry (oci://HOST/REPOSITORY[:TAG]), or into an OCI layout in a
directory (oci:DIR), which any web server can serve. Segments that are there
already are not moved; newer ones and those of other ecosystems that are there
stay. Credentials are those of docker login or podman login.

With --sign-key the artifact is signed, in the form that cosign verify --key
checks; plimsoll key generate makes keys. What is there already of other
ecosystems stays only if it is signed by the same key or one of --verify-key.`,
		Example: `  plimsoll db push oci://registry.example/plimsoll/segments
  plimsoll db push --sign-key plimsoll.key oci://registry.example/plimsoll/segments
  plimsoll db push oci:/srv/www/segments npm Debian:12`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.dbPush(cmd.Context(), f, args[0], args[1:]) },
	}
	f.addDir(cmd.Flags())
	cmd.Flags().StringSliceVar(&f.signKeys, "sign-key", nil, "private key `FILE` (or env://NAME) to sign with; its passphrase is asked for, or in PLIMSOLL_KEY_PASSWORD or COSIGN_PASSWORD; may be repeated")
	cmd.Flags().BoolVar(&f.replace, "replace", false, "put older data in the place of newer; when signing, drop what is there of other ecosystems and not signed by a known key")
	return cmd
}

func (a *app) dbPush(ctx context.Context, f dataFlags, ref string, ecosystems []string) error {
	d, err := a.mirrorAt(f, ref)
	if err != nil {
		return err
	}
	files, err := d.toPush(ecosystems)
	if err != nil {
		return err
	}
	m := d.placeOf(ref).mirror(d.refresher())
	m.Replace = f.replace
	if err := a.signWith(ctx, m, d); err != nil {
		return err
	}
	done, err := m.Push(ctx, files)
	a.progress.clear()
	if errors.Is(err, mirror.ErrRefused) {
		err = fmt.Errorf("%w; or push these ecosystems too, or drop them with --replace", err)
	}
	if err != nil {
		return &exitError{exitFailed, err}
	}
	if len(done.Newer) > 0 {
		a.warn("%s has newer data for %s, which stay (--replace puts these in their place)", ref, strings.Join(done.Newer, ", "))
	}
	fmt.Fprintf(a.out, "%s has %d parts; %d moved (%s)\n%s\n", clean(ref), len(done.Segments), done.Moved, humanBytes(done.Bytes), done.Digest)
	return nil
}

// signWith has what is pushed signed, if keys were named.
func (a *app) signWith(ctx context.Context, m *mirror.Mirror, d *data) error {
	if len(d.flags.signKeys) == 0 {
		if m.Check != nil {
			a.warn("--verify-key is set, and this push is not signed: who wants signatures will refuse it (sign with --sign-key)")
		}
		return nil
	}
	var keys []trust.PrivateKey
	known := slices.Clone(d.keys)
	for _, name := range d.flags.signKeys {
		key, err := a.privateKey(ctx, "--sign-key", name)
		if err != nil {
			return err
		}
		keys, known = append(keys, key), append(known, key.Public())
	}
	m.Check = checkBy(known)
	m.Sign = func(ctx context.Context, digest string, at mirror.Store) error {
		for _, key := range keys {
			if err := trust.Sign(ctx, at, trust.Subject{Digest: digest, Name: at.Name()}, key); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// toPush are the files of some ecosystems, or all that are at hand.
func (d *data) toPush(ecosystems []string) ([]mirror.File, error) {
	all, err := mirror.Files(d.flags.dir)
	if err != nil {
		return nil, &exitError{exitFailed, err}
	}
	if len(ecosystems) > 0 {
		var names []string
		for _, f := range all {
			names = append(names, f.Ecosystem)
		}
		ecosystems = within(ecosystems, names)
	}
	files := slices.DeleteFunc(slices.Clone(all), func(f mirror.File) bool {
		return len(ecosystems) > 0 && !slices.Contains(ecosystems, f.Ecosystem)
	})
	for _, ecosystem := range ecosystems {
		if !slices.ContainsFunc(files, func(f mirror.File) bool { return f.Ecosystem == ecosystem }) {
			return nil, &exitError{exitNoData, fmt.Errorf("no advisories for %s in %s: run plimsoll db update %s", ecosystem, d.flags.dir, ecosystem)}
		}
	}
	if len(files) == 0 {
		return nil, &exitError{exitNoData, fmt.Errorf("no advisories in %s: run plimsoll db update ECOSYSTEM", d.flags.dir)}
	}
	if known, ok := d.intelligenceFile(); ok && len(ecosystems) == 0 {
		files = append(files, known)
	}
	return files, nil
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
