#!/usr/bin/env bash
# Claim: whether a client secret works depends on its characters and on the client's library. Authlib cannot log in to
#   a conforming provider with a secret that contains `+` or `%`; the same secret works from `openid-client`, and from
#   Authlib by `client_secret_post`.
#
# Versions: PyPI Authlib 1.9.10 with requests 2.34.2, npm oidc-provider 9.13.3 (the provider) and openid-client 6.9.0.
# A reader expects: `client_secret_basic` is HTTP Basic authentication: name and password, joined by a colon, in
#   base64. Any secret goes.
# What happens: RFC 6749 §2.3.1 has both form-encoded *before* they are joined. oidc-provider decodes, openid-client
#   encodes. Authlib sends the bare secret (as `requests`, curl -u and most hand-written clients do), so `+` arrives
#   as a space and `%2B` as `+`.
# Why it matters: of secrets made by `openssl rand -base64 32` about half have a `+`. Login works in one environment
#   and is "invalid_client" in the next, until somebody rotates the secret and is lucky. Who hands out secrets takes
#   hex or base64url; who logs in uses `client_secret_post` or encodes.
#
# Seen:
#> secret 9f86d081884c7d65  openid-client: token  Authlib basic: token           Authlib post: token
#> secret kf/3Lz9Qw==       openid-client: token  Authlib basic: token           Authlib post: token
#> secret kf+3Lz9Qw==       openid-client: token  Authlib basic: invalid_client  Authlib post: token
#> secret kf%2F3Lz9Q        openid-client: token  Authlib basic: invalid_client  Authlib post: token
set -euo pipefail
name=$(basename "$0") script=$(realpath "$0")
work=$(mktemp -d) provider=
stop() { [ -z "$provider" ] || kill "$provider" 2>/dev/null || true; }
trap 'stop; rm -rf "$work"' EXIT
cd "$work"

python3 -m venv py
py/bin/pip install --quiet --disable-pip-version-check Authlib==1.9.10 requests==2.34.2
npm install --silent --no-audit --no-fund --ignore-scripts oidc-provider@9.13.3 openid-client@6.9.0

secrets="9f86d081884c7d65 kf/3Lz9Qw== kf+3Lz9Qw== kf%2F3Lz9Q"

# Two clients for each secret, for the two ways to send it; prints the address that it listens on.
cat > provider.mjs <<'JS'
import { createServer } from "node:http";
import Provider from "oidc-provider";
const server = createServer().listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const clients = process.argv.slice(2).flatMap((client_secret, index) => ["basic", "post"].map((way) => ({
    client_id: `${way}-${index}`, client_secret, token_endpoint_auth_method: `client_secret_${way}`,
    grant_types: ["client_credentials"], redirect_uris: [], response_types: [],
  })));
  const features = { clientCredentials: { enabled: true } };
  server.on("request", new Provider(issuer, { clients, features }).callback());
  console.log(`ready ${issuer}`);
});
JS
cat > client.mjs <<'JS'
import * as client from "openid-client";
const [, , issuer, id, secret] = process.argv;
const config = await client.discovery(new URL(issuer), id, secret, client.ClientSecretBasic(secret), {
  execute: [client.allowInsecureRequests],
});
try {
  console.log((await client.clientCredentialsGrant(config)).access_token ? "token" : "nothing");
} catch (error) {
  console.log(error.error ?? error.message);
}
JS
cat > client.py <<'PY'
import sys
from authlib.integrations.requests_client import OAuth2Session, OAuthError

issuer, way, index, secret = sys.argv[1:]
session = OAuth2Session(f"{way}-{index}", secret, token_endpoint_auth_method=f"client_secret_{way}")
try:
    token = session.fetch_token(f"{issuer}/token", grant_type="client_credentials")
    print("token" if token["access_token"] else "nothing")
except OAuthError as error:
    print(error.error)
PY

# shellcheck disable=SC2086
node provider.mjs $secrets >provider.log 2>&1 &
provider=$!
for _ in $(seq 100); do
    grep -q '^ready ' provider.log && break
    sleep 0.2
done
issuer=$(sed -n 's/^ready //p' provider.log)
[ -n "$issuer" ] || { cat provider.log >&2; exit 2; }

seen=$(
    index=0
    for secret in $secrets; do
        printf 'secret %-17s openid-client: %-6s Authlib basic: %-15s Authlib post: %s\n' "$secret" \
            "$(node client.mjs "$issuer" "basic-$index" "$secret")" \
            "$(py/bin/python client.py "$issuer" basic "$index" "$secret")" \
            "$(py/bin/python client.py "$issuer" post "$index" "$secret")"
        index=$((index + 1))
    done
)
printf '%s\n' "$seen"
if ! diff -u <(sed -n 's/^#> //p' "$script") <(printf '%s\n' "$seen"); then
    echo "$name: the libraries no longer do what the head of this script says." >&2
    exit 1
fi
