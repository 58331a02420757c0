#!/usr/bin/env bash
# Claim: in a JavaScript host made by `jco transpile`, an import's error record loses everything when one of its
#   fields is named `payload`: that field's value is taken for the whole error.
#
# Versions: npm @bytecodealliance/jco 1.35.0.
# A reader expects: a function `f: func() -> result<u32, problem>` fails by throwing a `problem`: an object with the
#   fields of the generated interface `Problem`. What the fields are called does not matter.
# What happens: the glue unwraps whatever has a `payload` (it wraps errors of exports that way) before it looks at the
#   type. For the record {reason, payload} the guest gets a problem whose fields are all none if they are options: no
#   exception, nothing in a log. With other types the host throws a TypeError about a field that was there. Wrapped
#   once more, `{payload: problem}`, it arrives; no generated type says so.
# Why it matters: in a contract for webhooks `payload` is the likeliest name of a field, and the same component is
#   fine in a host of another language. Name the field otherwise (`body`), or wrap every thrown error.
#
# Seen (what the guest reports of the error that its host threw; the two records differ in the field's name only):
#> thrown {"reason":"401","body":"x"}                 as plain    reason=some other=some
#> thrown {"reason":"401","payload":"x"}              as problem  reason=none other=none
#> thrown {"reason":"401"}                            as problem  reason=some other=none
#> thrown {"payload":{"reason":"401","payload":"x"}}  as problem  reason=some other=some
set -euo pipefail
name=$(basename "$0") script=$(realpath "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund @bytecodealliance/jco@1.35.0

# A guest with two imports that differ in a field's name, and exports that say which fields of the error arrived
# (10: first, 1: second). Offsets in memory: 16 the result's tag, 20 and 32 the tags of its two optional texts.
cat > guest.wat <<'WAT'
(component
  (import "example:finding/host" (instance $host
    (type $plain' (record (field "reason" (option string)) (field "body" (option string))))
    (export "plain" (type $plain (eq $plain')))
    (type $problem' (record (field "reason" (option string)) (field "payload" (option string))))
    (export "problem" (type $problem (eq $problem')))
    (export "fail-plain" (func (result (result u32 (error $plain)))))
    (export "fail-problem" (func (result (result u32 (error $problem)))))))
  (core module $memory
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      global.get $next
      (global.set $next (i32.and (i32.const -8) (i32.add (i32.const 7) (i32.add (global.get $next) (local.get 3)))))))
  (core instance $memory (instantiate $memory))
  (alias export $host "fail-plain" (func $fail-plain))
  (alias export $host "fail-problem" (func $fail-problem))
  (core func $plain (canon lower (func $fail-plain)
    (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (core func $problem (canon lower (func $fail-problem)
    (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (core module $main
    (import "memory" "memory" (memory 1))
    (import "host" "plain" (func $plain (param i32)))
    (import "host" "problem" (func $problem (param i32)))
    (func $arrived (result i32)
      (i32.add (i32.mul (i32.const 10) (i32.load8_u (i32.const 20))) (i32.load8_u (i32.const 32))))
    (func (export "plain") (result i32) (call $plain (i32.const 16)) call $arrived)
    (func (export "problem") (result i32) (call $problem (i32.const 16)) call $arrived))
  (core instance $main (instantiate $main
    (with "memory" (instance $memory))
    (with "host" (instance (export "plain" (func $plain)) (export "problem" (func $problem))))))
  (func (export "plain") (result u32) (canon lift (core func $main "plain")))
  (func (export "problem") (result u32) (canon lift (core func $main "problem"))))
WAT
npx jco parse guest.wat -o guest.wasm
npx jco transpile guest.wasm --name guest --instantiation async --quiet -o out
echo '{"type":"module"}' >out/package.json

cat > host.mjs <<'JS'
import { readFile } from "node:fs/promises";
import { instantiate } from "./out/guest.js";

let thrown;
const fail = () => { throw thrown; };
const imports = { "example:finding/host": { failPlain: fail, failProblem: fail } };
const guest = await instantiate(async (file) => WebAssembly.compile(await readFile(`out/${file}`)), imports);

const word = (set) => (set ? "some" : "none");
for (const [kind, error] of [
  ["plain", { reason: "401", body: "x" }],
  ["problem", { reason: "401", payload: "x" }],
  ["problem", { reason: "401" }],
  ["problem", { payload: { reason: "401", payload: "x" } }],
]) {
  thrown = error;
  const arrived = guest[kind]();
  const fields = `reason=${word(arrived >= 10)} other=${word(arrived % 10)}`;
  console.log(`thrown ${JSON.stringify(error).padEnd(43)} as ${kind.padEnd(8)} ${fields}`);
}
JS
seen=$(node host.mjs)
printf '%s\n' "$seen"
if ! diff -u <(sed -n 's/^#> //p' "$script") <(printf '%s\n' "$seen"); then
    echo "$name: jco no longer does what the head of this script says." >&2
    exit 1
fi
