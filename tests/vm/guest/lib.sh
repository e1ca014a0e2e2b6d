# What the parts share: TAP, waiting, emulated registers on USB.
number=0
unit=zabbix-atol
config=/etc/zabbix-atol/zabbix-atol.yaml
state=/var/lib/zabbix-atol
driver_library=/usr/lib/atol/libfptr10.so
driver="driver:usb?lib=$driver_library"
by_id=/dev/serial/by-id/usb-ATOL_ATOL_USB_Device_00106100000001
serial=00106112345678

# check "what holds" COMMAND…: its output is shown when it fails.
check() {
    local name=$1 began
    shift
    began=$(date +%s%N)
    number=$((number + 1))
    if "$@" >/tmp/check.out 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        cut -c1-400 /tmp/check.out | tail -n 12 | sed 's/^/#   /'
    fi
    echo "# $((($(date +%s%N) - began) / 1000000)) ms"
}

# skip "what would hold" "why it is not looked at"
skip() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

# within SECONDS COMMAND…: until it holds. udev, systemd and a poll of another process tell nobody when they are done.
within() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $until ] || { "$@"; return; }
        sleep 0.1
    done
}

# ready COMMAND…: what a check needs is there. Nobody is measured by it: a guest beside other work may take its time.
ready() { within 60 "$@" || { echo "# in vain for 60 s: $*"; return 1; }; }

not() { ! "$@"; }
holds() { grep -qE -- "$2" "$1"; }

# took_less MILLISECONDS COMMAND…: whatever its status; its output goes on.
took_less() {
    local limit=$1 began took
    shift
    began=$(date +%s%N)
    "$@"
    took=$((($(date +%s%N) - began) / 1000000))
    echo "took $took ms"
    [ $took -le "$limit" ]
}

# took_more MILLISECONDS ACTION: `systemctl ACTION` of the service takes at most so much longer than that of a service that does
# nothing: a guest without hardware help beside other work needs seconds for either.
took_more() {
    local limit=$1 action=$2 began idle
    began=$(date +%s%N)
    systemctl "$action" za-idle
    idle=$((($(date +%s%N) - began) / 1000000))
    echo "a service that does nothing: $idle ms"
    took_less $((idle + limit)) systemctl "$action" $unit
}

# state_is STATE ADDRESS [OPTION…]: what `get` says, and how long it took. What shall be read may take its time: the vendor's driver
# wanted 17 s in a guest without hardware help beside other work.
state_is() {
    local wanted=$1
    shift
    [ "$wanted" != ok ] || [[ " $* " = *" --timeout "* ]] || set -- "$@" --timeout 60s
    zabbix-atol get "$@" >/tmp/get.json 2>/tmp/get.err
    head -c 300 /tmp/get.json
    grep -oE '"error": ?"[^"]*"' /tmp/get.json
    holds /tmp/get.json "\"state\": ?\"$wanted\""
}

says() { holds /tmp/get.json "$1" || { grep -oE '"error": ?"[^"]*"' /tmp/get.json; false; }; }

# The exchange port of register N's gadget as /dev/ttyACM…, or its OFD port: port SERIAL 0|2
port() { readlink -f /dev/serial/by-id/*"$1-if0$2"; }

# emulate N TTYGS [OPTION…] and stop_emulator N: the register behind gadget N.
emulate() {
    local n=$1 gadget=$2
    shift 2
    rm -f /tmp/kkt$n.log
    atol-emulator --pty /tmp/kkt$n --state /tmp/state$n.json "$@" >/tmp/kkt$n.log 2>&1 &
    echo $! >/tmp/kkt$n.pid
    ready holds /tmp/kkt$n.log '^ready'
    ./bridge /tmp/kkt$n "$gadget" &
    echo $! >/tmp/bridge$n.pid
}
stop_emulator() {
    kill "$(cat /tmp/kkt$1.pid)" "$(cat /tmp/bridge$1.pid)" 2>/dev/null
    wait "$(cat /tmp/kkt$1.pid)" "$(cat /tmp/bridge$1.pid)" 2>/dev/null
}
emulate_again() { stop_emulator "$1"; emulate "$@"; }

settle_udev() { udevadm settle --timeout=10; }

# The first gadget, plugged in, with its register; idempotent, for parts that run alone.
plug_first() {
    [ -e $by_id-if00 ] && [ -e /tmp/kkt1.pid ] && kill -0 "$(cat /tmp/kkt1.pid)" 2>/dev/null && return
    modprobe dummy_hcd num=2
    [ -d /sys/kernel/config/usb_gadget/k1 ] || ./gadget.sh k1 dummy_udc.0 00106100000001
    ready test -e $by_id-if00
    emulate 1 /dev/ttyGS0
}

main_pid() { systemctl show -p MainPID --value $unit; }
restarts() { systemctl show -p NRestarts --value $unit; }
snapshot_is() { holds "$state/$1.json" "\"state\": ?\"$2\"" || { head -c 400 "$state/$1.json"; false; }; }
fresh_snapshot_is() { [ "$state/$1.json" -nt "$3" ] && snapshot_is "$1" "$2"; }

prepare() {
    printf '[Service]\nExecStart=sleep infinity\n' >/run/systemd/system/za-idle.service
    systemctl daemon-reload
    atol-emulator --dump-state >/tmp/state1.json
    sed 's/00106112345678/00106112345999/' /tmp/state1.json >/tmp/state2.json
    mkdir -p /etc/zabbix-atol
    cat >$config <<Y
defaults:
  interval: 2s
registers:
  - {name: k-usb, connect: "serial:$by_id-if00"}
  - {name: k-tcp, connect: "tcp://127.0.0.1:5555"}
push:
  agent_config: /etc/zabbix/zabbix_agentd.conf
  interval: 1s
Y
    socat TCP-LISTEN:10051,bind=127.0.0.1,fork,reuseaddr EXEC:/share/trapper.sh 2>/dev/null &
    atol-emulator --tcp 127.0.0.1:5555 --state /tmp/state2.json >/tmp/tcp.log 2>&1 &
    ready holds /tmp/tcp.log '^ready'
}
