#!/usr/bin/env bash
# Claim: `bytesize` does not survive its own serde: a `ByteSize` written to JSON or another format for people and read
#   back is another number, up to a twentieth of its unit smaller or larger. The same holds for `Display` and
#   `FromStr`.
#
# Versions: crates.io bytesize 2.7.0 (feature serde), serde_json 1.0.154.
# A reader expects: `from_str(&to_string(&size))` gives `size`. It is a `u64` in a newtype; of `humantime-serde`,
#   which does the same for durations, every second comes back.
# What happens: human-readable formats get the text for people: one decimal, in KiB, MiB, GiB. What is read in decimal
#   units ("25MB") is written in binary ones ("23.8 MiB") and comes back 43,892 bytes smaller; a megabyte comes back
#   38 bytes larger. Binary round numbers survive, so tests with 64 KiB or 1 MiB are green. Binary formats such as
#   postcard keep the number.
# Why it matters: limits of bodies are said in such units. GitHub caps a webhook's body at 25 MB: a configuration that
#   was loaded and saved refuses what it took before, two nodes disagree about a limit that one told the other, and a
#   stored size does not match the file it describes. Store `as_u64()`.
#
# Seen:
#> "25MB"   = 25000000     JSON "23.8 MiB"   reads back as 24956108 (-43892)
#> "1MB"    = 1000000      JSON "976.6 KiB"  reads back as 1000038 (38)
#> "1500"   = 1500         JSON "1.5 KiB"    reads back as 1536 (36)
#> "10GB"   = 10000000000  JSON "9.3 GiB"    reads back as 9985798963 (-14201037)
#> "64KiB"  = 65536        JSON "64.0 KiB"   reads back as 65536 (0)
set -euo pipefail
name=$(basename "$0") script=$(realpath "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"

[dependencies]
bytesize = { version = "=2.7.0", features = ["serde"] }
serde_json = "=1.0.154"
TOML
cat > src/main.rs <<'RS'
use bytesize::ByteSize;

fn main() {
    for text in ["25MB", "1MB", "1500", "10GB", "64KiB"] {
        let size: ByteSize = text.parse().unwrap();
        let json = serde_json::to_string(&size).unwrap();
        let back: ByteSize = serde_json::from_str(&json).unwrap();
        let text = format!("{text:?}");
        let (was, is) = (size.as_u64(), back.as_u64());
        println!("{text:8} = {was:<12} JSON {json:12} reads back as {is} ({})", is as i64 - was as i64);
    }
}
RS
export CARGO_TARGET_DIR="$work/target"
seen=$(cargo run --quiet)
printf '%s\n' "$seen"
if ! diff -u <(sed -n 's/^#> //p' "$script") <(printf '%s\n' "$seen"); then
    echo "$name: bytesize no longer does what the head of this script says." >&2
    exit 1
fi
