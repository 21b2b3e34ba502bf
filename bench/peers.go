package main

import (
	"context"
	"fmt"
	"os/exec"
)

// peer is another scanner, run where it is installed. Its own advisories must
// have been fetched before.
type peer struct {
	name    string
	command func(s subject) []string
	env     []string
}

func peers() []peer {
	return []peer{
		{"syft", func(s subject) []string { return []string{"scan", "-q", "-o", "json", s.scheme() + ":" + s.ref} },
			[]string{"SYFT_CHECK_FOR_APP_UPDATE=false"}},
		{"grype", func(s subject) []string { return []string{"-q", "-o", "json", s.scheme() + ":" + s.ref} },
			[]string{"GRYPE_DB_AUTO_UPDATE=false", "GRYPE_CHECK_FOR_APP_UPDATE=false"}},
		{"trivy", func(s subject) []string {
			return []string{"image", "-q", "--scanners", "vuln", "--offline-scan", "--skip-db-update", "--skip-java-db-update", "--skip-version-check", "--format", "json", "--input", s.ref}
		}, nil},
		{"osv-scanner", func(s subject) []string {
			return []string{"scan", "image", "--offline", "--format", "json", "--archive", s.ref}
		}, nil},
	}
}

// scheme is the prefix by which Syft and Grype know where an image is.
func (s subject) scheme() string {
	if s.plain {
		return "docker-archive"
	}
	return "oci-dir"
}

// peerRows measures the other scanners on an image. What cannot be measured is
// said in skipped, and is no error.
func (b *bench) peerRows(ctx context.Context, s subject) (rows []row, skipped []string) {
	for _, p := range peers() {
		path, err := exec.LookPath(p.name)
		if err != nil {
			skipped = append(skipped, p.name+" on "+s.name+": not installed")
			continue
		}
		b.say("measuring " + p.name + " on " + s.name)
		runner := runner{self: b.self, env: p.env}
		var all []usage
		for range min(b.runs, 3) {
			u, err := runner.run(ctx, []int{0, 1}, append([]string{path}, p.command(s)...)...)
			if err != nil {
				skipped = append(skipped, fmt.Sprintf("%s on %s: %v", p.name, s.name, err))
				break
			}
			all = append(all, u)
		}
		if len(all) == 0 {
			continue
		}
		rows = append(rows,
			row{
				Work: s.name + ", " + p.name, Unit: "ms",
				Figure: middle(all, func(u usage) float64 { return millis(u.Wall) }),
				CPU:    middle(all, func(u usage) float64 { return millis(u.CPU) }),
			},
			row{Work: s.name + ", " + p.name + ", peak memory", Unit: "bytes", Figure: middle(all, func(u usage) float64 { return float64(u.Memory) })},
		)
	}
	return rows, skipped
}
