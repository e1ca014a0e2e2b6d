# In a bullseye minbase root: all that builds the packages. MIRROR is the root's own.
mirror=$(sed -n 's/^deb \([^ ]*\) .*/\1/p' /etc/apt/sources.list | head -n 1)
# From bookworm come Meson, for that of bullseye is too old, and musl, for bullseye has lost its armel.
echo "deb [arch=amd64,arm64,armel] $mirror bookworm main" >/etc/apt/sources.list.d/bookworm.list
printf 'Package: *\nPin: release n=bookworm\nPin-Priority: -10\n\nPackage: meson\nPin: release n=bookworm\nPin-Priority: 900\n' \
    >/etc/apt/preferences.d/meson
sed -i 's/^deb /deb [arch=amd64,arm64,armhf] /' /etc/apt/sources.list
for arch in arm64 armhf armel; do dpkg --add-architecture $arch; done
apt-get update -q
# shellcheck disable=SC2046 # a word a package
apt-get install -y -q --no-install-recommends debhelper dpkg-dev gcc libc6-dev meson ninja-build pkg-config cmake make file rpm \
    libc6:arm64 libc6:armhf crossbuild-essential-arm64 crossbuild-essential-armhf crossbuild-essential-armel \
    musl-tools/bookworm $(for arch in amd64 arm64 armel; do echo musl:$arch/bookworm musl-dev:$arch/bookworm; done) xz-utils qemu-user-static
apt-get clean
