# Each line of the unit's sandbox by itself: the shipped unit with other commands and as root, so that nothing but the sandbox
# stands against what probe.sh tries.
fragment=$(systemctl show -p FragmentPath --value $unit)
probe_unit() { # NAME COMMAND [LINES OF THE UNIT THAT GO]
    sed -E "/^(Type|NotifyAccess|Exec.*|Restart(Sec|PreventExitStatus)?|WatchdogSec${3:+|$3})=/d; s/^(State|Runtime)Directory=.*/\1Directory=$1/; /^\[Install\]/,\$d" \
        "$fragment" >/run/systemd/system/$1.service
    printf 'Type=oneshot\nStandardOutput=truncate:/run/%s.out\nExecStart=%s\n' "$1" "$2" >>/run/systemd/system/$1.service
    systemctl daemon-reload
}

probe_unit probe "/bin/bash /share/probe.sh" "User|Group|SupplementaryGroups"
touch /tmp/probe /root/probe
bash ./probe.sh >/run/outside.out
rm -f /usr/probe
check "the unit's sandbox starts another program" systemctl start probe
while read -r name outside; do
    check "$name: works outside of the unit, not within" bash -c "echo outside $outside; grep '^$name ' /run/probe.out; [ $outside = open ] && grep -q '^$name closed' /run/probe.out"
done </run/outside.out

# As the service's own user: root would see both all the same.
probe_unit seen "/usr/bin/test ! -e /proc/1"
check "ProtectProc: the service's user sees the processes of others outside of the unit, not within" \
    bash -c "runuser -u $unit -- test -e /proc/1 && systemctl start seen"
probe_unit shared "/usr/bin/ipcmk -M 4096"
runuser -u $unit -- ipcmk -M 4096 >/dev/null
left() { ipcs -m | grep ' 4096 '; }
check "RemoveIPC: what the service's user shares outlives its program outside of the unit" left
check "  and is gone when the service ends" eval 'systemctl start shared && not left'
