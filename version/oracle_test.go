package version_test

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/plimsoll/plimsoll/version"
)

// question is what an oracle is asked: the order of two versions, or, with a
// constraint, whether the first meets it. It answers a line: a number, true,
// false, or "invalid".
type question struct{ A, B, Constraint string }

// ask runs an oracle over all questions; it is skipped where the oracle is not
// installed.
func ask(t *testing.T, list []question, command ...string) []string {
	t.Helper()
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Skipf("%s is not installed: its order cannot be asked", command[0])
	}
	var in strings.Builder
	for _, q := range list {
		line, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("%s does not have what this test asks for: %v", command[0], err)
	}
	var answers []string
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		answers = append(answers, lines.Text())
	}
	if len(answers) != len(list) {
		t.Fatalf("%d answers to %d questions; the last: %v", len(answers), len(list), answers[max(0, len(answers)-1):])
	}
	return answers
}

// random makes versions of pieces behind one of the starts.
func random(starts, pieces []string, most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		v := rapid.SampledFrom(starts).Draw(t, "start")
		return v + strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, most).Draw(t, "rest"), "")
	})
}

// against holds Compare and Satisfies of a scheme against an oracle's answers.
func against(t *testing.T, scheme string, list []question, answers []string) {
	t.Helper()
	s, _ := version.For(scheme)
	compared, shown := 0, 0
	for i, q := range list {
		var got string
		switch {
		case answers[i] == "invalid":
			continue
		case q.Constraint != "":
			ok, err := s.Satisfies(q.A, q.Constraint, version.Dialect{Name: "native"})
			got = "false"
			if ok {
				got = "true"
			}
			if err != nil {
				got = err.Error()
			}
		default:
			c, err := s.Compare(q.A, q.B)
			got = []string{"-1", "0", "1"}[c+1]
			if err != nil {
				got = err.Error()
			}
		}
		compared++
		if got != answers[i] {
			if shown++; shown <= 20 {
				t.Errorf("%+v: %s, the oracle says %s", q, got, answers[i])
			}
		}
	}
	t.Logf("%s: %d questions, %d answered alike", scheme, compared, compared-shown)
	if compared < len(list)/10 {
		t.Errorf("the oracle could read %d of %d questions only", compared, len(list))
	}
}

// TestAgainstComposer compares random versions and constraints with Composer.
func TestAgainstComposer(t *testing.T) {
	const script = `
require 'Composer/Semver/autoload.php';
$parser = new Composer\Semver\VersionParser;
while (($line = fgets(STDIN)) !== false) {
	$q = json_decode($line, true);
	try {
		if ($q['Constraint'] !== '') {
			echo Composer\Semver\Semver::satisfies($q['A'], $q['Constraint']) ? "true\n" : "false\n";
		} else {
			echo version_compare($parser->normalize($q['A']), $parser->normalize($q['B'])), "\n";
		}
	} catch (Exception $e) { echo "invalid\n"; }
}`
	pieces := []string{".0", ".1", ".2", ".10", "-", ".", "_", "beta", "b", "RC", "alpha1", "a", "p", "pl2", "patch", "stable", "dev", "-dev", "1", "+x", ".x"}
	versions := random([]string{"1", "1.0", "v1.2", "2.0.0", "1.2.3.4", "20200101", "2020-01-02", "2020.1"}, pieces, 3)
	operators := []string{"", "=", "!=", "<", "<=", ">", ">=", "~", "^"}
	joints := []string{" ", ", ", " || ", "|"}
	operands := random([]string{"1", "1.0", "v1.2", "2.0.0", "1.2.3", "0.3", "0.0.3"}, []string{".0", ".1", ".*", ".x", "-beta", "-RC1", "-dev", "@beta"}, 2)
	constraints := rapid.Custom(func(t *rapid.T) string {
		one := func() string { return rapid.SampledFrom(operators).Draw(t, "op") + operands.Draw(t, "operand") }
		switch rapid.IntRange(0, 3).Draw(t, "shape") {
		case 0:
			return operands.Draw(t, "from") + " - " + operands.Draw(t, "to")
		case 1:
			return one() + rapid.SampledFrom(joints).Draw(t, "joint") + one()
		}
		return one()
	})
	var list []question
	for i := range 1500 {
		list = append(list, question{A: versions.Example(2 * i), B: versions.Example(2*i + 1)},
			question{A: versions.Example(2 * i), Constraint: constraints.Example(i)})
	}
	against(t, "composer", list, ask(t, list, "php", "-r", script))
}

// TestAgainstRubyGems compares random versions and requirements with RubyGems.
func TestAgainstRubyGems(t *testing.T) {
	const script = `
require "json"; require "rubygems"
STDIN.each_line do |line|
  q = JSON.parse(line)
  begin
    a = Gem::Version.new(q["A"])
    if q["Constraint"] != ""
      puts Gem::Requirement.new(*q["Constraint"].split(",").map(&:strip)).satisfied_by?(a)
    else
      puts(a <=> Gem::Version.new(q["B"]))
    end
  rescue ArgumentError
    puts "invalid"
  end
end`
	pieces := []string{".0", ".1", ".10", ".00", "a", "b2", ".a", ".rc1", "-1", "-rc", ".pre", "0", ".beta.0"}
	versions := random([]string{"1", "1.0", "0", "2.0.0", "1.2.3", ""}, pieces, 4)
	operators := []string{"", "=", "!=", "<", "<=", ">", ">=", "~>"}
	constraints := rapid.Custom(func(t *rapid.T) string {
		c := rapid.SampledFrom(operators).Draw(t, "op") + " " + versions.Draw(t, "operand")
		if rapid.Bool().Draw(t, "two") {
			c += ", " + rapid.SampledFrom(operators).Draw(t, "op") + " " + versions.Draw(t, "operand")
		}
		return c
	})
	var list []question
	for i := range 1500 {
		list = append(list, question{A: versions.Example(2 * i), B: versions.Example(2*i + 1)},
			question{A: versions.Example(2 * i), Constraint: constraints.Example(i)})
	}
	against(t, "gem", list, ask(t, list, "ruby", "-e", script))
}

// TestAgainstPacman compares random versions with pacman's library.
func TestAgainstPacman(t *testing.T) {
	const script = `
import ctypes, glob, json, sys
found = glob.glob("/usr/lib/libalpm.so.*") + glob.glob("/usr/lib/*/libalpm.so.*")
compare = ctypes.CDLL(found[0]).alpm_pkg_vercmp
for line in sys.stdin:
    q = json.loads(line)
    c = compare(q["A"].encode(), q["B"].encode())
    print((c > 0) - (c < 0))
`
	pieces := []string{".0", ".1", ".10", "01", "a", "rc", ".a", "~", "+", "_", "..", "-1", "-2", "beta1"}
	versions := random([]string{"1", "1.0", "0:1", "1:1.0", "2.0.0", "1.2.3"}, pieces, 4)
	var list []question
	for i := range 1500 {
		list = append(list, question{A: versions.Example(2 * i), B: versions.Example(2*i + 1)})
	}
	against(t, "alpm", list, ask(t, list, "python3", "-c", script))
}

// TestAgainstElixir compares random versions and requirements with Elixir's
// Version module.
func TestAgainstElixir(t *testing.T) {
	const script = `
answer = fn a, b, constraint ->
  try do
    if constraint != "" do
      to_string(Version.match?(a, constraint))
    else
      case Version.compare(a, b) do
        :lt -> "-1"
        :eq -> "0"
        :gt -> "1"
      end
    end
  rescue
    _ -> "invalid"
  end
end
for line <- IO.stream(:stdio, :line) do
  [_, a, b, c] = Regex.run(~r/"A":"(.*)","B":"(.*)","Constraint":"(.*)"/, line)
  clean = fn s -> s |> String.replace("\\u003c", "<") |> String.replace("\\u003e", ">") end
  IO.puts(answer.(clean.(a), clean.(b), clean.(c)))
end`
	pieces := []string{"-a", "-rc.1", "-rc.10", ".0", ".x", "-0", "+b", "-1.2"}
	versions := random([]string{"1.0.0", "1.2.3", "2.0.0", "0.3.1", "1.2", "10.0.0"}, pieces, 2)
	operators := []string{"", "== ", "!=", "!", "< ", "<=", ">", ">= ", "~> "}
	constraints := rapid.Custom(func(t *rapid.T) string {
		c := rapid.SampledFrom(operators).Draw(t, "op") + versions.Draw(t, "operand")
		for range rapid.IntRange(0, 2).Draw(t, "more") {
			c += rapid.SampledFrom([]string{" and ", " or "}).Draw(t, "joint") +
				rapid.SampledFrom(operators).Draw(t, "op") + versions.Draw(t, "operand")
		}
		return c
	})
	var list []question
	for i := range 1500 {
		list = append(list, question{A: versions.Example(2 * i), B: versions.Example(2*i + 1)},
			question{A: versions.Example(2 * i), Constraint: constraints.Example(i)})
	}
	against(t, "hex", list, ask(t, list, "elixir", "-e", script))
}
