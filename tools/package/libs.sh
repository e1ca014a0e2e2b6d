#!/bin/sh
# In the build root: the libraries for one target, static. libs.sh COMPILER PROCESSOR PREFIX; sources in /sources/src.
set -eu
compiler=$1 processor=$2 prefix=$3
export SOURCE_DATE_EPOCH=1
# cmocka would guess uintptr_t, wrongly where musl has no __WORDSIZE; every user of it includes stdint.h.
flags="-O2 -fPIC -ffunction-sections -fstack-protector-strong -fstack-clash-protection -ffile-prefix-map=/sources/src=. -D_UINTPTR_T_DEFINED $4"

# build NAME FOLDER-PATTERN CMAKE-OPTIONS…
build() {
    name=$1 from=$(find /sources/src -maxdepth 1 -type d -name "$2" | head -n 1)
    shift 2
    [ -n "$from" ] || { echo "libs.sh: the source of $name is not there" >&2; exit 1; }
    { cmake -S "$from" -B "/build/libs/$name" -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="$processor" \
        -DCMAKE_C_COMPILER="${compiler%% *}" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="${compiler#"${compiler%% *}"} $flags" \
        -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF "$@" &&
        cmake --build "/build/libs/$name" -j2 && cmake --install "/build/libs/$name"; } >"/build/$name.log" 2>&1 ||
        { tail -n 20 "/build/$name.log"; exit 1; }
}

build libuv 'libuv1-*' -DBUILD_TESTING=OFF -DLIBUV_BUILD_TESTS=OFF
build jansson 'jansson-*' -DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON -DJANSSON_EXAMPLES=OFF
build libyaml 'libyaml-*' -DBUILD_TESTING=OFF
build cmocka 'cmocka-*' -DWITH_EXAMPLES=OFF -DWITH_STATIC_LIB=ON -DUNIT_TESTING=OFF

# Static only, and one .pc each, as Meson asks for them.
rm -rf "$prefix"/lib/*.so* "$prefix/lib/pkgconfig"
[ ! -e "$prefix/lib/libuv_a.a" ] || mv "$prefix/lib/libuv_a.a" "$prefix/lib/libuv.a"
[ ! -e "$prefix/lib/libcmocka-static.a" ] || mv "$prefix/lib/libcmocka-static.a" "$prefix/lib/libcmocka.a"
mkdir -p "$prefix/lib/pkgconfig"
pc() { # NAME VERSION LIBS [CFLAGS]
    printf 'prefix=%s\nName: %s\nDescription: static\nVersion: %s\nLibs: -L${prefix}/lib %s\nCflags: -I${prefix}/include %s\n' \
        "$prefix" "$1" "$2" "$3" "${4:-}" >"$prefix/lib/pkgconfig/$1.pc"
}
pc libuv 1.44.2 '-luv -lpthread -ldl -lrt'
pc jansson 2.14 -ljansson
pc yaml-0.1 0.2.5 -lyaml
pc cmocka 1.1.5 -lcmocka -D_UINTPTR_T_DEFINED
mkdir -p "$prefix/licences"
cp /sources/src/libuv1-*/LICENSE "$prefix/licences/libuv"
cp /sources/src/jansson-*/LICENSE "$prefix/licences/jansson"
cp /sources/src/libyaml-*/License "$prefix/licences/libyaml"
for one in uv jansson yaml cmocka; do [ -e "$prefix/lib/lib$one.a" ] || { echo "libs.sh: no lib$one.a" >&2; exit 1; }; done
