#!/usr/bin/env bash
# Runs a Windows program: wine.sh x64|x86 PREFIX PROGRAM ARG…  PREFIX is the folder of the Wine profile. x64 runs under
# Debian's wine; x86 in a Debian i386 root of its own (wine32:i386 cannot be installed beside the amd64 packages), which
# sees /tmp and this repository under the same paths. `wine.sh prepare` installs both.
set -euo pipefail
root=${ZA_CACHE:-$HOME/.cache/zabbix-atol}/i386
repository=$(realpath "$(dirname "$0")/../..")

prepare() {
    if ! command -v wine >/dev/null || ! command -v debootstrap >/dev/null; then
        apt-get update -q >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends wine wine64 debootstrap >/dev/null
    fi
    [ -e "$root/done" ] && return
    rm -rf "$root"
    debootstrap --arch=i386 --variant=minbase bookworm "$root" http://deb.debian.org/debian >"/tmp/debootstrap-$$.log" 2>&1 ||
        { tail -n 5 "/tmp/debootstrap-$$.log"; exit 1; }
    unshare -m bash -c "mount -t proc proc '$root/proc'; mount --bind /dev '$root/dev'
        DEBIAN_FRONTEND=noninteractive chroot '$root' apt-get install -y -q --no-install-recommends wine wine32 >/dev/null 2>&1"
    touch "$root/done"
}

if [ "$1" = prepare ]; then
    prepare
    exit
fi
arch=$1 prefix=$2
shift 2
export WINEPREFIX=$prefix WINEDEBUG=${WINEDEBUG:--all} WINEDLLOVERRIDES="mscoree,mshtml=" LC_ALL=C.UTF-8
mkdir -p "$prefix"
case $arch in
x64) exec wine "$@" ;;
x86)
    export root repository WINEARCH=win32
    exec unshare -m bash -c 'mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; mount --bind /tmp "$root/tmp"
        mkdir -p "$root$repository"; mount --bind "$repository" "$root$repository"
        exec chroot "$root" /usr/bin/env --chdir="$repository" wine "$@"' wine "$@"
    ;;
*) echo "wine.sh: $arch: expected x64 or x86" >&2; exit 2 ;;
esac
