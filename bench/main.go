// Command bench measures Plimsoll beside its budgets: how long a cold and a
// warm scan takes compared with the floor, which is to read, unpack and hash
// every layer and nothing else, and what memory, database, start and binary
// take. README.md says what each figure is.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(0)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	dir         string
	images      list
	only        string
	all         bool
	runs        int
	osv         string
	dockerfiles string
	output      string
	peers       bool
	product     string

	// How this program calls itself, and how to look into the product.
	floor   string
	measure bool
	profile string
}

// list is a flag that may be repeated.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

// Set appends a value.
func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

func run(ctx context.Context, args []string) error {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.dir, "dir", filepath.Join("bench", "images"), "`directory` that images are made in")
	f.Var(&o.images, "image", "measure this docker archive or OCI layout too; a `REF` of a file; may be repeated")
	f.StringVar(&o.only, "only", "", "of the own images measure these: `NAMES` with commas between, or none")
	f.BoolVar(&o.all, "all", false, "measure also the images of 3 million files and of one 5 GB file (12 GB of disk)")
	f.IntVar(&o.runs, "n", 5, "`how` often to run each")
	f.StringVar(&o.osv, "osv", "", "`directory` of OSV zips (npm.zip, Debian.zip, …) to make the database from; else the starter advisories are used")
	f.StringVar(&o.dockerfiles, "dockerfiles", "", "lint the Dockerfiles in this JSON Lines `file`, each in the field dockerfile of a record")
	f.StringVar(&o.output, "o", "table", "`format`: table or json")
	f.BoolVar(&o.peers, "peers", false, "measure also syft, grype, trivy and osv-scanner where they are installed")
	f.StringVar(&o.product, "plimsoll", "", "measure this `binary`, else one is built")
	f.StringVar(&o.floor, "floor", "", "do only the floor of this `REF`, once, in this process")
	f.BoolVar(&o.measure, "measure", false, "run the command behind -- and print what it took, as JSON")
	f.StringVar(&o.profile, "cpuprofile", "", "scan the image of -image -n times in this process, and write a CPU profile to `file`")
	if err := f.Parse(args); err != nil {
		return err
	}
	switch {
	case o.measure && f.NArg() > 0:
		return measure(ctx, f.Args())
	case f.NArg() > 0:
		return fmt.Errorf("what is %q? See -h", f.Arg(0))
	case o.runs < 1:
		return errors.New("-n must be 1 or more")
	case o.output != "table" && o.output != "json":
		return fmt.Errorf("-o %s: want table or json", o.output)
	case o.floor != "":
		return floor(ctx, o.floor)
	case o.profile != "":
		if len(o.images) != 1 {
			return errors.New("-cpuprofile wants one -image")
		}
		return profile(ctx, o.profile, o.images[0], o.runs)
	}
	return o.bench(ctx)
}

// bench prepares all that is needed, measures, and prints.
func (o options) bench(ctx context.Context) error {
	scratch, err := os.MkdirTemp("", "plimsoll-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	b := &bench{scratch: scratch, runs: o.runs, peers: o.peers, product: o.product, say: say}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.product == "" {
		if b.product, err = build(ctx, scratch); err != nil {
			return err
		}
	}
	r := result{Machine: thisMachine(), Runs: o.runs, Database: "starter"}
	if o.osv != "" {
		say("compiling advisories")
		if b.db, err = compileOSV(ctx, o.osv, filepath.Join(scratch, "db")); err != nil {
			return fmt.Errorf("compile advisories: %w", err)
		}
		r.Database = "compiled from OSV zips"
	}
	subjects, err := o.subjects(ctx)
	if err != nil {
		return err
	}
	if err := b.measureAll(ctx, subjects, &r); err != nil {
		return err
	}
	if o.osv == "" {
		r.Skipped = append(r.Skipped, "compiling advisories (budget 40,000 records/s): give zips with -osv")
	} else if compiled, err := b.compile(ctx, o.osv); err != nil {
		return fmt.Errorf("measure compiling: %w", err)
	} else {
		r.Rows = append(r.Rows, compiled...)
	}
	if o.dockerfiles == "" {
		r.Skipped = append(r.Skipped, "lint of 1,000 Dockerfiles (budget 500 ms): give some with -dockerfiles")
	} else if linted, err := b.lint(ctx, o.dockerfiles); err != nil {
		return fmt.Errorf("measure lint: %w", err)
	} else {
		r.Rows = append(r.Rows, linted)
	}
	return r.write(os.Stdout, o.output)
}

// measureAll fills the result.
func (b *bench) measureAll(ctx context.Context, subjects []subject, r *result) error {
	for _, s := range subjects {
		rows, err := b.image(ctx, s)
		if err != nil {
			return fmt.Errorf("measure %s: %w", s.name, err)
		}
		r.Rows = append(r.Rows, rows...)
		if b.peers {
			rows, skipped := b.peerRows(ctx, s)
			r.Rows, r.Skipped = append(r.Rows, rows...), append(r.Skipped, skipped...)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	matching, err := b.matching(ctx)
	if err != nil {
		return fmt.Errorf("measure the database: %w", err)
	}
	start, err := b.start(ctx)
	if err != nil {
		return fmt.Errorf("measure the start: %w", err)
	}
	r.Rows = append(append(r.Rows, matching), start...)
	return nil
}

// subjects makes the images that are asked for and lists them, each packed
// and plain.
func (o options) subjects(ctx context.Context) ([]subject, error) {
	wanted := strings.Split(o.only, ",")
	var all []subject
	for _, p := range pictures() {
		chosen := slices.Contains(wanted, p.name)
		if o.only != "" && !chosen || p.huge && !o.all && !chosen {
			continue
		}
		home, err := p.ensure(ctx, o.dir, say)
		if err != nil {
			return nil, err
		}
		all = append(all,
			subject{p.name + ", gzip", filepath.Join(home, packedForm), false, p.huge},
			subject{p.name + ", plain", filepath.Join(home, plainForm), true, p.huge})
	}
	for _, ref := range o.images {
		raw, err := openRaw(ref)
		if err != nil {
			return nil, err
		}
		plain := !slices.ContainsFunc(raw.layers, func(l rawLayer) bool { return l.packed })
		raw.Close()
		all = append(all, subject{filepath.Base(ref), ref, plain, false})
	}
	return all, nil
}

// build builds the product as a release is built.
func build(ctx context.Context, dir string) (string, error) {
	name := filepath.Join(dir, "plimsoll")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	say("building plimsoll")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", name, "github.com/plimsoll/plimsoll/cmd/plimsoll")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build plimsoll: %w\n%s", err, out)
	}
	return name, nil
}

// say tells what is being done, beside the result.
func say(line string) { fmt.Fprintln(os.Stderr, line+" …") }
