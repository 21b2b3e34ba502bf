package shell

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadRemarks(t *testing.T) {
	const head = "export A=1\n"
	const text = head + "echo \t$x\n  ä $y\n"
	const output = `{"comments":[
		{"line":1,"endLine":1,"column":8,"endColumn":9,"level":"style","code":9999,"message":"not the script's"},
		{"line":2,"endLine":2,"column":7,"endColumn":9,"level":"info","code":2086,"message":"quote"},
		{"line":3,"endLine":3,"column":5,"endColumn":7,"level":"warning","code":2154,"message":"unset"},
		{"line":99,"endLine":99,"column":1,"endColumn":1,"level":"error","code":1072,"message":"end"}]}`
	got, err := readRemarks([]byte(output), text, len(head))
	if err != nil {
		t.Fatal(err)
	}
	script := text[len(head):]
	var places []string
	for _, r := range got {
		places = append(places, r.Code+" "+r.Level+" "+script[r.From:r.To])
	}
	if d := cmp.Diff([]string{"SC2086 info $x", "SC2154 warning $y", "SC1072 error "}, places); d != "" {
		t.Error(d)
	}
	if _, err := readRemarks([]byte("no JSON"), text, 0); err == nil {
		t.Error("no error for what is no JSON")
	}
}

func FuzzReadRemarks(f *testing.F) {
	f.Add([]byte(`{"comments":[{"line":1,"endLine":9,"column":-1,"endColumn":99,"level":"info","code":1}]}`), "echo ä\n")
	f.Fuzz(func(t *testing.T, output []byte, text string) {
		remarks, err := readRemarks(output, text, 0)
		if err != nil {
			return
		}
		for _, r := range remarks {
			if r.From < 0 || r.From > r.To || r.To > len(text) {
				t.Fatalf("%+v outside of %d bytes", r, len(text))
			}
		}
	})
}

func TestShellCheck(t *testing.T) {
	if _, err := exec.LookPath("shellcheck"); err != nil {
		t.Skip("no shellcheck on PATH: apt-get install -y shellcheck")
	}
	check := ShellCheck{Program: "shellcheck", Exclude: []string{"SC2164"}, Timeout: time.Minute}
	scripts := []CheckedScript{
		{Shell: "sh", Text: "cd /x; echo \t$foo $bar", Variables: []string{"foo", "not a name"}},
		{Shell: "bash", Text: "a=(1 2); echo \"${a[@]}\""},
		{Shell: "ash", Text: "true"},
	}
	got, err := check.Check(context.Background(), scripts)
	if err != nil {
		t.Fatal(err)
	}
	var places []string
	for i, remarks := range got {
		for _, r := range remarks {
			places = append(places, r.Code+" "+scripts[i].Text[r.From:r.To])
		}
	}
	if d := cmp.Diff([]string{"SC2154 $bar", "SC2086 $bar"}, places); d != "" {
		t.Error(d)
	}
}

func TestShellCheckThatIsNotThere(t *testing.T) {
	_, err := ShellCheck{Program: "no-such-shellcheck"}.Check(context.Background(), []CheckedScript{{Text: "true"}})
	if err == nil || !strings.Contains(err.Error(), "no-such-shellcheck") {
		t.Errorf("error is %v", err)
	}
}
