# In the build root, after deb.sh: rpm.sh TRIPLET MACHINE VERSION. Leaves /build/*.rpm.
set -eu
umask 022
triplet=$1 machine=$2 version=$3
tree=/build/tree
rm -rf "$tree"
cp -a /build/src/debian/tmp "$tree"
cp /build/src/CHANGELOG.md /build/src/LICENSE "$tree/usr/share/doc/zabbix-atol/"
"$triplet-strip" --strip-unneeded "$tree/usr/bin/zabbix-atol" "$tree/usr/bin/atol-emulator"
install -d "$tree/etc/zabbix-atol/registers.d" "$tree/var/lib/zabbix-atol/spool"
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
rpmbuild -bb --target "$machine" --define "tree $tree" --define "version $version" --define "_topdir /build/rpmbuild" \
    --define "_buildhost zabbix-atol" --define "use_source_date_epoch_as_buildtime 1" --define "clamp_mtime_to_source_date_epoch 1" \
    --define "_rpmdir /build" --define "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm" /build/src/packaging/rpm/zabbix-atol.spec
