package rpm

import (
	"context"
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// manifestPath is where distroless images of Azure Linux and CBL-Mariner list
// their packages. There is no database in them.
const manifestPath = "var/lib/rpmmanifest/container-manifest-2"

// readManifest reads lines of ten fields with tabs between them, what
//
//	rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE} %{INSTALLTIME} %{BUILDTIME}
//	%{VENDOR} %{EPOCH} %{SIZE} %{ARCH} %{EPOCHNUM} %{SOURCERPM}'
//
// prints. It says nothing of licences and files.
func readManifest(ctx context.Context, f *walk.File, part *inventory.Part) error {
	lines, err := catalog.ReadLines(ctx, f)
	if err != nil {
		return err
	}
	rec := part.File(f.Path)
	var faults catalog.Faults
	var budget catalog.Budget
	for {
		line, ok := lines.Next()
		if !ok {
			break
		}
		if len(line) == 0 {
			continue
		}
		field := strings.Split(string(line), "\t")
		if len(field) != 10 || !catalog.IsWord(field[0]) || !catalog.IsWord(field[1]) || !catalog.IsWord(field[7]) || len(line) > maxText {
			faults.Add("lines that name no package", lines.Line())
			continue
		}
		p := inventory.Package{Ecosystem: "rpm", Name: field[0], Version: field[1], Arch: field[7]}
		setSource(&p, field[9])
		if epoch := field[8]; epoch != "0" && digits(epoch) {
			p.Version = epoch + ":" + p.Version
		}
		p.At = inventory.Place{Path: f.Path, Line: lines.Line()}
		if !budget.Package(&p) {
			faults.Add("packages of a list that is too large", lines.Line())
			continue
		}
		rec.Packages = append(rec.Packages, p)
	}
	faults.Warn(part, f.Path)
	return lines.Err()
}

func digits(s string) bool {
	return s != "" && len(s) <= 10 && strings.Trim(s, "0123456789") == ""
}
