#!/usr/bin/env bash
# Puts the archives and installers that `run.sh windows` has made into a folder of packages and writes its SHA256SUMS anew: collect.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8
. tools/windows/common.sh
mkdir -p "$1"
cp build/windows/zabbix-atol-"$version"-windows-{x64,x86}.{zip,msi} "$1"
cd "$1"
find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs -d '\n' sha256sum >SHA256SUMS
grep windows SHA256SUMS
