#!/usr/bin/env bash
# Zip packages of the Windows programs: build/windows/zabbix-atol-VERSION-windows-{x64,x86}.zip. The same source gives the same
# bytes. SIGN_CERT=FILE.p12 signs the programs (common.sh). Usage: package.sh [x64|x86 …]
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8
. tools/windows/common.sh
need /usr/bin/zip zip

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

[ $# -gt 0 ] || set -- x64 x86
for arch in "$@"; do
    folder=build/windows/package/$arch/zabbix-atol
    rm -rf "$folder"
    mkdir -p "$folder/templates"
    cp "build/windows/$arch/src/cli/zabbix-atol.exe" "$folder/"
    sign "$folder/zabbix-atol.exe"
    cp "build/windows/$arch/src/winservice/installer.dll" "build/windows/package/$arch/" # for the installer alone: msi.sh
    sign "build/windows/package/$arch/installer.dll"
    # The agent and our own reader want no byte order mark, Notepad of Windows 7 does.
    # A sample beside the configuration, so that a newer archive unpacked over an older one overwrites nothing.
    text "$folder/zabbix-atol.sample.yaml" packaging/windows/zabbix-atol.yaml
    text "$folder/zabbix-atol.conf" packaging/windows/zabbix-atol.conf
    text "$folder/README.ru.txt" <(printf '\xef\xbb\xbf') packaging/windows/README.ru.txt
    text "$folder/LICENSE.txt" LICENSE
    text "$folder/third-party.txt" <(printf '\xef\xbb\xbf') <(notices "build/windows/deps/$arch/licences")
    (cd templates && find . -name '*.yaml' -exec cp --parents -t "../$folder/templates" {} +)
    find "$folder" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    target=$PWD/build/windows/zabbix-atol-$version-windows-$arch.zip
    rm -f "$target"
    (cd "build/windows/package/$arch" && find zabbix-atol | sort | TZ=UTC zip -q -X -@ "$target")
    printf '%-48s %8d bytes\n' "${target#"$PWD/"}" "$(stat -c %s "$target")"
done
