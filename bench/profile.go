package main

import (
	"context"
	"os"
	"runtime/pprof"
	"slices"
	"time"

	"github.com/plimsoll/plimsoll/catalog/all"
	"github.com/plimsoll/plimsoll/feed/starter"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/rules"
	"github.com/plimsoll/plimsoll/scan"
	"github.com/plimsoll/plimsoll/secret"
)

// starterData answers from the starter advisories.
type starterData struct{}

// Ensure opens the advisories.
func (starterData) Ensure(context.Context, []match.Need) (scan.Advisories, report.Database, error) {
	db, err := starter.Open()
	return db, report.Database{}, err
}

// profile scans an image some times in this process, without a cache, and
// writes a CPU profile of it for go tool pprof.
func profile(ctx context.Context, file, ref string, times int) error {
	finder, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	s := scan.Scanner{Catalogers: all.Catalogers(), Data: starterData{}, Rules: usualRules(), Secrets: finder, Now: time.Now}
	for range times {
		img, err := image.Open(ctx, ref, image.Options{Offline: true})
		if err != nil {
			return err
		}
		_, err = s.Scan(ctx, img)
		if cerr := img.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// usualRules are the rules on images that need not be asked for.
func usualRules() []rule.Rule {
	return slices.DeleteFunc(rules.All(), func(r rule.Rule) bool { return r.Off && !r.OnImages })
}
