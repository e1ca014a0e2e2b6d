#!/usr/bin/env bash
# make_guest.sh RELEASE CACHE: the guest's kernel, initrd and root folder below CACHE/vm-RELEASE, from Debian packages
# only. Made once; suite.py lays the program into a copy of it for each run.
set -euo pipefail
release=$1
cache=$2/vm-$release
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
[ -e "$cache/complete" ] && exit 0
case $release in
bookworm) packages=zabbix-agent,libuv1,libjansson4,libyaml-0-2 ;; # its agent brings zabbix_sender
*) packages=zabbix-agent,zabbix-sender,libuv1t64,libjansson4,libyaml-0-2 ;;
esac
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
root=$cache/root

rm -rf "$root" "$cache/kernel"
debootstrap --variant=minbase \
    --include=systemd-sysv,udev,dbus,kmod,procps,psmisc,socat,usbutils,libusb-1.0-0,libstdc++6,"$packages" \
    "$release" "$root" $mirror >"$cache/debootstrap.log"
version=$(chroot "$root" apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: linux-image-//p' | head -n 1)
chroot "$root" sh -c "cd /tmp && apt-get -qq -o APT::Sandbox::User=root download linux-image-$version"
dpkg-deb -x "$root"/tmp/linux-image-"$version"_*.deb "$cache/kernel"
rm -rf "$root"/tmp/*.deb "$root"/var/cache/apt/archives/*.deb "$root"/usr/share/{doc,man,locale}/* "$root"/var/lib/apt/lists/*
# Where /lib is a link into /usr the package may hold the modules there.
modules=$cache/kernel/lib/modules/$version
[ -d "$modules" ] || modules=$cache/kernel/usr/lib/modules/$version
base=${modules%/lib/modules/*}
depmod -b "$base" "$version"

# The modules that the guest wants, with what they need.
with_dependencies() {
    local module
    for module in "$@"; do
        modprobe -d "$base" -S "$version" --show-depends "$module" | awk '/^insmod/ {print $2}'
    done | awk '!seen[$0]++'
}
in_root=$root/lib/modules/$version
mkdir -p "$in_root"
with_dependencies dummy_hcd usb_f_acm cdc_acm 9p 9pnet_virtio virtio_console | while read -r file; do
    mkdir -p "$in_root/$(dirname "${file#*/"$version"/}")"
    cp "$file" "$in_root/${file#*/"$version"/}"
done
cp "$modules"/modules.{order,builtin,builtin.modinfo} "$in_root/"
depmod -b "$root" "$version"

# The checks begin when the share is there, write their results into it, and switch the guest off.
cat >"$root/etc/systemd/system/checks.service" <<'U'
[Unit]
Description=the checks of the suite
RequiresMountsFor=/share
[Service]
Type=oneshot
ExecStart=/bin/bash /share/checks.sh
ExecStopPost=/bin/systemctl --no-block poweroff
StandardOutput=file:/share/checks.tap
StandardError=inherit
[Install]
WantedBy=multi-user.target
U
ln -sf ../checks.service "$root/etc/systemd/system/multi-user.target.wants/"
mkdir -p "$root/share"
echo 'share /share 9p trans=virtio,version=9p2000.L 0 0' >"$root/etc/fstab"
printf "%s\n" 9pnet_virtio virtio_console >"$root/etc/modules-load.d/vm.conf"
: >"$root/etc/machine-id"
echo vm >"$root/etc/hostname"
systemctl --root="$root" -q disable zabbix-agent 2>/dev/null || true
rm -f "$root"/etc/systemd/system/getty.target.wants/*
ln -sf /dev/null "$root/etc/systemd/system/serial-getty@ttyS0.service"

initrd=$cache/initrd
rm -rf "$initrd"
mkdir -p "$initrd"/{bin,m,new,dev,proc,sys}
cp "$(command -v busybox)" "$initrd/bin/"
ln -s busybox "$initrd/bin/sh"
number=10
with_dependencies virtio_pci virtio_blk ext4 | while read -r file; do
    number=$((number + 1))
    case $file in
    *.xz) xz -dc "$file" >"$initrd/m/$number-$(basename "$file" .xz)" ;;
    *) cp "$file" "$initrd/m/$number-$(basename "$file")" ;;
    esac
done
cat >"$initrd/init" <<'U'
#!/bin/sh
b=/bin/busybox
$b mount -t devtmpfs d /dev
for module in /m/*; do $b insmod $module; done
i=0
while [ ! -b /dev/vda ] && [ $i -lt 100 ]; do $b sleep 0.1; i=$((i+1)); done
$b mount -t ext4 /dev/vda /new && $b mount --move /dev /new/dev && exec $b switch_root /new /sbin/init
U
chmod +x "$initrd/init"
(cd "$initrd" && find . | cpio -o -H newc --quiet | gzip -1) >"$cache/initrd.gz"
cp "$cache/kernel/boot/vmlinuz-$version" "$cache/vmlinuz"
rm -rf "$cache/kernel" "$initrd"
echo "$version" >"$cache/complete"
