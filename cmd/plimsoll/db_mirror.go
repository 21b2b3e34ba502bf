package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/mirror"
	"github.com/plimsoll/plimsoll/refresh"
	"github.com/plimsoll/plimsoll/trust"
)

// addMirror adds the flags that name mirrors and whose signatures they need.
func (f *dataFlags) addMirror(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.mirrors, "mirror", nil, "`REF` of advisory segments to ask before the sources: oci://HOST/REPOSITORY, https://… or oci:DIR; may be repeated")
}

func addVerifyKey(flags *pflag.FlagSet, keys *[]string) {
	flags.StringSliceVar(keys, "verify-key", nil, "public key `FILE` (or env://NAME): only segments that one of these keys has signed are taken from mirrors; may be repeated")
}

// place is a mirror and the keys of which one must have signed what it has; with
// none it need not be signed.
type place struct {
	ref  string
	keys []trust.PublicKey
}

// mirrorsOf are the mirrors in the order in which they are asked: the user's, then
// the project's own.
func (d *data) mirrorsOf() ([]place, error) {
	var places []place
	for _, ref := range d.flags.mirrors {
		if err := mirror.Check(ref); err != nil {
			return nil, usageError("--mirror: %v", err)
		}
		places = append(places, d.placeOf(ref))
	}
	if d.published.ref != "" {
		places = append(places, d.placeOf(d.published.ref))
	}
	return places, nil
}

// placeOf is a mirror with its keys: those that the user has named, but for the
// segments that the project publishes, which have a key of their own.
func (d *data) placeOf(ref string) place {
	if ref == d.published.ref {
		return d.published
	}
	return place{ref, d.keys}
}

// mirror is the mirror as a refresher asks it.
func (p place) mirror(r *refresh.Refresher) *mirror.Mirror {
	m := r.MirrorOf(p.ref)
	if len(p.keys) > 0 {
		m.Check = checkBy(p.keys)
	}
	return m
}

// checkBy wants a signature by one of the keys.
func checkBy(keys []trust.PublicKey) func(context.Context, string, mirror.Store) error {
	return func(ctx context.Context, digest string, at mirror.Store) error {
		_, err := trust.Verify(ctx, at, digest, keys)
		switch {
		case errors.Is(err, trust.ErrUnsigned):
			return fmt.Errorf("%w. Have it pushed with --sign-key, or find out who pushed it without", err)
		case errors.Is(err, trust.ErrSignature):
			return fmt.Errorf("%w. If its publisher has a new key, get that from them by another way and name it with --verify-key", err)
		}
		return err
	}
}

// verifyKeys reads the files with the keys that mirrors must be signed by.
func verifyKeys(files []string) ([]trust.PublicKey, error) {
	var keys []trust.PublicKey
	for _, file := range files {
		text, err := keyText(file)
		if err != nil {
			return nil, usageError("--verify-key: %v", err)
		}
		some, err := trust.ParsePublicKeys(text)
		if err != nil {
			return nil, usageError("--verify-key %s: %v", file, err)
		}
		keys = append(keys, some...)
	}
	return keys, nil
}

// fingerprints writes keys as people compare them.
func fingerprints(keys []trust.PublicKey) string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = k.Fingerprint()
	}
	return strings.Join(list, " or ")
}

// without is an error about a mirror whose reference was said already.
func without(ref string, err error) string {
	return strings.TrimPrefix(err.Error(), "mirror "+ref+": ")
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
