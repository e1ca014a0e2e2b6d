#!/usr/bin/env bash
# Zip packages of the Windows programs: build/windows/zabbix-atol-VERSION-windows-{x64,x86}.zip
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8
command -v zip >/dev/null || { apt-get update -q >/dev/null; apt-get install -y -q --no-install-recommends zip >/dev/null; }
version=$(sed -n "s/^ *version: '\(.*\)',/\1/p" meson.build | head -n 1)
for arch in x64 x86; do
    folder=build/windows/package/$arch/zabbix-atol
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "build/windows/$arch/src/cmd/zabbix-atol.exe" LICENSE packaging/windows/zabbix-atol.yaml \
        packaging/windows/zabbix-atol.conf "$folder/"
    # Notepad of Windows 7 wants CRLF and a byte order mark.
    { printf '\xef\xbb\xbf'; sed 's/$/\r/' packaging/windows/README.ru.txt; } >"$folder/README.ru.txt"
    sed -i 's/$/\r/' "$folder/zabbix-atol.yaml" "$folder/zabbix-atol.conf"
    target=$PWD/build/windows/zabbix-atol-$version-windows-$arch.zip
    rm -f "$target"
    (cd "build/windows/package/$arch" && zip -q -r -X "$target" zabbix-atol)
    printf '%-48s %8d bytes\n' "${target#"$PWD/"}" "$(stat -c %s "$target")"
done
