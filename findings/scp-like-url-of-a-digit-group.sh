#!/usr/bin/env bash
# Claim: `giturlparse` takes leading digits of a group's name for an SSH port. `git@git.example.com:3dprint/model.git`
#   becomes port 3 and owner `dprint`, is called valid, and is rewritten to the URL of another group's repository.
#
# Versions: PyPI giturlparse 0.16.0; git itself (any version) as the judge.
# A reader expects: in the scp-like form everything after the first colon is a path; git knows no port there (that is
#   what `ssh://` is for), and a parser that supports groups of digits on one host supports them on all.
# What happens: `github.com` is right. Hosts that it does not know by name are read with GitLab's pattern, whose
#   optional port may take any number of digits and need not end at a slash: of `12345` it leaves `5`, so that an
#   owner remains.
# Why it matters: `2048game`, `42`, `2026-course` are ordinary names of users and groups. Who matches a clone URL
#   against projects, or turns SSH remotes into HTTPS ones, asks for a repository of somebody else, and on GitHub,
#   where one tries it, all is well.
#
# Seen (what git hands to ssh, then what the library says):
#> git@github.com:3dprint/model.git              git: 3dprint/model.git             owner=3dprint port=''     https://github.com/3dprint/model.git
#> git@git.example.com:3dprint/model.git         git: 3dprint/model.git             owner=dprint  port='3'    https://git.example.com/dprint/model.git
#> git@git.example.com:12345/model.git           git: 12345/model.git               owner=5       port='1234' https://git.example.com/5/model.git
#> git@git.example.com:2026-course/team/model.git git: 2026-course/team/model.git    owner=-course port='2026' https://git.example.com/-course/team/model.git
#> git@git.example.com:dprint3/model.git         git: dprint3/model.git             owner=dprint3 port=''     https://git.example.com/dprint3/model.git
set -euo pipefail
name=$(basename "$0") script=$(realpath "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv py
py/bin/pip install --quiet --disable-pip-version-check giturlparse==0.16.0

# Stands for ssh: prints the path that git asks the server for, and connects to nothing.
printf '#!/bin/sh\necho "$@" | sed "s/.*git-upload-pack .\\(.*\\)./\\1/" >"%s/path"\n' "$work" >ssh
chmod +x ssh

cat > read.py <<'PY'
import sys
import giturlparse

parsed = giturlparse.parse(sys.argv[1])
print(f"owner={parsed.owner:7} port={parsed.port!r:6} {parsed.url2https if parsed.valid else 'invalid'}")
PY

seen=$(
    for url in git@github.com:3dprint/model.git git@git.example.com:3dprint/model.git \
        git@git.example.com:12345/model.git \
        git@git.example.com:2026-course/team/model.git git@git.example.com:dprint3/model.git; do
        : >path
        GIT_SSH="$work/ssh" GIT_SSH_VARIANT=simple git ls-remote "$url" >log 2>&1 || true
        printf '%-45s git: %-29s %s\n' "$url" "$(cat path)" "$(py/bin/python read.py "$url")"
    done
)
printf '%s\n' "$seen"
if ! diff -u <(sed -n 's/^#> //p' "$script") <(printf '%s\n' "$seen"); then
    echo "$name: the library (or git) no longer does what the head of this script says." >&2
    exit 1
fi
