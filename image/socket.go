package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// dockerAddresses are where a Docker daemon may be, the likeliest first:
// DOCKER_HOST alone where it is set, else the context that the docker command
// uses, else the usual sockets.
func dockerAddresses() []string {
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		return []string{host}
	}
	home, _ := os.UserHomeDir()
	if host := contextHost(filepath.Join(home, ".docker")); host != "" {
		return []string{host}
	}
	return present("/var/run/docker.sock", filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "docker.sock"), filepath.Join(home, ".docker", "run", "docker.sock"))
}

// podmanAddresses are where a Podman service may be: CONTAINER_HOST alone where
// it is set, else the user's socket, else root's.
func podmanAddresses() []string {
	if host := os.Getenv("CONTAINER_HOST"); host != "" {
		return []string{host}
	}
	return present(
		filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "podman", "podman.sock"),
		filepath.Join("/run/user", strconv.Itoa(os.Getuid()), "podman", "podman.sock"),
		"/run/podman/podman.sock",
	)
}

// present keeps the sockets that exist.
func present(files ...string) []string {
	var found []string
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Mode()&os.ModeSocket != 0 && filepath.IsAbs(file) {
			found = append(found, "unix://"+file)
		}
	}
	return found
}

// contextHost gives the address of Docker's current context. The docker command
// keeps contexts under the SHA-256 of their names.
func contextHost(dir string) string {
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		var config struct {
			CurrentContext string `json:"currentContext"`
		}
		data, err := os.ReadFile(filepath.Join(dir, "config.json"))
		if err != nil || json.Unmarshal(data, &config) != nil {
			return ""
		}
		name = config.CurrentContext
	}
	if name == "" || name == "default" {
		return ""
	}
	key := sha256.Sum256([]byte(name))
	data, err := os.ReadFile(filepath.Join(dir, "contexts", "meta", hex.EncodeToString(key[:]), "meta.json"))
	if err != nil {
		return ""
	}
	var meta struct {
		Endpoints map[string]struct{ Host string }
	}
	if json.Unmarshal(data, &meta) != nil {
		return ""
	}
	return meta.Endpoints["docker"].Host
}

// fromDaemons asks the daemons at addresses, one after the other, for an image.
func (p pull) fromDaemons(ctx context.Context, addresses []string, ref string) (*Image, error) {
	if len(addresses) == 0 {
		return nil, fmt.Errorf("%w: there is no socket of a %s daemon; start it, or say where it is in %s", errNoDaemon, p.from,
			map[string]string{sourceDocker: "DOCKER_HOST", sourcePodman: "CONTAINER_HOST"}[p.from])
	}
	var errs []error
	for _, address := range addresses {
		d, err := newDaemon(address, p.o)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		img, err := p.daemon(ctx, d, ref)
		if err == nil {
			return img, nil
		}
		d.Close()
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}
