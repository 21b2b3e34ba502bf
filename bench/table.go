package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is a line of the table: a figure, and where there are any, the floor and
// the budget that it stands beside. Times are in milliseconds, sizes in bytes.
type row struct {
	Work   string  `json:"work"`
	Unit   string  `json:"unit"` // "ms" or "bytes"
	Figure float64 `json:"figure"`
	Floor  float64 `json:"floor,omitempty"`
	Ratio  float64 `json:"ratio,omitempty"` // the median of the pairs' ratios
	CPU    float64 `json:"cpu,omitempty"`   // milliseconds of user and system
	// CPUFloor is what the floor took of the same.
	CPUFloor float64 `json:"cpuFloor,omitempty"`
	Budget   float64 `json:"budget,omitempty"` // of the ratio where there is one, else of the figure
	Note     string  `json:"note,omitempty"`
}

// state says whether the budget is kept.
func (r row) state() string {
	value := r.Figure
	if r.Ratio > 0 {
		value = r.Ratio
	}
	switch {
	case r.Budget == 0:
		return "-"
	case value <= r.Budget:
		return "ok"
	}
	return "MISSED"
}

// result is what a bench has to say.
type result struct {
	Machine  machine  `json:"machine"`
	Runs     int      `json:"runs"`
	Database string   `json:"database"`
	Rows     []row    `json:"rows"`
	Skipped  []string `json:"skipped,omitempty"`
}

// machine is where the figures come from.
type machine struct {
	OS    string `json:"os"`
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	Go    string `json:"go"`
}

func thisMachine() machine {
	m := machine{OS: runtime.GOOS + "/" + runtime.GOARCH, CPU: "unknown", Cores: runtime.NumCPU(), Go: runtime.Version()}
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			m.CPU = strings.Join(strings.Fields(value), " ")
			break
		}
	}
	return m
}

// write writes the result as a table or as JSON.
func (r result) write(w io.Writer, format string) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	fmt.Fprintf(w, "%s, %d cores, %s, %s. Medians of %d runs; advisories: %s.\n\n", r.Machine.CPU, r.Machine.Cores, r.Machine.OS, r.Machine.Go, r.Runs, r.Database)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "work\tfigure\tfloor\tratio\tbudget\t\tCPU\tof floor\t")
	for _, row := range r.Rows {
		fmt.Fprintln(t, strings.Join(row.cells(), "\t")+"\t")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, line := range r.Skipped {
		fmt.Fprintln(w, "skipped:", line)
	}
	return nil
}

func (r row) cells() []string {
	show := func(value float64) string {
		switch {
		case value == 0:
			return ""
		case r.Unit == "bytes":
			return fmt.Sprintf("%.1f MB", value/1e6)
		}
		return fmt.Sprintf("%.1f ms", value)
	}
	ratio, budget := "", show(r.Budget)
	if r.Ratio > 0 {
		ratio = fmt.Sprintf("%.2f", r.Ratio)
		budget = fmt.Sprintf("%.2f", r.Budget)
		if r.Budget == 0 {
			budget = ""
		}
	}
	cells := []string{r.Work, show(r.Figure), show(r.Floor), ratio, budget, r.state(), "", ""}
	if r.CPU > 0 {
		cells[6] = fmt.Sprintf("%.0f ms", r.CPU)
	}
	if r.CPUFloor > 0 {
		cells[7] = fmt.Sprintf("%.2f", r.CPU/r.CPUFloor)
	}
	return append(cells, r.Note)
}

// middle is the median of what f says of each.
func middle[T any](all []T, f func(T) float64) float64 {
	if len(all) == 0 {
		return 0
	}
	values := make([]float64, len(all))
	for i, v := range all {
		values[i] = f(v)
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
