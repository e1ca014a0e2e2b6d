#!/usr/bin/env bash
# The libraries that the packages and the Windows programs hold, from Debian's source packages (versions pinned, checked
# by apt's signatures). Usage: sources.sh FOLDER. Leaves FOLDER/src/NAME-VERSION, unpacked, and the .dsc files beside it.
set -euo pipefail
folder=$1
sources="libuv1=1.44.2-1+deb12u1 jansson=2.14-2 libyaml=0.2.5-1 cmocka=1.1.5-2.1"
missing=()
for one in $sources; do [ -e "$folder/src/${one%%=*}.done" ] || missing+=("$one"); done
[ ${#missing[@]} -gt 0 ] || exit 0
mkdir -p "$folder/apt/lists/partial" "$folder/src"
command -v dpkg-source >/dev/null || {
    apt-get -o DPkg::Lock::Timeout=600 update -q >/dev/null
    apt-get -o DPkg::Lock::Timeout=600 install -y -q --no-install-recommends dpkg-dev >/dev/null
}
# An index of its own: the system's list of sources stays as it is.
cat >"$folder/apt/sources.list" <<LIST
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm-updates main
LIST
options=(-o "Dir::Etc::SourceList=$folder/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update -q >/dev/null
for one in "${missing[@]}"; do
    (cd "$folder/src" && apt-get "${options[@]}" source -q "$one" >/dev/null)
    touch "$folder/src/${one%%=*}.done"
done
