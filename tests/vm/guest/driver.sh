# The vendor's own driver on the same register over libusb, and the native client beside it.
plug_first

# What both must agree on, one value a line.
facts() { tr -d ' \n' <"$1" | grep -oE '"(serial|valid_until|number|organization_inn|unsent_count|last_document|state|firmware)":"?[^,"}]*' | sort; }

agree_ten_times() {
    local n
    for n in 1 2 3 4 5 6 7 8 9 10; do
        ready test -e $by_id-if00 || return 1
        zabbix-atol get "serial:$by_id-if00" --timeout 60s >/tmp/native.json || { cat /tmp/native.json; return 1; }
        zabbix-atol get "$driver" --timeout 60s >/tmp/driver.json || { cat /tmp/driver.json; return 1; }
        diff <(facts /tmp/native.json) <(facts /tmp/driver.json) || return 1
    done
}

driver_checks() {
    check "the vendor's driver reads the register over USB" state_is ok "$driver"
    check "after it interface 00 has its kernel driver again" within 30 test -e $by_id-if00
    check "driver and native client agree, ten times in turn" agree_ten_times
    check "driver:usb/PATH reads that one" bash -c ". ./lib.sh; path=\$(zabbix-atol discover --scan | grep -oE 'driver:usb/[^ ,]+' | head -n 1); echo \"\$path\"; [ -n \"\$path\" ] && state_is ok \"\$path?lib=$driver_library\""

    emulate_again 1 /dev/ttyGS0 --latency-ms 150
    zabbix-atol get "$driver" >/tmp/driver.json &
    ready bash -c "! test -e $by_id-if00"
    check "while a driver session holds the register, serial: is busy" state_is busy "serial:$by_id-if00" --timeout 2s
    check "  and auto is busy too, and writes into no other port" state_is busy auto --timeout 3s
    wait $!
    ready test -e $by_id-if00
    emulate_again 1 /dev/ttyGS0

    ./holder "$(port 00106100000001 0)" flock >/tmp/holder.log &
    local holder=$!
    ready holds /tmp/holder.log holding
    check "driver:usb leaves a register alone whose port another program has open" state_is busy "$driver"
    check "  and that program keeps its port" not holds /tmp/holder.log lost
    kill $holder 2>/dev/null
    wait $holder 2>/dev/null
    ./holder "$(port 00106100000001 2)" >/tmp/holder.log &
    holder=$!
    ready holds /tmp/holder.log holding
    check "driver:usb leaves an OFD program on interface 02 undisturbed" bash -c ". ./lib.sh; state_is busy \"$driver\"; ! grep -q lost /tmp/holder.log"
    check "  while the native client reads beside it" state_is ok "serial:$by_id-if00"
    check "  and that program keeps its port" not holds /tmp/holder.log lost
    kill $holder 2>/dev/null
    wait $holder 2>/dev/null

    emulate_again 1 /dev/ttyGS0 --latency-ms 500
    zabbix-atol get "$driver" --timeout 4s >/tmp/driver.json
    check "a driver poll that is stopped at its deadline gives the port back" within 30 test -e $by_id-if00
    emulate_again 1 /dev/ttyGS0
    check "  and the register is read natively" state_is ok "serial:$by_id-if00"
    chmod 600 /dev/bus/usb/*/*
    check "driver:usb without rights says so" bash -c ". ./lib.sh; runuser -u nobody -- zabbix-atol get \"$driver\" >/tmp/get.json; says 'prerequisite' && says '[Pp]ermission|dialout|rights'"
    chmod 660 /dev/bus/usb/*/*
}

if [ -e $driver_library ]; then
    driver_checks
else
    skip "the vendor's driver reads the register over USB" "the vendor's driver is not in this guest"
fi
