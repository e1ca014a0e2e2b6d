#!/bin/bash
# What root may do, and the unit's sandbox must not let it: a row a line of the unit. Run outside, each command works; run by the unit
# itself (sandbox.sh), each must fail. Prints "NAME open" or "NAME closed".
row() {
    local name=$1
    shift
    if bash -c "$*" >/dev/null 2>&1; then echo "$name open"; else echo "$name closed"; fi
}

row NoNewPrivileges "grep -q '^NoNewPrivs:.*0' /proc/self/status"
row ProtectSystem 'touch /usr/probe'
row ProtectHome 'ls /root/probe'
row PrivateTmp 'test -e /tmp/probe'
row ProtectKernelTunables ': >>/sys/module/printk/parameters/time'
row ProtectKernelModules 'ls /usr/lib/modules/*'
row ProtectKernelLogs ': </dev/kmsg'
row ProtectControlGroups 'mkdir /sys/fs/cgroup/probe && rmdir /sys/fs/cgroup/probe'
row ProtectClock 'date -s "@$(date +%s)"'
row ProtectHostname 'hostname "$(hostname)"'
row RestrictNamespaces 'unshare -U true'
row RestrictRealtime 'chrt -f 1 true'
row RestrictSUIDSGID 'f=$(mktemp -p ${STATE_DIRECTORY:-/var/tmp}) && chmod u+s $f; s=$?; rm -f $f; exit $s'
row LockPersonality 'setarch -R true'
row RestrictAddressFamilies 'perl -e "exit !socket(S, 17, 3, 0)"' # AF_PACKET
row CapabilityBoundingSet "grep -q '^CapBnd:.*[1-9a-f]' /proc/self/status"
row SystemCallArchitectures '/share/compat'
row SystemCallFilter-privileged 'chroot / true'
row SystemCallFilter-resources 'ionice -c 3 true'
row MemoryDenyWriteExecute 'perl -e "exit(syscall(9, 0, 4096, 7, 0x22, -1, 0) == -1)"' # mmap, writable and executable
row PrivateUsers "grep -qE '^ +0 +0 +4294967295' /proc/self/uid_map"
row ProcSubset 'test -e /proc/meminfo'
row DevicePolicy 'head -c 1 /dev/vda'
row LimitNOFILE '[ $(ulimit -n) -lt 65536 ]'
