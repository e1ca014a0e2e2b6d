#!/usr/bin/env bash
# Takes the pictures of docs/pictures: a Zabbix and 12 emulated registers of its own, Chromium, on both versions; 312 and 3,000 registers on 7.0. Needs
# ./run.sh build.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 tools/pictures.py --version 7.0 "$@"
python3 tools/pictures.py --version 6.0 "$@"
python3 tools/pictures.py --version 7.0 --registers 312 "$@"
python3 tools/pictures.py --version 7.0 --registers 3000 "$@"
