package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// defaultKeychain reads Docker's configuration and credential helpers, then
// Podman's.
func defaultKeychain() authn.Keychain {
	return authn.NewMultiKeychain(authn.DefaultKeychain, podmanKeychain{files: podmanFiles()})
}

// podmanFiles are where podman login leaves credentials, the first found first:
// containers-auth.json(5).
func podmanFiles() []string {
	var files []string
	if file := os.Getenv("REGISTRY_AUTH_FILE"); file != "" {
		files = append(files, file)
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		files = append(files, filepath.Join(dir, "containers", "auth.json"))
	}
	if dir, err := os.UserConfigDir(); err == nil {
		files = append(files, filepath.Join(dir, "containers", "auth.json"))
	}
	if dir, err := os.UserHomeDir(); err == nil {
		files = append(files, filepath.Join(dir, ".config", "containers", "auth.json"))
	}
	return files
}

// podmanKeychain looks credentials up in files of containers-auth.json(5).
type podmanKeychain struct{ files []string }

// Resolve gives the credentials for a repository, or nobody's.
func (k podmanKeychain) Resolve(r authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), r)
}

// ResolveContext is Resolve, with an end for credential helpers.
func (k podmanKeychain) ResolveContext(ctx context.Context, r authn.Resource) (authn.Authenticator, error) {
	for _, file := range k.files {
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read credentials: %w", err)
		}
		auths, err := parseAuths(data)
		if err != nil {
			return nil, fmt.Errorf("read credentials in %s: %w", file, err)
		}
		if auth, err := auths.find(ctx, r); auth != nil || err != nil {
			return auth, err
		}
	}
	return authn.Anonymous, nil
}

// auths is an auth.json.
type auths struct {
	Auths       map[string]authn.AuthConfig `json:"auths"`
	CredHelpers map[string]string           `json:"credHelpers"`
}

func parseAuths(data []byte) (*auths, error) {
	var a auths
	if err := json.Unmarshal(data, &a); err != nil {
		return nil, err
	}
	return &a, nil
}

// find goes from the repository up to its registry; nil is nothing found.
func (a *auths) find(ctx context.Context, r authn.Resource) (authn.Authenticator, error) {
	for key := r.String(); ; {
		for _, spelt := range []string{key, strings.Replace(key, name.DefaultRegistry, "docker.io", 1)} {
			if helper, ok := a.CredHelpers[spelt]; ok {
				return askHelper(ctx, helper, spelt)
			}
			if auth, ok := a.Auths[spelt]; ok && auth != (authn.AuthConfig{}) {
				return authn.FromConfig(auth), nil
			}
		}
		slash := strings.LastIndexByte(key, '/')
		if slash < 0 {
			return nil, nil
		}
		key = key[:slash]
	}
}

// askHelper runs docker-credential-NAME, whose protocol is that of Docker's
// credential helpers: the server on stdin, JSON on stdout.
func askHelper(ctx context.Context, helper, server string) (authn.Authenticator, error) {
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`).MatchString(helper) {
		return nil, fmt.Errorf("credential helper %q is not a name", helper)
	}
	cmd := exec.CommandContext(ctx, "docker-credential-"+helper, "get")
	cmd.Stdin = strings.NewReader(server)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("ask credential helper %s for %s: %w", helper, server, err)
	}
	var got struct{ Username, Secret string }
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		return nil, fmt.Errorf("ask credential helper %s for %s: %w", helper, server, err)
	}
	if got.Username == "<token>" {
		return authn.FromConfig(authn.AuthConfig{IdentityToken: got.Secret}), nil
	}
	return authn.FromConfig(authn.AuthConfig{Username: got.Username, Password: got.Secret}), nil
}
