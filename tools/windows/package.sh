#!/usr/bin/env bash
# Zip packages of the Windows programs: build/windows/zabbix-atol-VERSION-windows-{x64,x86}.zip
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8
command -v zip >/dev/null || { apt-get update -q >/dev/null; apt-get install -y -q --no-install-recommends zip >/dev/null; }
version=$(sed -n "s/^ *version: '\(.*\)',/\1/p" meson.build | head -n 1)

# text TARGET SOURCE…: lines as Notepad of Windows 7 wants them.
text() {
    local target=$1
    shift
    cat "$@" | sed 's/\r*$/\r/' >"$target"
}

# The licences of what is linked into the programs.
notices() { # LICENCES-FOLDER
    local name
    echo "zabbix-atol.exe holds these libraries; their licences follow."
    for name in libuv jansson libyaml; do
        printf '\n\n======== %s\n\n' "$name"
        cat "$1/$name"
    done
}

for arch in x64 x86; do
    folder=build/windows/package/$arch/zabbix-atol
    rm -rf "$folder"
    mkdir -p "$folder/templates"
    cp "build/windows/$arch/src/cli/zabbix-atol.exe" "$folder/"
    # The agent and our own reader want no byte order mark, Notepad of Windows 7 does.
    text "$folder/zabbix-atol.yaml" packaging/windows/zabbix-atol.yaml
    text "$folder/zabbix-atol.conf" packaging/windows/zabbix-atol.conf
    text "$folder/README.ru.txt" <(printf '\xef\xbb\xbf') packaging/windows/README.ru.txt
    text "$folder/LICENSE.txt" LICENSE
    text "$folder/third-party.txt" <(printf '\xef\xbb\xbf') <(notices "build/windows/deps/$arch/licences")
    cp templates/*.yaml "$folder/templates/"
    target=$PWD/build/windows/zabbix-atol-$version-windows-$arch.zip
    rm -f "$target"
    (cd "build/windows/package/$arch" && zip -q -r -X "$target" zabbix-atol)
    printf '%-48s %8d bytes\n' "${target#"$PWD/"}" "$(stat -c %s "$target")"
done
