#!/usr/bin/env bash
# Builds the advisory segments of all ecosystems and pushes those that changed.
# Run it once a day, wherever there is a network; .github/workflows/segments.yml
# does just this.
#
#   scripts/segments.sh REF [DIR]
#
# REF  where to push: oci://HOST/REPOSITORY[:TAG], or oci:DIR of a layout
# DIR  keeps segments and what was fetched from one run to the next, so that
#      only changes are fetched (default: a fresh temporary directory)
#
# From the environment:
#   PLIMSOLL    the program (default: plimsoll on PATH)
#   FROM        a directory, zip or URL to compile from (default: the sources)
#   FEEDS       feeds to ask first, separated by commas; plimsoll db feeds lists
#               them (default: none, so that OSV is asked; with room and time,
#               debian,alpine,redhat know more)
#   ECOSYSTEMS  names, separated by spaces; "%" stands for a space in a name
#               (default: all)
#   SIGN_KEY    private keys to sign with, separated by commas: files, or env://NAME
#               (default: unsigned). plimsoll key generate makes one; the passphrase
#               of all is in PLIMSOLL_KEY_PASSWORD
#   VERIFY_KEY  public keys, separated by commas, that count besides that one for
#               what is there already, as when keys change
#   NVD_API_KEY a key for NVD's API, which makes its severities come faster
set -euo pipefail

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
	echo "usage: $0 REF [DIR]" >&2
	exit 2
fi
ref=$1
program=${PLIMSOLL:-plimsoll}
if [ $# = 2 ]; then
	dir=$2
else
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
fi

which=(--all)
if [ -n "${ECOSYSTEMS:-}" ]; then
	read -r -a which <<<"$ECOSYSTEMS"
	which=("${which[@]//%/ }")
fi
source=()
if [ -n "${FROM:-}" ]; then
	source=(--db-source "$FROM")
elif [ -n "${FEEDS:-}" ]; then
	source=(--feed "$FEEDS")
fi

sign=()
verify=()
if [ -n "${SIGN_KEY:-}" ]; then
	# What is there without a good signature must not be signed with the rest.
	IFS=, read -r -a keys <<<"$SIGN_KEY"
	PUBLIC_KEY=$("$program" key public "${keys[@]}")
	export PUBLIC_KEY
	verify=(--verify-key "env://PUBLIC_KEY${VERIFY_KEY:+,$VERIFY_KEY}")
	sign=("${verify[@]}" --sign-key "$SIGN_KEY")
fi

# What is there already is the start: only changed segments differ. A first run
# finds nothing there.
"$program" db pull --db "$dir" "${verify[@]}" "$ref" || echo "nothing to start from at $ref" >&2

# A source that is down leaves its segments of yesterday in place: they are
# pushed with the rest, and the run fails afterwards so that someone looks.
code=0
"$program" db update --db "$dir" "${source[@]}" "${which[@]}" || code=$?
if [ -z "${FROM:-}" ]; then
	# Alpine's and others' advisories come without severities.
	"$program" db update --db "$dir" nvd || code=$?
fi
"$program" db push --db "$dir" "${sign[@]}" "$ref"
"$program" db status --db "$dir"
exit "$code"
