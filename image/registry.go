package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A registry is one repository of a registry, which speaks the protocol of the
// OCI distribution specification.
type registry struct {
	ref    name.Reference
	repo   name.Repository
	client *http.Client
	o      Options
	denied error // why no credentials could be had, if that failed

	root     v1.Hash // of the manifest that was asked for first
	manifest []byte
}

// registry opens an image in a registry.
func (p pull) registry(ctx context.Context, ref string) (*Image, error) {
	named, err := name.ParseReference(ref)
	if err != nil {
		return nil, fmt.Errorf("%q is neither a path nor the name of an image: %w", ref, err)
	}
	host := named.Context().RegistryStr()
	if p.o.Offline {
		return nil, fmt.Errorf("%w: %s would be pulled from %s; give an archive, a layout or a local daemon's image", ErrOffline, ref, host)
	}
	r := &registry{ref: named, repo: named.Context(), o: p.o}
	base, closer := p.o.transport()
	if err := r.login(ctx, base); err != nil {
		closer.Close()
		return nil, r.explain(err)
	}
	p.place, p.from = r, sourceRegistry
	p.o.progress(Event{Kind: "pull", Name: ref})
	img, err := r.image(ctx, p)
	if err != nil {
		closer.Close()
		return nil, err
	}
	if _, ok := named.(name.Tag); ok {
		img.Tags = []string{named.Name()}
	}
	img.keep(closer)
	return img, nil
}

// closeFunc is a Close.
type closeFunc func()

// Close calls the function.
func (c closeFunc) Close() error { c(); return nil }

// transport gives the way to registries. Its own one is closed with the image.
func (o Options) transport() (http.RoundTripper, io.Closer) {
	if o.Transport != nil {
		return o.Transport, closeFunc(func() {})
	}
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport, closeFunc(func() {})
	}
	t = t.Clone()
	t.ResponseHeaderTimeout = time.Minute
	t.MaxIdleConnsPerHost = 8
	return t, closeFunc(t.CloseIdleConnections)
}

// login finds out how the registry wants to be spoken to. Credentials that
// cannot be read are not missed until the registry refuses: most images are
// public.
func (r *registry) login(ctx context.Context, base http.RoundTripper) error {
	keys := r.o.Keychain
	if keys == nil {
		keys = defaultKeychain()
	}
	auth, err := authn.Resolve(ctx, keys, r.repo)
	if err != nil {
		auth, r.denied = authn.Anonymous, err
	}
	t, err := transport.NewWithContext(ctx, r.repo.Registry, auth, retrier{base: base, o: r.o}, []string{r.repo.Scope(transport.PullScope)})
	if err != nil {
		return err
	}
	r.client = &http.Client{Transport: t}
	return nil
}

// image asks for the manifest under its tag or digest and goes on from there.
func (r *registry) image(ctx context.Context, p pull) (*Image, error) {
	resp, err := r.get(ctx, "manifests/"+r.ref.Identifier(), 0)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if r.manifest, err = readSmall(resp.Body, "manifest"); err != nil {
		return nil, err
	}
	if len(r.manifest) == 0 {
		return nil, errors.New("the registry gave an empty manifest")
	}
	got := sum(r.manifest)
	promised := []string{resp.Header.Get("Docker-Content-Digest")}
	if d, ok := r.ref.(name.Digest); ok {
		promised = append(promised, d.DigestStr())
	}
	for _, want := range promised {
		if strings.HasPrefix(want, "sha256:") && want != got {
			return nil, &DigestError{What: "manifest", Want: want, Got: got}
		}
	}
	if r.root, err = v1.NewHash(got); err != nil {
		return nil, err
	}
	mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if media := types.MediaType(mediaType); media == types.DockerManifestSchema1 || media == types.DockerManifestSchema1Signed {
		return nil, errSchema1
	}
	return p.image(ctx, v1.Descriptor{Digest: r.root, MediaType: types.OCIManifestSchema1})
}

// open gives a manifest or a blob.
func (r *registry) open(ctx context.Context, part v1.Descriptor) (io.ReadCloser, error) {
	if part.Digest == r.root {
		return io.NopCloser(bytes.NewReader(r.manifest)), nil
	}
	if part.MediaType.IsIndex() || part.MediaType.IsImage() {
		resp, err := r.get(ctx, "manifests/"+part.Digest.String(), 0)
		if err != nil {
			return nil, err
		}
		return resp.Body, nil
	}
	d := newDownload(ctx, r.o, func(ctx context.Context, from int64) (*http.Response, error) {
		return r.get(ctx, "blobs/"+part.Digest.String(), from)
	})
	d.name, d.size = part.Digest.String(), part.Size
	return d, nil
}

// get asks for what lies under the repository, from a byte on. A registry that
// knows no ranges, or not this form of them, gives it from the beginning.
func (r *registry) get(ctx context.Context, path string, from int64) (*http.Response, error) {
	url := fmt.Sprintf("%s://%s/v2/%s/%s", r.repo.Scheme(), r.repo.RegistryStr(), r.repo.RepositoryStr(), path)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(path, "manifests/") {
		for _, t := range []types.MediaType{types.OCIManifestSchema1, types.OCIImageIndex, types.DockerManifestSchema2, types.DockerManifestList} {
			req.Header.Add("Accept", string(t))
		}
	}
	// A blob is checked as it is kept: no proxy may pack it once more.
	req.Header.Set("Accept-Encoding", "identity")
	want := []int{http.StatusOK}
	if from > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
		want = append(want, http.StatusPartialContent)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, r.explain(err)
	}
	if from > 0 && resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		resp.Body.Close()
		return r.get(ctx, path, 0)
	}
	if err := transport.CheckError(resp, want...); err != nil {
		resp.Body.Close()
		return nil, r.explain(err)
	}
	if resp.StatusCode == http.StatusPartialContent && !strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", from)) {
		resp.Body.Close()
		return nil, fmt.Errorf("the registry was asked for byte %d and gave range %q", from, resp.Header.Get("Content-Range"))
	}
	return resp, nil
}

// explain says what to do about an answer of the registry.
func (r *registry) explain(err error) error {
	var answer *transport.Error
	host := r.repo.RegistryStr()
	var broken *net.OpError
	if errors.As(err, &broken) && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s cannot be reached: %w", host, err)
	}
	if !errors.As(err, &answer) {
		return err
	}
	switch code := answer.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		login := "docker login"
		if host != name.DefaultRegistry {
			login += " " + host
		}
		err = fmt.Errorf("%s refuses access to %s (%d): the image is private or does not exist; to log in: %s: %w",
			host, r.repo.RepositoryStr(), code, login, err)
		if r.denied != nil {
			return fmt.Errorf("%w; credentials could not be read: %w", err, r.denied)
		}
		return err
	case code == http.StatusNotFound:
		return fmt.Errorf("%w in the registry: %w", ErrNotFound, err)
	case code == http.StatusTooManyRequests:
		return fmt.Errorf("%s limits how much is pulled; wait, or log in for a higher limit: %w", host, err)
	case code >= 500:
		return fmt.Errorf("%s fails with %d again and again: %w", host, code, err)
	}
	return err
}
