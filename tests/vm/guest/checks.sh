#!/bin/bash
# In the guest, as root: the parts named in /share/parts, one after another, as TAP.
cd /share || exit 1
. ./lib.sh
echo "# Linux $(uname -r), systemd $(systemctl --version | head -n 1 | cut -d' ' -f2), up $(cut -d. -f1 /proc/uptime) s"
prepare
for part in $(cat parts); do
    . "./$part.sh"
done
echo "1..$number"
echo "# up $(cut -d. -f1 /proc/uptime) s"
