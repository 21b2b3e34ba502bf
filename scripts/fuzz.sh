#!/usr/bin/env bash
# Fuzzes every fuzz target, each for some seconds, and ends with 1 at the first
# that fails; its input then lies in the package's testdata/fuzz, where go test
# finds it from then on: mend, and commit the input with it.
# .github/workflows/fuzz.yml does this every night. It is no part of CI, which is
# to say the same of the same tree each time; there the kept inputs are run.
#
#   scripts/fuzz.sh [SECONDS [FOLDER…]]
#
# SECONDS  for each target (default: 3)
# FOLDER   packages, like ./rules (default: all)
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-3}
shift || true
folders=("$@")
if [ ${#folders[@]} = 0 ]; then
	mapfile -t folders < <(git grep -l '^func Fuzz' -- '*_test.go' ':!dockerfile/oracle' | xargs -n1 dirname | sort -u)
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Go sometimes ends a run with its own deadline for an error and no failing
# input; such a run is repeated.
fuzz() {
	for try in 1 2 3; do
		if (cd "$1" && "$scratch/fuzzer" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "${seconds}s" -test.fuzzminimizetime 10x \
			-test.fuzzcachedir "$scratch/corpus/$1") >"$scratch/fuzz" 2>&1; then
			return 0
		fi
		if ! grep -q 'context deadline exceeded' "$scratch/fuzz" || grep -q 'Failing input' "$scratch/fuzz"; then
			break
		fi
		echo "again: $try"
	done
	cat "$scratch/fuzz"
	return 1
}

# One build for each package, not for each target.
for folder in "${folders[@]}"; do
	go test -c -fuzz=. -o "$scratch/fuzzer" "./$folder"
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$folder"/*_test.go); do
		echo "$folder $target"
		fuzz "$folder" "$target"
	done
done
