#!/usr/bin/env bash
# Cross-builds the Windows programs: build/windows/x64 and build/windows/x86. Usage: build.sh [x64|x86 …]
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8

. tools/windows/common.sh
need /usr/bin/x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32 /usr/bin/i686-w64-mingw32-gcc gcc-mingw-w64-i686-win32 \
    /usr/bin/cmake cmake /usr/bin/dpkg-source dpkg-dev /usr/bin/meson meson /usr/bin/ninja ninja-build \
    /usr/bin/pkg-config pkg-config

[ $# -gt 0 ] || set -- x64 x86
for arch in "$@"; do
    deps=build/windows/deps/$arch out=build/windows/$arch
    bash tools/windows/deps.sh "$arch" "$deps"
    if [ ! -e "$out/build.ninja" ]; then
        cached=()
        if command -v ccache >/dev/null; then # Meson looks for it by itself, but not when it cross-builds
            sed -n "s/^c = '\(.*\)'/[binaries]\nc = ['ccache', '\1']/p" "tools/windows/cross-$arch.txt" >"build/windows/ccache-$arch.txt"
            cached=(--cross-file "build/windows/ccache-$arch.txt")
        fi
        PKG_CONFIG_LIBDIR=$(realpath "$deps")/lib/pkgconfig meson setup "$out" --cross-file "tools/windows/cross-$arch.txt" "${cached[@]}" \
            -Dbuildtype=minsize -Dtests=enabled -Dprefer_static=true >"/tmp/meson-windows-$$.log" ||
            { tail -n 20 "/tmp/meson-windows-$$.log"; exit 1; }
    fi
    ninja -C "$out" --quiet
    for exe in "$out/src/cli/zabbix-atol.exe" "$out/emulator/atol-emulator.exe"; do
        printf '%-48s %8d bytes\n' "$exe" "$(stat -c %s "$exe")"
    done
done
