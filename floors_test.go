// Package plimsoll_test holds what is true of the repository as a whole.
package plimsoll_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/plimsoll/plimsoll"

// floors are the floors of docs/design.md: a package imports strictly lower
// ones. A pattern that ends in "/*" means the folders below it.
var floors = map[string]int{
	"spelling": -1,
	"cache":    0, "inventory": 0, "version": 0, "dockerfile": 0, "shell": 0, "secret": 0, "malware": 0, "vex": 0, "vulndb": 0, "intel": 0, "lockfile": 0, "internal/cases": 0,
	"image": 1, "sbom": 1, "finding": 1, "mirror": 1,
	"walk":    2,
	"catalog": 3, "rule": 3, "feed": 3, "match": 3, "policy": 3, "trust": 3,
	"catalog/*": 4, "rules": 4, "feed/*": 4, "report": 4,
	"scan": 5, "lint": 5, "store": 5, "advise": 5, "harden": 5, "refresh": 5, "explore": 5, "catalog/all": 5, "feed/all": 5,
	"server": 6, "monitor": 6,
	"cmd/plimsoll": 7, "bench": 7, "bench/accuracy": 7, "internal/gen": 7, "internal/gen/ruledoc": 7,
}

func floorOf(pkg string) (int, bool) {
	if f, ok := floors[pkg]; ok {
		return f, true
	}
	dir, _, ok := strings.Cut(pkg, "/")
	f, known := floors[dir+"/*"]
	return f, ok && known
}

// TestFloors fails on an import that does not go down, on a package that has no
// floor, and on one that imports what is there for tests.
func TestFloors(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	checked := 0
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ImportPath == module {
			continue
		}
		pkg := strings.TrimPrefix(p.ImportPath, module+"/")
		floor, ok := floorOf(pkg)
		if !ok {
			t.Errorf("%s has no floor: give it one in floors_test.go and docs/design.md", pkg)
			continue
		}
		for _, i := range p.Imports {
			imported, ours := strings.CutPrefix(i, module+"/")
			if !ours {
				continue
			}
			if imported == "internal/cases" {
				t.Errorf("%s imports %s: it is for tests only", pkg, imported)
			}
			if f, ok := floorOf(imported); ok && f >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d): imports go down only", pkg, floor, imported, f)
			}
		}
		checked++
	}
	if checked == 0 {
		t.Fatal("no package was checked")
	}
}
