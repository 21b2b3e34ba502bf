package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// containerd opens an image that containerd keeps, by the export of its own
// command, ctr: its socket speaks gRPC to root only, and its layers lie in a
// store whose form is its own affair.
func (p pull) containerd(ctx context.Context, ref string) (*Image, error) {
	named, err := name.ParseReference(ref)
	if err != nil {
		return nil, err
	}
	ctr, err := exec.LookPath("ctr")
	if err != nil {
		return nil, fmt.Errorf("images of containerd are exported by its command ctr, which is not there: %w", err)
	}
	full := strings.Replace(named.Name(), name.DefaultRegistry, "docker.io", 1)
	namespaces := []string{"default", "k8s.io"}
	if own := os.Getenv("CONTAINERD_NAMESPACE"); own != "" {
		namespaces = []string{own}
	}
	var errs []error
	for _, namespace := range namespaces {
		img, err := p.ctrExport(ctx, []string{ctr, "-n", namespace, "images", "export"}, full)
		if err == nil {
			return img, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		errs = append(errs, fmt.Errorf("namespace %s: %w", namespace, err))
		if !errors.Is(err, ErrNotFound) {
			break
		}
	}
	return nil, errors.Join(errs...)
}

// ctrExport runs ctr, without a shell, and opens what it writes.
func (p pull) ctrExport(ctx context.Context, command []string, ref string) (*Image, error) {
	if p.o.Platform != "" {
		command = append(command, "--platform", p.o.Platform)
	}
	command = append(command, "-", ref)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var said limitedBuffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	t, err := p.o.spool(ctx, out, Event{Kind: "export", Name: p.ref})
	if err != nil {
		cmd.Cancel()
	}
	if failed := cmd.Wait(); failed != nil {
		if t != nil {
			t.Close()
		}
		if strings.Contains(said.String(), "not found") {
			return nil, fmt.Errorf("%w: ctr says: %s", ErrNotFound, said.String())
		}
		return nil, fmt.Errorf("ctr: %w: %s", failed, said.String())
	}
	if err != nil {
		return nil, err
	}
	img, err := p.exported(ctx, t)
	if err != nil {
		t.Close()
		return nil, err
	}
	img.keep(t)
	return img, nil
}

// exported opens the OCI layout that ctr wrote.
func (p pull) exported(ctx context.Context, t *temp) (*Image, error) {
	a, err := indexFile(ctx, "the export", t.File)
	if err != nil {
		return nil, err
	}
	index, err := a.small("index.json")
	if err != nil {
		return nil, err
	}
	p.place = layoutArchive{a}
	return p.layout(ctx, index, "")
}

// limitedBuffer keeps the beginning of what a command complains about.
type limitedBuffer struct{ b bytes.Buffer }

// Write keeps up to 4 KiB and drops the rest.
func (l *limitedBuffer) Write(p []byte) (int, error) {
	l.b.Write(p[:min(len(p), 4<<10-min(4<<10, l.b.Len()))])
	return len(p), nil
}

// String gives what was kept on one line.
func (l *limitedBuffer) String() string { return strings.Join(strings.Fields(l.b.String()), " ") }
