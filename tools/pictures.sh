#!/usr/bin/env bash
# Takes the pictures of docs/pictures: a Zabbix and 12 emulated registers of its own, Chromium. Needs ./run.sh build.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 tools/pictures.py "$@"
