package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// askTimeout bounds how long a daemon may take to say whether it has an image.
const askTimeout = 10 * time.Second

// errNoDaemon says that nobody answers at a daemon's address.
var errNoDaemon = errors.New("no daemon answers")

// A daemon is Docker's or Podman's, which both speak Docker's Engine API.
type daemon struct {
	address string // as configured, for errors
	base    string // of its URLs
	client  *http.Client
}

// newDaemon makes a client for unix:///path or tcp://host:port.
func newDaemon(address string, o Options) (*daemon, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of the daemon: %w", err)
	}
	d := &daemon{address: address, base: "http://daemon"}
	t := &http.Transport{DisableCompression: true, ResponseHeaderTimeout: 10 * time.Minute}
	switch {
	case u.Scheme == "unix":
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "unix", u.Path)
		}
	case u.Scheme == "tcp" && o.Offline && !loopback(u.Hostname()):
		return nil, fmt.Errorf("%w: the daemon is at %s", ErrOffline, address)
	case (u.Scheme == "tcp" || u.Scheme == "http") && os.Getenv("DOCKER_TLS_VERIFY") == "":
		d.base = "http://" + u.Host
	default:
		return nil, fmt.Errorf("a daemon at %s cannot be asked, only one at unix:// or tcp:// without TLS; use docker save and scan the archive", address)
	}
	d.client = &http.Client{Transport: t}
	return d, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Close ends idle connections.
func (d *daemon) Close() error {
	d.client.CloseIdleConnections()
	return nil
}

// get asks the daemon for what it knows under an image's name.
func (d *daemon) get(ctx context.Context, name, what string) (*http.Response, error) {
	name = strings.ReplaceAll(url.PathEscape(name), "%2F", "/")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+"/images/"+name+"/"+what, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", userAgent)
	resp, err := d.client.Do(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			return nil, fmt.Errorf("%w at %s: %w", errNoDaemon, d.address, op.Err)
		}
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	var message struct{ Message string }
	if json.Unmarshal(said, &message) != nil || message.Message == "" {
		message.Message = resp.Status
	}
	if resp.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, message.Message)
	}
	return nil, fmt.Errorf("the daemon at %s answers %d: %s", d.address, resp.StatusCode, message.Message)
}

// ask gets a small JSON answer.
func (d *daemon) ask(ctx context.Context, name, what string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	resp, err := d.get(ctx, name, what)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return readSmall(resp.Body, "the daemon's answer")
}

// inspected is what a daemon says of an image, as far as it matters here.
type inspected struct {
	ID           string `json:"Id"`
	RepoTags     []string
	Created      string
	Author       string
	Architecture string
	Variant      string
	OS           string `json:"Os"`
	OSVersion    string `json:"OsVersion"`
	Config       v1.Config
	RootFS       struct{ Layers []v1.Hash }
}

// recalled is an entry of a daemon's history.
type recalled struct {
	Created   int64
	CreatedBy string
	Comment   string
	Size      int64
}

// parseInspected makes a configuration out of what a daemon says. Its history
// is nil where that leaves open which instructions made the layers.
func parseInspected(about, history []byte) (*inspected, *v1.ConfigFile, error) {
	i, err := decode[inspected](about)
	if err != nil {
		return nil, nil, fmt.Errorf("read what the daemon says of the image: %w", err)
	}
	all, err := decode[[]recalled](history)
	if err != nil {
		return nil, nil, fmt.Errorf("read the daemon's history of the image: %w", err)
	}
	if len(i.RootFS.Layers) > maxLayers {
		return nil, nil, fmt.Errorf("%w: %d layers, at most %d are read", ErrTooLarge, len(i.RootFS.Layers), maxLayers)
	}
	created, _ := time.Parse(time.RFC3339, i.Created) // some images have no date
	c := &v1.ConfigFile{
		Architecture: i.Architecture, OS: i.OS, Variant: i.Variant, OSVersion: i.OSVersion,
		Author: i.Author, Created: v1.Time{Time: created}, Config: i.Config,
		RootFS: v1.RootFS{Type: "layers", DiffIDs: i.RootFS.Layers},
	}
	past := *all
	slices.Reverse(past)
	made, ok := layered(past, len(i.RootFS.Layers))
	if !ok {
		return i, c, nil
	}
	for n, h := range past {
		c.History = append(c.History, v1.History{
			Created: v1.Time{Time: time.Unix(h.Created, 0).UTC()}, CreatedBy: h.CreatedBy, Comment: h.Comment, EmptyLayer: !made[n],
		})
	}
	return i, c, nil
}

// layered finds out which entries of a history, the oldest first, made the
// layers, which the API does not say. What has bytes did; what only notes
// something in the configuration did not. Of the rest, BuildKit makes a layer
// each, and the classic builder where files changed: RUN true does not, RUN rm
// does. Where that leaves a doubt, it is false.
func layered(past []recalled, layers int) ([]bool, bool) {
	made := make([]bool, len(past))
	var doubtful []int
	for n, h := range past {
		word, rest, _ := strings.Cut(Instruction(h.CreatedBy), " ")
		buildkit := strings.HasSuffix(h.CreatedBy, "# buildkit")
		switch {
		case h.Size > 0, buildkit && (word == "RUN" || word == "COPY" || word == "ADD"), buildkit && word == "WORKDIR" && rest != "/":
			made[n] = true
			layers--
		case buildkit, noted(word):
		default:
			doubtful = append(doubtful, n)
		}
	}
	if layers != 0 && layers != len(doubtful) {
		return nil, false
	}
	for _, n := range doubtful {
		made[n] = layers > 0
	}
	return made, true
}

// noted tells whether an instruction changes the configuration only.
func noted(word string) bool {
	switch word {
	case "ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL", "STOPSIGNAL", "USER", "VOLUME":
		return true
	}
	return false
}

// daemonImage exports an image from its daemon when a layer is first opened: to
// know what is in layers seen before takes no export, unless the history is in
// doubt.
type daemonImage struct {
	*daemon
	p    pull
	id   string
	want []string // DiffIDs

	mu     sync.Mutex
	image  *Image // in the export, once there is one
	closer io.Closer
}

// daemon opens an image that a daemon has.
func (p pull) daemon(ctx context.Context, d *daemon, ref string) (*Image, error) {
	about, err := d.ask(ctx, ref, "json")
	if err != nil {
		return nil, err
	}
	// The rest goes by the id, so that a tag that moves meanwhile does no harm.
	var only struct{ ID string }
	if err := json.Unmarshal(about, &only); err != nil || only.ID == "" {
		return nil, fmt.Errorf("the daemon at %s gives no image id", d.address)
	}
	history, err := d.ask(ctx, only.ID, "history")
	if err != nil {
		return nil, err
	}
	i, config, err := parseInspected(about, history)
	if err != nil {
		return nil, err
	}
	img := &Image{Ref: p.ref, Source: p.from, ID: i.ID, Tags: i.RepoTags, Config: config}
	di := &daemonImage{daemon: d, p: p, id: i.ID}
	for n, id := range i.RootFS.Layers {
		di.want = append(di.want, id.String())
		img.Layers = append(img.Layers, Layer{Open: func(ctx context.Context) (io.ReadCloser, error) { return di.open(ctx, n) }})
	}
	if config.History == nil {
		if err := di.export(ctx); err != nil {
			return nil, err
		}
		img.Config = di.image.Config
	}
	if err := img.complete(p.o); err != nil {
		return nil, errors.Join(err, di.Close())
	}
	img.keep(di)
	return img, nil
}

// open opens a layer of the export.
func (d *daemonImage) open(ctx context.Context, n int) (io.ReadCloser, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.image == nil {
		if err := d.export(ctx); err != nil {
			return nil, err
		}
	}
	return d.image.Layers[n].Open(ctx)
}

func (d *daemonImage) export(ctx context.Context) error {
	resp, err := d.get(ctx, d.id, "get")
	if err != nil {
		return fmt.Errorf("export %s: %w", d.id, err)
	}
	t, err := d.p.o.spool(ctx, resp.Body, Event{Kind: "export", Name: d.p.ref})
	if err != nil {
		return err
	}
	a, err := indexFile(ctx, "the export", t.File)
	if err == nil {
		d.image, err = d.match(ctx, a)
	}
	if err != nil {
		t.Close()
		return fmt.Errorf("export %s: %w", d.id, err)
	}
	d.closer = t
	return nil
}

// match finds the image in the export that has the layers the daemon named: a
// daemon may export an image for several platforms. The id must be that of the
// configuration or, where Docker keeps images in containerd, of a manifest or an
// index in the export.
func (d *daemonImage) match(ctx context.Context, a *archive) (*Image, error) {
	data, err := a.small("manifest.json")
	if err != nil {
		return nil, err
	}
	all, err := parseSaved(data)
	if err != nil {
		return nil, err
	}
	quiet := d.p
	quiet.o.Platform = ""
	for _, s := range all {
		img, err := quiet.saved(ctx, a, s)
		if err != nil {
			return nil, err
		}
		if !slices.EqualFunc(img.Layers, d.want, func(l Layer, id string) bool { return l.DiffID == id }) {
			continue
		}
		if img.ID != d.id && !a.has("blobs/"+strings.Replace(d.id, ":", "/", 1)) {
			return nil, &DigestError{What: "config of the export", Want: d.id, Got: img.ID}
		}
		return img, nil
	}
	return nil, errors.New("the export does not hold the layers that the daemon names")
}

// Close removes the export.
func (d *daemonImage) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closer != nil {
		if err := d.closer.Close(); err != nil {
			return err
		}
		d.closer, d.image = nil, nil
	}
	return d.daemon.Close()
}
