#!/usr/bin/env bash
# Claim: `Webhook.sign` of Python's `standardwebhooks` and `svix` signs another moment than the one it is given,
#   unless the time is in UTC: it puts the label "UTC" on the wall clock's digits (`replace(tzinfo=utc)`) and does not
#   convert.
#
# Versions: PyPI standardwebhooks 1.1.0 and svix 2.9.1, npm standardwebhooks 1.1.1 (the receiver).
# A reader expects: an aware `datetime` names one moment, in whatever zone it is written; a naive one is local time,
#   as everywhere in Python. Either way the signature covers the seconds that `int(when.timestamp())` puts into
#   `webhook-timestamp`.
# What happens: only UTC is right. In any other zone the signature covers a time that is off by the zone's offset, and
#   every receiver refuses the delivery. A naive `datetime.now()` works exactly where the machine's clock is set to
#   UTC.
# Why it matters: a sender passes its tests in containers and CI, which run in UTC, and fails on a laptop or a host
#   with a zone; the receiver says "no matching signature", so the secret is what one looks at. Sign a time that was
#   converted to UTC.
#
# Seen:
#> standardwebhooks, aware, UTC        receiver: accepted
#> standardwebhooks, aware, UTC+2      receiver: No matching signature found
#> svix            , aware, UTC        receiver: accepted
#> svix            , aware, UTC+2      receiver: No matching signature found
#> standardwebhooks, naive, clock UTC  receiver: accepted
#> standardwebhooks, naive, clock +2   receiver: No matching signature found
set -euo pipefail
name=$(basename "$0") script=$(realpath "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv py
py/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0 svix==2.9.1
npm install --silent --no-audit --no-fund --ignore-scripts standardwebhooks@1.1.1

cat > send.py <<'PY'
import importlib, json, sys
from datetime import datetime, timedelta, timezone

library, kind = sys.argv[1:]
zones = {"utc": timezone.utc, "plus2": timezone(timedelta(hours=2)), "naive": None}
when = datetime.now(zones[kind])
webhook = importlib.import_module(library).Webhook("whsec_Zm9yIHRoaXMgdGVzdCBhbG9uZSwgMzIgYnl0ZXM=")
body = '{"ref":"refs/heads/main"}'
print(json.dumps({"body": body, "headers": {
    "webhook-id": "msg_1",
    "webhook-timestamp": str(int(when.timestamp())),
    "webhook-signature": webhook.sign("msg_1", when, body),
}}))
PY
cat > receive.cjs <<'JS'
const { Webhook } = require("standardwebhooks");
const { body, headers } = JSON.parse(require("fs").readFileSync(0, "utf8"));
try {
  new Webhook("whsec_Zm9yIHRoaXMgdGVzdCBhbG9uZSwgMzIgYnl0ZXM=").verify(body, headers);
  console.log("accepted");
} catch (error) {
  console.log(error.message);
}
JS

try() { # label, clock of the machine, library, kind of time
    printf '%-35s receiver: %s\n' "$1" "$(TZ=$2 py/bin/python send.py "$3" "$4" | node receive.cjs)"
}
seen=$(
    try "standardwebhooks, aware, UTC" UTC0 standardwebhooks utc
    try "standardwebhooks, aware, UTC+2" UTC0 standardwebhooks plus2
    try "svix            , aware, UTC" UTC0 svix utc
    try "svix            , aware, UTC+2" UTC0 svix plus2
    try "standardwebhooks, naive, clock UTC" UTC0 standardwebhooks naive
    try "standardwebhooks, naive, clock +2" "<+02>-2" standardwebhooks naive
)
printf '%s\n' "$seen"
if ! diff -u <(sed -n 's/^#> //p' "$script") <(printf '%s\n' "$seen"); then
    echo "$name: the libraries no longer do what the head of this script says." >&2
    exit 1
fi
