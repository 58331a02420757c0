#!/usr/bin/env bash
# Claim: an event whose `source` has a percent sign changes its source when one official CloudEvents SDK sends it in
#   HTTP binary mode and another one reads it. Three SDKs disagree, and so do two modules of the same Python package.
#
# Versions: PyPI cloudevents 2.2.0 (its core and its older `cloudevents.v1`), npm cloudevents 10.0.0, Go
#   github.com/cloudevents/sdk-go/v2 v2.16.2.
# A reader expects: binary mode (attributes as `ce-` headers) carries an attribute unchanged between SDKs of one
#   specification, which says in §3.1.3.2 of its HTTP binding that a percent sign MUST be sent as %25 and that a
#   receiver MUST decode once.
# What happens: only the new Python module does both. JavaScript, Go and the old Python module do neither. Each agrees
#   with itself, so that every SDK's own tests pass; across the border `group%2Fproject` becomes `group%252Fproject`
#   one way and `group/project` the other.
# Why it matters: `source` together with `id` is what an event is recognised by, and a GitLab project's API address is
#   written with %2F. Deduplication and routing by source break as soon as sender and receiver are of two languages,
#   or when a Python service moves to the SDK's new module. Structured mode (all in the JSON body) is not affected.
#
# Seen (`source` sent: https://gitlab.example.com/api/v4/projects/group%2Fproject; shown is its end):
#> sent by python     header group%252Fproject  read by: python=group%2Fproject python-v1=group%252Fproject js=group%252Fproject go=group%252Fproject
#> sent by python-v1  header group%2Fproject    read by: python=group/project python-v1=group%2Fproject js=group%2Fproject go=group%2Fproject
#> sent by js         header group%2Fproject    read by: python=group/project python-v1=group%2Fproject js=group%2Fproject go=group%2Fproject
#> sent by go         header group%2Fproject    read by: python=group/project python-v1=group%2Fproject js=group%2Fproject go=group%2Fproject
set -euo pipefail
name=$(basename "$0") script=$(realpath "$0")
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

python3 -m venv py
py/bin/pip install --quiet --disable-pip-version-check cloudevents==2.2.0
npm install --silent --no-audit --no-fund --ignore-scripts cloudevents@10.0.0

# Each program: `send SOURCE` prints the header that goes out, `read HEADER` the source that comes in.
cat > python <<'PY'
#!/usr/bin/env python
import sys
from cloudevents.core.bindings.http import HTTPMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

attributes = {"id": "1", "type": "t", "specversion": "1.0"}
if sys.argv[1] == "send":
    event = CloudEvent({**attributes, "source": sys.argv[2]}, {})
    print(to_binary(event, JSONFormat()).headers["ce-source"])
else:
    headers = {f"ce-{key}": value for key, value in {**attributes, "source": sys.argv[2]}.items()}
    message = HTTPMessage(headers={**headers, "content-type": "application/json"}, body=b"{}")
    print(from_binary(message, JSONFormat(), CloudEvent).get_source())
PY
cat > python-v1 <<'PY'
#!/usr/bin/env python
import sys
import warnings
warnings.simplefilter("ignore")
from cloudevents.v1.conversion import to_binary
from cloudevents.v1.http import CloudEvent, from_http

if sys.argv[1] == "send":
    print(to_binary(CloudEvent({"id": "1", "type": "t", "source": sys.argv[2]}, {}))[0]["ce-source"])
else:
    headers = {"ce-id": "1", "ce-type": "t", "ce-specversion": "1.0", "ce-source": sys.argv[2]}
    print(from_http({**headers, "content-type": "application/json"}, b"{}")["source"])
PY
cat > js <<'JS'
#!/usr/bin/env node
const { CloudEvent, HTTP } = require("cloudevents");
const [, , way, source] = process.argv;
if (way === "send") {
  console.log(HTTP.binary(new CloudEvent({ id: "1", type: "t", source, data: {} })).headers["ce-source"]);
} else {
  const headers = { "ce-id": "1", "ce-type": "t", "ce-specversion": "1.0", "ce-source": source };
  console.log(HTTP.toEvent({ headers: { ...headers, "content-type": "application/json" }, body: "{}" }).source);
}
JS
cat > go.mod <<'MOD'
module finding

go 1.24

require github.com/cloudevents/sdk-go/v2 v2.16.2
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	binary "github.com/cloudevents/sdk-go/v2/protocol/http"
)

func main() {
	request, err := http.NewRequest("POST", "http://receiver.example.com", strings.NewReader("{}"))
	check(err)
	if os.Args[1] == "send" {
		event := cloudevents.NewEvent()
		event.SetID("1")
		event.SetType("t")
		event.SetSource(os.Args[2])
		check(event.SetData("application/json", struct{}{}))
		check(binary.WriteRequest(context.Background(), binding.ToMessage(&event), request))
		fmt.Println(request.Header.Get("ce-source"))
		return
	}
	for name, value := range map[string]string{"ce-id": "1", "ce-type": "t", "ce-specversion": "1.0",
		"ce-source": os.Args[2], "content-type": "application/json"} {
		request.Header.Set(name, value)
	}
	event, err := binding.ToEvent(context.Background(), binary.NewMessageFromHttpRequest(request))
	check(err)
	fmt.Println(event.Source())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
GO
GOFLAGS=-mod=mod go build -o go . 2>go.log || { cat go.log >&2; exit 2; }
chmod +x python python-v1 js
sdks="python python-v1 js go"
export PATH="$work/py/bin:$PATH"

source=https://gitlab.example.com/api/v4/projects/group%2Fproject
end() { printf '%s' "${1#*/projects/}"; }
seen=$(
    for sender in $sdks; do
        header=$("./$sender" send "$source")
        printf 'sent by %-10s header %-18s read by:' "$sender" "$(end "$header")"
        for reader in $sdks; do printf ' %s=%s' "$reader" "$(end "$("./$reader" read "$header")")"; done
        echo
    done
)
printf '%s\n' "$seen"
if ! diff -u <(sed -n 's/^#> //p' "$script") <(printf '%s\n' "$seen"); then
    echo "$name: the SDKs no longer do what the head of this script says." >&2
    exit 1
fi
