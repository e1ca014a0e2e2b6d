# In the build root: deb.sh ARCH TRIPLET VERSION MACHINE. /build/src is the source, /libs the libraries. Leaves /build/*.deb
# and, for the rpm, /build/src/debian/tmp.
set -eu
umask 022
arch=$1
cd /build/src
# The tests of the repository's tree need git; here are the unit tests alone.
dpkg-buildpackage -b -us -uc -d -a"$arch"
