#!/usr/bin/env bash
# Claim: two ordinary globs are taken without an error by widely used matchers and mean something else there.
#   `*.y{,a}ml` does not match `ci.yml` in Rust's globset; `v[!0].tar` means the opposite in picomatch and in Go's
#   `path.Match`. None of the three fails on both.
#
# Versions: crates.io globset 0.4.22, npm picomatch 4.0.7 and minimatch 11.0.9, Go github.com/bmatcuk/doublestar/v4
#   v4.10.4 and the standard library's path.Match, PyPI pathspec 1.1.1 (gitignore rules), bash as the judge.
# A reader expects: what bash does. `{,a}` is "nothing or an a"; `[!0]` is any character but 0, as POSIX has it. A
#   matcher that has another syntax refuses the pattern, or documents that it has no braces at all (as path.Match and
#   gitignore do).
# What happens: globset drops the empty alternative (a builder's option keeps it) and compiles `*.y(a)ml`. picomatch
#   negates with `^` only, unless its option `posix` is set, so `[!0]` is "! or 0"; micromatch, fast-glob and
#   tinyglobby are built on it. Go's path.Match knows `^` only as well.
# Why it matters: users write such patterns into triggers, and the same file is read by a matcher in another language
#   on the other side. A trigger on `*.y{,a}ml` never starts for `.yml`, and nothing says so; a filter that leaves out
#   `v0` runs for nothing but `v0`.
#
# Seen (which of ci.yml ci.yaml v0.tar v1.tar match):
#> bash              *.y{,a}ml: ci.yml ci.yaml   v[!0].tar: v1.tar
#> minimatch         *.y{,a}ml: ci.yml ci.yaml   v[!0].tar: v1.tar
#> doublestar (Go)   *.y{,a}ml: ci.yml ci.yaml   v[!0].tar: v1.tar
#> globset           *.y{,a}ml: ci.yaml          v[!0].tar: v1.tar
#> picomatch         *.y{,a}ml: ci.yml ci.yaml   v[!0].tar: v0.tar
#> path.Match (Go)   no braces                   v[!0].tar: v0.tar
#> pathspec (Python) no braces                   v[!0].tar: v1.tar
set -euo pipefail
name=$(basename "$0") script=$(realpath "$0")
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

python3 -m venv py
py/bin/pip install --quiet --disable-pip-version-check pathspec==1.1.1
npm install --silent --no-audit --no-fund --ignore-scripts picomatch@4.0.7 minimatch@11.0.9

# Each takes a pattern and file names, and prints those that match, separated by spaces.
cat > shell <<'SH'
#!/usr/bin/env bash
shopt -s nullglob
mkdir -p files && cd files && touch "${@:2}"
eval "echo $1"
SH
cat > match.mjs <<'JS'
import { minimatch } from "minimatch";
import picomatch from "picomatch";
const [, , library, pattern, ...files] = process.argv;
const matches = library === "picomatch" ? picomatch(pattern) : (file) => minimatch(file, pattern);
console.log(files.filter((file) => matches(file)).join(" "));
JS
cat > match.py <<'PY'
import sys
from pathspec import GitIgnoreSpec

spec = GitIgnoreSpec.from_lines([sys.argv[1]])
print(*(file for file in sys.argv[2:] if spec.match_file(file)))
PY
cat > go.mod <<'MOD'
module finding

go 1.24

require github.com/bmatcuk/doublestar/v4 v4.10.4
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

func main() {
	match := path.Match
	if os.Args[1] == "doublestar" {
		match = doublestar.Match
	}
	var matched []string
	for _, file := range os.Args[3:] {
		if yes, err := match(os.Args[2], file); err != nil {
			panic(err)
		} else if yes {
			matched = append(matched, file)
		}
	}
	fmt.Println(strings.Join(matched, " "))
}
GO
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"

[dependencies]
globset = { version = "=0.4.22", default-features = false }

[profile.dev]
debug = false
TOML
cat > src/main.rs <<'RS'
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let pattern = globset::Glob::new(&arguments[1]).unwrap().compile_matcher();
    let matched: Vec<&str> = arguments[2..].iter().map(String::as_str).filter(|file| pattern.is_match(file)).collect();
    println!("{}", matched.join(" "));
}
RS
chmod +x shell
export CARGO_TARGET_DIR="$work/target"
GOFLAGS=-mod=mod go build -o in-go . 2>go.log || { cat go.log >&2; exit 2; }
cargo build --quiet

try() { # label, has it braces, command
    local label=$1 braces=$2 files="ci.yml ci.yaml v0.tar v1.tar" first="no braces"
    shift 2
    # shellcheck disable=SC2086
    [ "$braces" = no ] || first="*.y{,a}ml: $("$@" '*.y{,a}ml' $files)"
    # shellcheck disable=SC2086
    printf '%-17s %-27s v[!0].tar: %s\n' "$label" "$first" "$("$@" 'v[!0].tar' $files)"
}
seen=$(
    try bash yes ./shell
    try minimatch yes node match.mjs minimatch
    try "doublestar (Go)" yes ./in-go doublestar
    try globset yes target/debug/finding
    try picomatch yes node match.mjs picomatch
    try "path.Match (Go)" no ./in-go path
    try "pathspec (Python)" no py/bin/python match.py
)
printf '%s\n' "$seen"
if ! diff -u <(sed -n 's/^#> //p' "$script") <(printf '%s\n' "$seen"); then
    echo "$name: the matchers no longer do what the head of this script says." >&2
    exit 1
fi
