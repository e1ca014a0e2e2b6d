# RS-232: a 16550 of the guest, joined to an emulated register by a line that has a speed, and a plug (line.py).
exec 8<>/dev/virtio-ports/line
line() {
    local answer
    echo "$*" >&8
    read -r -t 10 answer <&8
}

read_at() {
    line "baud $1"
    state_is ok "serial:/dev/ttyS1?baud=$1" --timeout 60s
}
for baud in 115200 57600 38400 19200 9600 4800; do
    check "a register at $baud baud is read" read_at $baud
done

wrong_speed() {
    line "baud 115200"
    state_is '(unreachable|error)' "serial:/dev/ttyS1?baud=9600" --timeout 4s && says 'baud|speed'
}
check "another speed than the register's: a state that names the speed" wrong_speed

pulled() {
    line unplug
    state_is unreachable serial:/dev/ttyS1 --timeout 4s
}
check "a pulled plug: unreachable, in time" took_less 8000 pulled
line plug
check "plugged in again: read" state_is ok serial:/dev/ttyS1 --timeout 20s

pulled_in_mid_poll() {
    line "baud 9600"
    (sleep 1; line unplug) &
    zabbix-atol get "serial:/dev/ttyS1?baud=9600" --timeout 6s >/tmp/get.json
    wait $!
    says '"state": ?"(partial|unreachable)"'
}
check "pulled in the middle of a poll: partial or unreachable, in time" took_less 12000 pulled_in_mid_poll
line plug

scan_finds() {
    line "baud $1"
    timeout 60 zabbix-atol discover --scan --serial | tee /tmp/scan.out | grep -q $serial || { cat /tmp/scan.out; false; }
}
check "discover --scan --serial finds it" scan_finds 115200
check "  at another speed too" scan_finds 57600
check "discover --scan alone writes into no RS-232 port" bash -c "zabbix-atol discover --scan | grep -vq $serial"
exec 8>&-
