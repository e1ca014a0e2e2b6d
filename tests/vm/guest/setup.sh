# `setup` on a computer with a register on USB, an agent and systemd: found, written, restarted, read; then nothing; then undone.
plug_first
cp $config /tmp/good.yaml
rm -f $config
rmdir /etc/zabbix-atol/registers.d 2>/dev/null
systemctl start zabbix-agent
ready systemctl -q is-active zabbix-agent
registers=/etc/zabbix-atol/registers.d/setup.yaml
parameters=$(sed -n 's/^Include=\(.*\)\/\*\.conf$/\1/p' /etc/zabbix/zabbix_agentd.conf | head -n 1)/zabbix-atol.conf

agent_process() { systemctl show -p MainPID --value zabbix-agent; }
# All that `setup` may change, and whether the agent is the same process.
touched() {
    find /etc/zabbix-atol /etc/zabbix -type f -exec sha256sum {} + | sort -k2
    getent group zabbix-atol
    agent_process
}

# setup_says STATUS "words" [OPTION…]: its exit status, and each line of "words" is printed.
setup_says() {
    local wanted=$1 words=$2 status word
    shift 2
    zabbix-atol setup --lang en "$@" </dev/null >/tmp/setup.out 2>&1
    status=$?
    cat /tmp/setup.out
    echo "status $status"
    [ $status = "$wanted" ] || return 1
    while read -r word; do
        grep -qF -- "$word" /tmp/setup.out || { echo "not said: $word"; return 1; }
    done <<<"$words"
}

# changes_nothing STATUS "words" [OPTION…]
changes_nothing() {
    touched >/tmp/touched.before
    setup_says "$@" || return 1
    touched | diff /tmp/touched.before -
}

# What the running agent answers a server.
agent_answers() {
    local key=$1
    printf "ZBXD\\1\\x$(printf %02x ${#key})\\0\\0\\0\\0\\0\\0\\0%s" "$key" | socat -t 15 - TCP:127.0.0.1:10050 | tee /tmp/agent.out | grep -aqE "$2" || { cat -v /tmp/agent.out | cut -c1-300; tail -n 6 /var/log/zabbix-agent/zabbix_agentd.log; false; }
}

./holder "$(port 00106100000001 0)" >/tmp/holder.log &
holder=$!
ready holds /tmp/holder.log holding
check "setup: a register whose port another program has: told by name, nothing is done" changes_nothing 1 "A register that is not read: serial:$by_id-if00
holder
see [!!] above" --yes --timeout 3s
kill $holder
wait $holder 2>/dev/null
check "setup --dry-run finds the register by by-id and interface, and changes nothing" changes_nothing 0 "Register, new: kassa-1 = serial:$by_id-if00, АТОЛ
Would write the new registers
Would write the user parameters: $parameters
Would restart: zabbix-agent" --dry-run
touched >/tmp/touched.fresh
before=$(agent_process)
check "setup writes, gives rights, restarts the agent by systemd, reads through it" setup_says 0 "Registers written: $registers
User parameters written: $parameters
Groups given to the agent's user: zabbix
Agent restarted: zabbix-agent
Value through the agent: kkt.get[kassa-1] = ok, АТОЛ
In Zabbix (once)" --yes
check "  the configuration names the register by by-id, interface and serial number" bash -c \
    "grep -q 'connect: \"serial:$by_id-if00\"' $registers && grep -q 'serial: \"$serial\"' $registers && [ \$(stat -c %a:%U:%G $registers) = 640:root:zabbix-atol ]"
check "  the agent is another process, and active" bash -c "systemctl -q is-active zabbix-agent && [ $before != $(agent_process) ]"
check "  a server that asks it gets the register's values" within 60 agent_answers "kkt.get[kassa-1]" '"state": ?"ok".*"metrics"'
check "setup again: nothing is changed, no process restarted" changes_nothing 0 "Register, configured: kassa-1
Agent, as it should be: zabbix-agent
Value through the agent: kkt.get[kassa-1] = ok
Nothing to change" --yes
check "setup --remove undoes it" setup_says 0 "Registers removed: $registers
User parameters removed: $parameters
Agent restarted: zabbix-agent" --remove --yes
check "  nothing is left of it" bash -c "diff <(sed '\$d' /tmp/touched.fresh) <(. ./lib.sh; $(declare -f touched agent_process); touched | sed '\$d')"
check "  the agent goes on, without the key" within 60 agent_answers "kkt.get[kassa-1]" 'ZBX_NOTSUPPORTED'
check "setup --remove again: nothing to change" changes_nothing 0 "Nothing to change" --remove --yes
systemctl stop zabbix-agent
cp /tmp/good.yaml $config
