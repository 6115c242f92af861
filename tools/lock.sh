#!/bin/sh
# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
#
# Renew requirements.lock (to run) and requirements-test.lock (to test; a superset).
# Both hold versions and hashes for every platform and no address of any registry.
set -eu
cd "$(dirname "$0")/.."
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
"${PYTHON:-python3}" -m venv "$tool/venv"
"$tool/venv/bin/python" -m pip --quiet --disable-pip-version-check install uv

compile() {
    "$tool/venv/bin/python" -c 'import tomllib
print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"]))' |
        "$tool/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 \
            --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
            --custom-compile-command "make lock" "$@" pyproject.toml -
}

compile ${UPGRADE:+--upgrade} --output-file requirements.lock
compile --extra test --constraint requirements.lock --output-file requirements-test.lock
if grep -n '://\|^--' requirements.lock requirements-test.lock; then
    echo "A lock file may hold no address and no option." >&2
    exit 1
fi
