package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/feed"
	feeds "github.com/plimsoll/plimsoll/feed/all"
	"github.com/plimsoll/plimsoll/refresh"
)

func (f *dataFlags) addFeeds(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.feeds, "feed", nil, "ask this `NAME[=URL]` first for the ecosystems that it covers, perhaps at another place laid out alike; plimsoll db feeds lists them")
	flags.StringSliceVar(&f.accepted, "accept-license", nil, "accept the terms of the feeds of these `names`, where one has its own")
}

// namedFeeds reads the feeds that were named. One with terms of its own needs
// them accepted first.
func (f *dataFlags) namedFeeds() ([]refresh.Named, error) {
	for _, name := range f.accepted {
		if _, ok := feedOf(name); !ok {
			return nil, unknownFeed("--accept-license", name)
		}
	}
	var named []refresh.Named
	for _, word := range f.feeds {
		name, url, _ := strings.Cut(word, "=")
		known, ok := feedOf(name)
		if !ok {
			return nil, unknownFeed("--feed", name)
		}
		if known.Choice == feed.Consented && !slices.Contains(f.accepted, name) {
			return nil, usageError("the licence of the feed %[1]s: %[2]s. If you accept it, say so with --accept-license %[1]s, or once and for all with \"accept-license: [%[1]s]\" under scan, and under update below db, in %[3]s",
				name, known.License, configName)
		}
		named = append(named, refresh.Named{Feed: name, URL: url})
	}
	if len(named) > 0 && f.source != "" {
		return nil, usageError("a feed and a source for all (--db-source, --from): one of them; --feed NAME=URL says where a feed is")
	}
	return named, nil
}

func feedOf(name string) (feed.Feed, bool) {
	all := feeds.Feeds()
	i := slices.IndexFunc(all, func(f feed.Feed) bool { return f.Name == name })
	if i < 0 {
		return feed.Feed{}, false
	}
	return all[i], true
}

func unknownFeed(flag, name string) error {
	var names []string
	for _, f := range feeds.Feeds() {
		names = append(names, f.Name)
	}
	return usageError("%s %s: no such feed; there are %s", flag, name, strings.Join(names, ", "))
}

func (a *app) dbFeedsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "feeds",
		Short: "List the sources of advisories, their licences and when each is asked",
		Long: `A feed is a source of advisories. Of several that cover an ecosystem one is asked:
one that --feed names, else the distribution's own where no other has its data,
else the OSV database. --feed NAME=URL says where a copy of its data is.`,
		Example: "  plimsoll db feeds\n  plimsoll scan --feed debian debian:12",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			a.dbFeeds()
			return nil
		},
	}
}

func (a *app) dbFeeds() {
	for i, f := range feeds.Feeds() {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		fmt.Fprintf(a.out, "%s  %s\n", f.Name, f.Doc)
		w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "  where\t%s\n  licence\t%s\n  asked\t%s\n", f.URL, f.License, asked(f))
		w.Flush()
	}
}

// asked says when a feed is.
func asked(f feed.Feed) string {
	switch f.Choice {
	case feed.General:
		return "by default"
	case feed.Own:
		return "by default, for its own ecosystem"
	case feed.Consented:
		return fmt.Sprintf("with --feed %[1]s --accept-license %[1]s", f.Name)
	}
	return "with --feed " + f.Name
}
