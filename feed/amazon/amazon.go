// Package amazon is the feed of Amazon Linux: the announcements of fixes (ALAS)
// in the package repositories themselves, as updateinfo.xml
// (https://alas.aws.amazon.com).
package amazon

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/plimsoll/plimsoll/feed"
)

const (
	maxList    = 64 << 10 // bytes of a list of mirrors
	maxRepomd  = 4 << 20  // bytes of a repository's index
	fileLimit  = 1 << 30  // bytes of updateinfo.xml, packed
	arch       = "x86_64" // its updateinfo.xml names the packages of all
	updateInfo = "updateinfo"

	// The extras of Amazon Linux 2 are repositories of their own, by topic.
	extrasList = "/2/extras-catalog.json"
	extrasMark = "2-"    // begins the names of their files
	maxCatalog = 4 << 20 // bytes
	maxTopics  = 500     // real: 70
)

// releases are the releases, and where each keeps the list of its core
// repository's mirrors.
var releases = [...]struct{ number, list string }{
	{"2", "/2/core/latest/" + arch + "/mirror.list"},
	{"2023", "/al2023/core/mirrors/latest/" + arch + "/mirror.list"},
}

// Feed is Amazon Linux's announcements.
func Feed() feed.Feed {
	return feed.Feed{
		Name:    "amazon",
		Doc:     "Amazon Linux 2 and 2023: the announcements of fixes in the core repositories and in the extras of Amazon Linux 2. What is not fixed yet is not in it.",
		URL:     "https://cdn.amazonlinux.com",
		License: "none stated; facts from Amazon's package repositories",
		Choice:  feed.Own,
		Covers:  func(ecosystem string) bool { return ecosystem == "Amazon Linux" },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return feed.Keep(ctx, r.Getter(client), r, plan)
		},
		Parse: parse,
	}
}

// plan finds the newest updateinfo.xml of each release.
func plan(ctx context.Context, s *feed.Source) ([]feed.Item, error) {
	var items []feed.Item
	for _, r := range releases {
		item, err := updates(ctx, s, r.list)
		if errors.Is(err, feed.ErrNoData) {
			continue // a copy need not have all releases
		}
		if err != nil {
			return nil, fmt.Errorf("release %s of Amazon Linux: %w", r.number, err)
		}
		item.Name = r.number + ".xml"
		items = append(items, item)
	}
	extras, err := extras(ctx, s)
	return append(items, extras...), err
}

// extras finds those of the extras' topics; some have never had an announcement.
func extras(ctx context.Context, s *feed.Source) ([]feed.Item, error) {
	text, err := s.Small(ctx, s.URL+extrasList, maxCatalog)
	if errors.Is(err, feed.ErrNoData) {
		return nil, nil // a copy of the core repositories alone
	}
	if err != nil {
		return nil, err
	}
	topics, err := readCatalog(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", extrasList, err)
	}
	items := make([]feed.Item, len(topics))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(side)
	for i, topic := range topics {
		group.Go(func() error {
			item, err := updates(ctx, s, "/2/extras/"+topic+"/latest/"+arch+"/mirror.list")
			if errors.Is(err, feed.ErrNoData) || errors.Is(err, errNone) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("extra %s of Amazon Linux 2: %w", topic, err)
			}
			item.Name = extrasMark + topic + ".xml"
			items[i] = item
			return nil
		})
	}
	err = group.Wait()
	return slices.DeleteFunc(items, func(i feed.Item) bool { return i.Name == "" }), err
}

// side is how many topics are asked side by side.
const side = 4

// topicName is what a topic may be called: "docker", "kernel-5.10", "php8.2".
var topicName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._+-]{0,63}$`)

// readCatalog lists the topics of the catalogue of extras.
func readCatalog(text []byte) ([]string, error) {
	var catalog struct {
		Topics []struct {
			Name string `json:"n"`
		} `json:"topics"`
	}
	if err := json.Unmarshal(text, &catalog); err != nil {
		return nil, err
	}
	var topics []string
	for _, t := range catalog.Topics {
		if !topicName.MatchString(t.Name) || strings.Contains(t.Name, "..") {
			return nil, fmt.Errorf("%.80q is no name of a topic", t.Name)
		}
		topics = append(topics, t.Name)
	}
	slices.Sort(topics)
	if topics = slices.Compact(topics); len(topics) > maxTopics {
		return nil, fmt.Errorf("%d topics, more than the limit of %d", len(topics), maxTopics)
	}
	return topics, nil
}

// updates follows the list of mirrors to a repository, always on the host that
// was asked, and its index to the file and its check sum.
func updates(ctx context.Context, s *feed.Source, list string) (feed.Item, error) {
	text, err := s.Small(ctx, s.URL+list, maxList)
	if err != nil {
		return feed.Item{}, err
	}
	root, err := repository(text)
	if err != nil {
		return feed.Item{}, fmt.Errorf("%s: %w", list, err)
	}
	index := root + "/repodata/repomd.xml"
	text, err = s.Small(ctx, s.URL+index, maxRepomd)
	if err != nil {
		return feed.Item{}, err
	}
	href, sum, err := readIndex(text)
	if err != nil {
		return feed.Item{}, fmt.Errorf("%s: %w", index, err)
	}
	return feed.Item{URL: s.URL + root + "/" + href, SHA256: sum, Limit: fileLimit, Check: feed.IsXML}, nil
}

// errNone is of a repository that has announced nothing.
var errNone = errors.New("the repository has no " + updateInfo)

// repository is the path of the first mirror of a list.
func repository(list []byte) (string, error) {
	lines := bufio.NewScanner(bytes.NewReader(list))
	for lines.Scan() {
		line := strings.ReplaceAll(strings.TrimSpace(lines.Text()), "$basearch", arch)
		if line == "" || line[0] == '#' {
			continue
		}
		u, err := url.Parse(line)
		if err != nil || u.Path == "" || u.Path == "/" {
			return "", fmt.Errorf("want the URL of a repository, not %.200q", line)
		}
		return path.Clean("/" + u.EscapedPath()), nil
	}
	return "", errors.New("no mirror in the list")
}

// readIndex finds updateinfo.xml and its SHA-256 in a repository's index.
func readIndex(text []byte) (href, sum string, err error) {
	var index struct {
		Data []struct {
			Type     string `xml:"type,attr"`
			Location struct {
				Href string `xml:"href,attr"`
			} `xml:"location"`
			Sum struct {
				Type string `xml:"type,attr"`
				Hex  string `xml:",chardata"`
			} `xml:"checksum"`
		} `xml:"data"`
	}
	if err := xml.Unmarshal(text, &index); err != nil {
		return "", "", err
	}
	for _, d := range index.Data {
		if d.Type != updateInfo {
			continue
		}
		href = strings.TrimPrefix(path.Clean("/"+d.Location.Href), "/")
		if href == "" || strings.ContainsAny(href, ":?#") {
			return "", "", fmt.Errorf("%.200q is no path", d.Location.Href)
		}
		if d.Sum.Type == "sha256" {
			sum = strings.TrimSpace(d.Sum.Hex)
		}
		return href, sum, nil
	}
	return "", "", errNone
}
