#!/usr/bin/env bash
# The libraries for the Windows programs, from Debian's source packages (versions pinned, checked by apt's signatures),
# static, for Windows 7 and later. Usage: deps.sh x64|x86 PREFIX. A finished prefix is left as it is.
set -euo pipefail
arch=$1 prefix=$2
cache=${ZA_CACHE:-$HOME/.cache/zabbix-atol}/windows
stamp="$prefix/done-$(cat "$0" tools/sources.sh | md5sum | cut -c1-8)" # another recipe is another build
[ -e "$stamp" ] && exit 0

case $arch in
x64) host=x86_64-w64-mingw32 cpu=x86_64 ;;
x86) host=i686-w64-mingw32 cpu=i686 ;;
*) echo "deps.sh: $arch: expected x64 or x86" >&2; exit 2 ;;
esac

# build NAME FOLDER-PATTERN CMAKE-OPTIONS…
build() {
    local name=$1 from
    from=$(find "$cache/src" -maxdepth 1 -type d -name "$2" | head -n 1)
    shift 2
    [ -n "$from" ] || { echo "deps.sh: the source of $name is not there" >&2; exit 1; }
    echo "-- $name for $arch"
    cmake -S "$from" -B "$prefix/build/$name" -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_SYSTEM_PROCESSOR=$cpu \
        -DCMAKE_C_COMPILER=$host-gcc -DCMAKE_RC_COMPILER=$host-windres -DCMAKE_BUILD_TYPE=MinSizeRel \
        -DCMAKE_C_FLAGS="-D_WIN32_WINNT=0x0601 -ffunction-sections -fstack-protector-strong" -DCMAKE_INSTALL_PREFIX="$prefix" \
        -DCMAKE_FIND_ROOT_PATH=/usr/$host -DBUILD_SHARED_LIBS=OFF "$@" >"$prefix/$name.log" 2>&1 &&
        cmake --build "$prefix/build/$name" -j2 >>"$prefix/$name.log" 2>&1 &&
        cmake --install "$prefix/build/$name" >>"$prefix/$name.log" 2>&1 ||
        { tail -n 20 "$prefix/$name.log"; exit 1; }
}

# licences FOLDER: those of what is linked into the programs.
licences() {
    mkdir -p "$1"
    cp "$cache"/src/libuv1-*/LICENSE "$1/libuv"
    cp "$cache"/src/jansson-*/LICENSE "$1/jansson"
    cp "$cache"/src/libyaml-*/License "$1/libyaml"
}

bash tools/sources.sh "$cache"
mkdir -p "$prefix"
build libuv 'libuv1-*' -DBUILD_TESTING=OFF -DLIBUV_BUILD_TESTS=OFF
build jansson 'jansson-*' -DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON -DJANSSON_EXAMPLES=OFF
build libyaml 'libyaml-*' -DBUILD_TESTING=OFF
build cmocka 'cmocka-*' -DWITH_EXAMPLES=OFF -DWITH_STATIC_LIB=ON -DUNIT_TESTING=OFF
# Static only: no import library may win over its static twin; and one .pc each, as Meson asks for them.
rm -rf "${prefix:?}"/bin "$prefix"/lib/*.dll.a "$prefix/build" "$prefix"/lib/pkgconfig
mv "$prefix/lib/libuv_a.a" "$prefix/lib/libuv.a"
mv "$prefix/lib/libcmocka-static.a" "$prefix/lib/libcmocka.a"
pc() { # NAME VERSION LIBS [CFLAGS]
    mkdir -p "$prefix/lib/pkgconfig"
    printf 'prefix=%s\nName: %s\nDescription: static, for Windows\nVersion: %s\nLibs: -L${prefix}/lib %s\nCflags: -I${prefix}/include %s\n' \
        "$(realpath "$prefix")" "$1" "$2" "$3" "${4:-}" >"$prefix/lib/pkgconfig/$1.pc"
}
pc libuv 1.44.2 '-luv -lpsapi -luser32 -ladvapi32 -liphlpapi -luserenv -lws2_32'
pc jansson 2.14 -ljansson
pc yaml-0.1 0.2.5 -lyaml -DYAML_DECLARE_STATIC
pc cmocka 1.1.5 -lcmocka -DCMOCKA_STATIC
licences "$prefix/licences"
touch "$stamp"
