package osrelease

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// proStatus is where Ubuntu's pro client writes what the system is attached to.
const proStatus = "var/lib/ubuntu-advantage/status.json"

// maxStatus is the most bytes that it may have.
const maxStatus = 1 << 20

// readPro notes that an Ubuntu is attached to expanded security maintenance, so
// that it gets the packages of Ubuntu Pro. That alone names no distribution:
// Merge adds it to what a release file says.
func readPro(_ context.Context, f *walk.File, part *inventory.Part) error {
	rec := part.File(f.Path)
	b, err := f.Bytes(maxStatus)
	if err != nil {
		return fmt.Errorf("read the status of Ubuntu Pro: %w", err)
	}
	var status struct {
		Attached bool `json:"attached"`
		Services []struct {
			Name   string `json:"name"`
			Status string `json:"status"`
		} `json:"services"`
	}
	if err := json.Unmarshal(b, &status); err != nil {
		return fmt.Errorf("read the status of Ubuntu Pro: %w", err)
	}
	for _, s := range status.Services {
		if status.Attached && strings.HasPrefix(s.Name, "esm-") && s.Status == "enabled" {
			rec.Distro = &inventory.Distro{Extended: "esm"}
		}
	}
	return nil
}
