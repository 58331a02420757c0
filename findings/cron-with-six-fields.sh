#!/usr/bin/env bash
# Claim: the six-field cron line `0 0 3 * * 1` (seconds first: Mondays at three) is valid for six libraries and means
#   three different things: Mondays, Sundays, or one second past midnight on the third of each month.
#
# Versions: crates.io croner 4.0.3 and cron 0.17.0, npm croner 11.0.1 and cron-parser 5.10.6, Go
#   github.com/robfig/cron/v3 v3.0.1 with its seconds field, PyPI croniter 7.0.0.
# A reader expects: who adds a field for seconds puts it in front, and 1 is Monday, as in crontab(5).
# What happens: Rust's `cron` counts days from 1 = Sunday to 7 = Saturday, so every number means the day before; names
#   (`MON`) are safe. Python's `croniter` has the seconds last, so each field slides by one: minute 0, hour 0, third
#   of the month, second 1. None refuses the line.
# Why it matters: a schedule is text that wanders: from a forge's settings into a service of another language, from
#   one crate to another. It goes on running, on the wrong day. Keep five fields and names of days in what users
#   write.
#
# Seen (the next three runs after Tuesday 2026-12-01 00:00 UTC):
#> croner (Rust)      Mon 2026-12-07 03:00:00, Mon 2026-12-14 03:00:00, Mon 2026-12-21 03:00:00
#> croner (npm)       Mon 2026-12-07 03:00:00, Mon 2026-12-14 03:00:00, Mon 2026-12-21 03:00:00
#> cron-parser (npm)  Mon 2026-12-07 03:00:00, Mon 2026-12-14 03:00:00, Mon 2026-12-21 03:00:00
#> robfig/cron (Go)   Mon 2026-12-07 03:00:00, Mon 2026-12-14 03:00:00, Mon 2026-12-21 03:00:00
#> cron (Rust)        Sun 2026-12-06 03:00:00, Sun 2026-12-13 03:00:00, Sun 2026-12-20 03:00:00
#> croniter (Python)  Thu 2026-12-03 00:00:01, Sun 2027-01-03 00:00:01, Wed 2027-02-03 00:00:01
set -euo pipefail
name=$(basename "$0") script=$(realpath "$0")
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

python3 -m venv py
py/bin/pip install --quiet --disable-pip-version-check croniter==7.0.0
npm install --silent --no-audit --no-fund --ignore-scripts croner@11.0.1 cron-parser@5.10.6

# Each prints one run a line, as seconds since the epoch.
cat > run.py <<'PY'
import sys
from datetime import datetime, timezone
from croniter import croniter

runs = croniter(sys.argv[1], datetime(2026, 12, 1, tzinfo=timezone.utc))
for _ in range(3):
    print(int(runs.get_next(float)))
PY
cat > run.mjs <<'JS'
import { Cron } from "croner";
import { CronExpressionParser } from "cron-parser";
const [, , library, line] = process.argv;
const from = new Date("2026-12-01T00:00:00Z");
const runs = library === "croner"
  ? new Cron(line, { timezone: "UTC" }).nextRuns(3, from)
  : CronExpressionParser.parse(line, { currentDate: from, tz: "UTC" }).take(3).map((run) => run.toDate());
for (const run of runs) console.log(run.getTime() / 1000);
JS
cat > go.mod <<'MOD'
module finding

go 1.24

require github.com/robfig/cron/v3 v3.0.1
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/robfig/cron/v3"
)

func main() {
	fields := cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow
	schedule, err := cron.NewParser(fields).Parse(os.Args[1])
	if err != nil {
		panic(err)
	}
	run := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for range 3 {
		run = schedule.Next(run)
		fmt.Println(run.Unix())
	}
}
GO
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"

[dependencies]
chrono = { version = "=0.4.45", default-features = false }
cron = "=0.17.0"
croner = "=4.0.3"

[profile.dev]
debug = false
TOML
cat > src/main.rs <<'RS'
use chrono::{DateTime, Utc};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (library, line) = (&arguments[1], &arguments[2]);
    let from: DateTime<Utc> = DateTime::from_timestamp(1_796_083_200, 0).unwrap();
    if library == "cron" {
        let schedule: cron::Schedule = line.parse().unwrap();
        schedule.after(&from).take(3).for_each(|run| println!("{}", run.timestamp()));
    } else {
        let schedule: croner::Cron = line.parse().unwrap();
        schedule.iter_after(from).take(3).for_each(|run| println!("{}", run.timestamp()));
    }
}
RS
export CARGO_TARGET_DIR="$work/target"
GOFLAGS=-mod=mod go build -o robfig . 2>go.log || { cat go.log >&2; exit 2; }
cargo build --quiet

try() { # label, command
    local label=$1 runs
    shift
    runs=$("$@" "0 0 3 * * 1" | while read -r run; do LC_ALL=C date -u -d "@$run" '+%a %F %T'; done | paste -sd,)
    printf '%-18s %s\n' "$label" "${runs//,/, }"
}
seen=$(
    try "croner (Rust)" target/debug/finding croner
    try "croner (npm)" node run.mjs croner
    try "cron-parser (npm)" node run.mjs cron-parser
    try "robfig/cron (Go)" ./robfig
    try "cron (Rust)" target/debug/finding cron
    try "croniter (Python)" py/bin/python run.py
)
printf '%s\n' "$seen"
if ! diff -u <(sed -n 's/^#> //p' "$script") <(printf '%s\n' "$seen"); then
    echo "$name: the libraries no longer do what the head of this script says." >&2
    exit 1
fi
