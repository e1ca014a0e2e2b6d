# A register on USB: two ACM functions, of which interface 00 is the exchange port and 02 belongs to the OFD program.
plug_first
exchange=$(port 00106100000001 0)

# The other end of interface 02, on which the register would hear what is written into the OFD program's port.
hear_ofd_port() {
    stty -F /dev/ttyGS1 raw -echo
    cat /dev/ttyGS1 >/tmp/ofd.bytes &
    heard=$!
}
hear_ofd_port

check "discover --scan names the register by its by-id name" bash -c "zabbix-atol discover --scan | grep -q '$by_id-if00'"
check "a link of the register's own leads to its exchange port" bash -c "[ \$(readlink -f /dev/kkt-00106100000001) = $exchange ]"
check "  and is an address" state_is ok serial:/dev/kkt-00106100000001
check "get serial: reads it over USB" state_is ok "serial:$by_id-if00"
check "get auto finds it" state_is ok auto
check "the port that is not the exchange port is refused by name" bash -c ". ./lib.sh; state_is '(error|prerequisite|unreachable)' serial:$(port 00106100000001 2) --timeout 3s && says 'if00|interface|$by_id'"
check "  and nothing was written into it" test ! -s /tmp/ofd.bytes
echo seen >"$(port 00106100000001 2)"
check "  (what is written there is seen here)" within 60 holds /tmp/ofd.bytes seen
kill $heard 2>/dev/null
wait $heard 2>/dev/null

# Somebody else has the port.
./holder "$exchange" >/tmp/holder.log &
holder=$!
ready holds /tmp/holder.log holding
check "a port that another program has open is busy, with its name and pid" bash -c ". ./lib.sh; state_is busy serial:$by_id-if00 --timeout 3s && says holder && says $holder"
kill $holder
wait $holder 2>/dev/null

# The plug.
emulate_again 1 /dev/ttyGS0 --latency-ms 50
(ready test -s /tmp/kkt1.log; sleep 1; ./gadget.sh k1 down) &
unplugged() {
    zabbix-atol get "serial:$by_id-if00" >/tmp/get.json
    says '"state": ?"(unreachable|partial)"'
}
check "unplugged in the middle of a poll: told long before the time-out" took_less 8000 unplugged
check "  as unreachable, or partial with what was read" says '"state": ?"(unreachable|partial)"'
wait $!
./gadget.sh k1 up dummy_udc.0
ready test -e $by_id-if00
emulate_again 1 /dev/ttyGS0
check "plugged in again: read" state_is ok "serial:$by_id-if00"

cp $config /tmp/good.yaml
cat >$config <<Y
defaults:
  interval: 15s
  timeout: 15s
registers:
  - {name: k-usb, connect: "serial:$by_id-if00"}
Y
rm -f $state/k-usb.json
systemctl start $unit
ready snapshot_is k-usb ok
./gadget.sh k1 down
check "serve says that it is gone" within 60 snapshot_is k-usb unreachable
# The pause between the polls of a register that is away grows, here to 60 s; its return must not wait for its end. The
# first poll may come before it answers: 15 s, and 15 s until the next one; or lose its first request to it, which is partial.
within 120 holds $state/k-usb.json '"confirmed": ?3'
./gadget.sh k1 up dummy_udc.0
ready test -e $by_id-if00
emulate_again 1 /dev/ttyGS0
polled_at_once() { within 50 snapshot_is k-usb '(ok|partial)' || { journalctl -u $unit -o short-precise -n 12 --no-pager; false; }; }
check "a device that comes back is polled at once" polled_at_once
systemctl stop $unit
cp /tmp/good.yaml $config

./holder "$(port 00106100000001 0)" >/tmp/holder.log &
holder=$!
ready holds /tmp/holder.log holding
./gadget.sh k1 down
./gadget.sh k1 up dummy_udc.0
ready test -e $by_id-if00
emulate_again 1 /dev/ttyGS0
check "plugged in under another ttyACM name: read by its by-id name" state_is ok "serial:$by_id-if00"
kill $holder 2>/dev/null
wait $holder 2>/dev/null

# Two of them.
[ -d /sys/kernel/config/usb_gadget/k2 ] || ./gadget.sh k2 dummy_udc.1 00106100000002
ready bash -c 'test -e /dev/serial/by-id/*00106100000002-if00'
emulate 2 /dev/ttyGS2
check "discover --scan finds two registers" bash -c "zabbix-atol discover --scan | grep -cE '00106112345(678|999)' | grep -qx 2"
check "auto with two registers says so" bash -c ". ./lib.sh; zabbix-atol get auto >/tmp/get.json 2>/tmp/get.err; cat /tmp/get.err /tmp/get.json | grep -qiE 'several|two registers|несколько|2 '"
stop_emulator 1
stop_emulator 2
for k in k1 k2; do
    ./gadget.sh $k down
    echo >/sys/kernel/config/usb_gadget/$k/strings/0x409/serialnumber
done
./gadget.sh k1 up dummy_udc.0
./gadget.sh k2 up dummy_udc.1
settle_udev
emulate 1 /dev/ttyGS0
emulate 2 /dev/ttyGS2
check "without USB serial numbers the by-id name that both have is not proposed" bash -c "! zabbix-atol discover --scan | grep -E '^ *serial:/dev/serial/by-id/.*-if00'"
names_by_path() {
    zabbix-atol discover --scan | tee /tmp/scan.out
    [ "$(grep -oE 'serial:/dev/serial/by-path/[^ ]*:1\.0' /tmp/scan.out | sort -u | wc -l)" = 2 ]
}
check "  but names by path, one a register" names_by_path

# A port that takes no data: the gadget's side is not read. close(2) waits 30 s for its bytes.
stop_emulator 2
stuck=$(readlink -f /dev/serial/by-path/*0:1:1.0 | grep -v "$(readlink -f /dev/serial/by-path/*0:1:1.0 | head -n 1)" | head -n 1)
stuck=${stuck:-$(for p in /dev/serial/by-path/*:1.0; do readlink -f "$p"; done | tail -n 1)}
stuck_name=$(for p in /dev/serial/by-path/*:1.0; do [ "$(readlink -f "$p")" = "$stuck" ] && echo "$p"; done | head -n 1)
check "a port that takes no data is given up in time (--timeout 3s)" took_less 6000 zabbix-atol get "serial:$stuck_name" --timeout 3s
cat >$config <<Y
defaults:
  interval: 2s
  timeout: 3s
registers:
  - {name: k-stuck, connect: "serial:$stuck_name"}
$(for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "  - {name: k-tcp-$n, connect: \"tcp://127.0.0.1:57$((n + 10))\"}"; done)
Y
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
    atol-emulator --tcp 127.0.0.1:57$((n + 10)) --state /tmp/state2.json >/tmp/tcp$n.log 2>&1 &
    echo $! >>/tmp/twelve.pids
done
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do ready holds /tmp/tcp$n.log '^ready'; done
systemctl start $unit
ready snapshot_is k-tcp-12 ok
# The age of the youngest poll of each of the twelve, looked at for 30 s: none may grow beyond two intervals and a bit.
no_late_poll() {
    local until=$((SECONDS + 30)) n worst=0 age
    while [ $SECONDS -lt $until ]; do
        for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
            age=$(($(date +%s) - $(stat -c %Y "$state/k-tcp-$n.json")))
            [ $age -le $worst ] || worst=$age
        done
        sleep 1
    done
    echo "the oldest snapshot was $worst s old"
    [ $worst -le 6 ]
}
check "twelve registers on the network beside a stuck port: no late poll" no_late_poll
check "  and the stuck one has its state" not snapshot_is k-stuck ok
systemctl stop $unit
# shellcheck disable=SC2046 # a word a register
kill $(cat /tmp/twelve.pids) 2>/dev/null
cp /tmp/good.yaml $config
for k in k1 k2; do ./gadget.sh $k down; done
stop_emulator 1
echo 00106100000001 >/sys/kernel/config/usb_gadget/k1/strings/0x409/serialnumber
./gadget.sh k1 up dummy_udc.0
ready test -e $by_id-if00
emulate 1 /dev/ttyGS0
