# In the build root: static.sh ARCH TRIPLET VERSION MACHINE. Leaves /build/zabbix-atol-VERSION-linux-MACHINE-static.tar.xz.
set -eu
umask 022
triplet=$2 version=$3 machine=$4
cd /build/src
name=zabbix-atol-$version-linux-$machine-static
meson setup /build/obj . --cross-file /build/cross.txt --prefix=/ --buildtype=minsize -Ddriver=disabled -Dprefer_static=true \
    -Dtests=enabled -Dc_args=-ffile-prefix-map=/build/src=.
ninja -C /build/obj
meson test -C /build/obj --no-rebuild --print-errorlogs --timeout-multiplier 20
DESTDIR=/build/tree meson install -C /build/obj --quiet --no-rebuild
tree=/build/$name
mkdir -p "$tree/licences"
# One symbol stays: by it the reader of the hardening sees the stack protector.
"$triplet-strip" --keep-symbol=__stack_chk_fail /build/tree/bin/zabbix-atol /build/tree/bin/atol-emulator
cp /build/tree/bin/zabbix-atol /build/tree/bin/atol-emulator "$tree/"
cp -r /build/tree/share/zabbix-atol/* "$tree/"
cp -r /build/tree/share/doc/zabbix-atol/* "$tree/"
cp -r /build/tree/share/man "$tree/"
cp /libs/licences/* "$tree/licences/"
cat >"$tree/README.static.txt" <<TEXT
zabbix-atol $version, static, for any Linux on $machine: without the vendor's driver.
CONNECT is tcp:// or serial: here; driver: wants the .deb or .rpm package.
Copy zabbix-atol to /usr/local/bin, then: zabbix-atol get tcp://HOST:5555

zabbix-atol $version, статическая сборка для любого Linux на $machine: без драйвера АТОЛ.
CONNECT здесь только tcp:// или serial:, а driver: есть в пакетах .deb и .rpm.
Скопируйте zabbix-atol в /usr/local/bin, затем: zabbix-atol get tcp://АДРЕС:5555
TEXT
cd /build
find "$name" -type d -exec chmod 755 {} + -o -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
find "$name" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf - "$name" | xz -T1 -6 >"$name.tar.xz"
