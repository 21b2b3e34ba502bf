package main

import (
	"context"

	"github.com/plimsoll/plimsoll/image"
)

// digest asks a registry for the digest of a base image.
func (a *app) digest(ctx context.Context, ref string) (string, error) {
	return image.Digest(ctx, ref, image.Options{Offline: a.offline})
}
