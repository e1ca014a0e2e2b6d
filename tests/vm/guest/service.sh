# The service under a real systemd: user, folders, notification, reload, watchdog, hardening.

check "the service's user is in the group dialout" bash -c "id -nG $unit | grep -qw dialout"
check "the spool is closed to others" bash -c "[ \$(stat -c %a:%U $state/spool) = 750:$unit ] || [ \$(stat -c %a:%U $state/push.spool) = 750:$unit ]"
check "the unit file is right" bash -c "! systemd-analyze verify $unit.service 2>&1 | grep -v \"'man \" | grep ."
check "READY comes within 4 s" took_more 4000 start
check "a register on the network is read in the sandbox" within 60 snapshot_is k-tcp ok
check "zabbix_sender runs in the sandbox, and its packet is taken" within 60 test -s /tmp/trapper.log
check "STATUS says what serve does" within 60 bash -c "systemctl show -p StatusText --value $unit | grep -qE '[0-9]'"

# A register that is switched on after the service has started: DeviceAllow by name is resolved once, at the start.
check "no USB serial port was known when the service started" not grep -q '^166 ' /proc/devices
plug_first
check "the ports and the USB node of a register belong to dialout, 0660" bash -c \
    "[ \"\$(stat -c %G:%a \$(readlink -f $by_id-if00) /dev/bus/usb/001/002 | sort -u)\" = dialout:660 ]"
check "ModemManager is told to leave a register alone" bash -c "udevadm info $(port 00106100000001 0) | grep -q ID_MM_DEVICE_IGNORE=1"
check "a register that is switched on after the service started is read" within 60 snapshot_is k-usb ok

# Reload.
process=$(main_pid)
echo 'nonsense: 1' >>$config
check "reload of a wrong file fails" not systemctl reload $unit
check "  and leaves the service as it was" bash -c "[ $process = \$(systemctl show -p MainPID --value $unit) ] && systemctl -q is-active $unit"
sed -i '$d' $config
check "reload of a right file keeps the process" bash -c "systemctl reload $unit && [ $process = \$(systemctl show -p MainPID --value $unit) ]"
check "errors have the journal's priority err or warning" within 60 bash -c "journalctl -u $unit -p warning --no-pager -o cat | grep -q ."
check "lines of the journal carry no time of their own" bash -c "! journalctl -u $unit --no-pager -o cat | grep -E '^<?[0-9]|^[0-9]{4}-'"

check "stop takes less than two seconds" took_more 2000 stop
systemctl start $unit
kill -9 "$(main_pid)"
check "after kill -9 it is started again" within 60 bash -c "systemctl -q is-active $unit && [ \$(systemctl show -p NRestarts --value $unit) -ge 1 ]"
systemctl stop $unit

# A wrong configuration is not tried for ever.
mv $config /tmp/good.yaml
echo 'nonsense: 1' >$config
systemctl reset-failed $unit
systemctl start $unit 2>/dev/null
check "a wrong configuration ends the service, with no restart" within 60 bash -c "[ \$(systemctl show -p ActiveState --value $unit) = failed ] && [ \$(systemctl show -p NRestarts --value $unit) = 0 ]"
mv /tmp/good.yaml $config
systemctl reset-failed $unit

mkdir -p /run/systemd/system/$unit.service.d
printf '[Service]\nWatchdogSec=6\nRestartSec=1\n' >/run/systemd/system/$unit.service.d/watchdog.conf
systemctl daemon-reload
systemctl start $unit
fed=$((SECONDS + 8))
check "the watchdog is fed" bash -c "while [ \$SECONDS -lt $((fed - SECONDS)) ]; do sleep 1; done; [ \$(systemctl show -p NRestarts --value $unit) = 0 ]"
kill -STOP "$(main_pid)"
check "the watchdog restarts a process that stands still" within 60 bash -c "[ \$(systemctl show -p NRestarts --value $unit) -ge 1 ]"
systemctl stop $unit
rm -r /run/systemd/system/$unit.service.d
systemctl daemon-reload

exposure=$(systemd-analyze security $unit --no-pager | sed -n 's/.*level for.*: \([0-9.]*\).*/\1/p')
check "systemd-analyze security: at most 1.7 ($exposure)" awk -v e="$exposure" 'BEGIN {exit !(e != "" && e <= 1.7)}'
if [ -e $driver_library ]; then
    cat >/tmp/driver.yaml <<Y
defaults:
  interval: 3s
  timeout: 60s
registers:
  - {name: k-driver, connect: "$driver"}
Y
    cp $config /tmp/good.yaml
    cp /tmp/driver.yaml $config
    systemctl start $unit
    check "the vendor's driver reads a register in the sandbox" within 120 snapshot_is k-driver ok
    systemctl stop $unit
    cp /tmp/good.yaml $config
fi
