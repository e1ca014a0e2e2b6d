#!/usr/bin/env bash
# The daily commands of zabbix-atol; `./run.sh` lists them. Works from a bare Debian 12: each command installs what it
# needs (apt-get, npm pack) when it is missing.
set -euo pipefail
cd "$(dirname "$0")"
export LC_ALL=C.UTF-8

build=${BUILD:-build}                                   # optimised, for people
check=${CHECK_BUILD:-build-check}                       # ASan + UBSan, for the tests
case ${SANITIZE:-} in                                   # what serve, driver, differential and zabbix test
'') tested=$build ;;
thread) tested="build-thread" ;;                          # SANITIZE=thread: TSan
*) tested=$check ;;                                     # SANITIZE=1: ASan + UBSan
esac
cache=${ZA_CACHE:-$HOME/.cache/zabbix-atol}             # the vendor's driver and other things that are never committed
driver_package=node-atol-wrapper
driver_version=0.0.20                                   # driver 10.8.0.0
uema_version=0.0.28                                     # driver 10.10.8.0

say() { printf '\n== %s\n' "$*"; }

started=() # processes, and with a minus process groups, that end with this command
trap 'kill -- "${started[@]}" 2>/dev/null || true' EXIT

# need COMMAND-OR-FILE PACKAGE [… pairs]: installs the packages whose command or file is missing.
need() {
    local missing=()
    while [ $# -gt 0 ]; do
        if ! command -v "$1" >/dev/null 2>&1 && [ ! -e "$1" ]; then missing+=("$2"); fi
        shift 2
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "installing ${missing[*]}"
    local root=()
    [ "$(id -u)" = 0 ] || root=(sudo)
    "${root[@]}" apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
}

need_build() {
    need cc gcc /usr/include/stdio.h libc6-dev meson meson ninja ninja-build pkg-config pkg-config python3 python3 \
        /usr/include/uv.h libuv1-dev \
        /usr/include/jansson.h libjansson-dev /usr/include/yaml.h libyaml-dev
}

# The vendor's driver for the tests: unpacked from npm into the cache, never committed, never shipped.
need_driver() {
    local version
    for version in "$driver_version" "$uema_version"; do
        local to=$cache/driver-$version
        [ -e "$to/package/src/libfptr10.h" ] && continue
        need npm npm
        say "fetching the vendor's driver ($driver_package@$version, for the tests only)"
        mkdir -p "$to"
        (cd "$to" && npm pack --silent "$driver_package@$version" >/dev/null && tar xf ./*.tgz && rm -f ./*.tgz)
    done
    export ATOL_DRIVER_DIR=$cache/driver-$driver_version/package/src
    export ATOL_UEMA_DRIVER_DIR=$cache/driver-$uema_version/package/src
}

compile() { # FOLDER MESON-OPTIONS…
    local dir=$1
    shift
    [ -e "$dir/build.ninja" ] || meson setup "$dir" "$@" >"/tmp/meson-$$.log" || { cat "/tmp/meson-$$.log"; exit 1; }
    rm -f "/tmp/meson-$$.log"
    ninja -C "$dir" --quiet
}

compile_check() { compile "$check" -Db_sanitize=address,undefined -Dtests=enabled; }

cmd_build() {
    need_build
    compile "$build" -Dtests=disabled
    echo "built: $build/src/cli/zabbix-atol $build/emulator/atol-emulator"
}

cmd_demo() {
    need_build
    compile "$build" -Dtests=disabled
    python3 - "$build" <<'PY' || exit 1
import subprocess, sys
build = sys.argv[1]
program, emulator = f"{build}/src/cli/zabbix-atol", f"{build}/emulator/atol-emulator"
with subprocess.Popen([emulator, "--tcp", "127.0.0.1:0", "--protocol", "5"], stdout=subprocess.PIPE, text=True) as kkt:
    try:
        address = None
        for line in kkt.stdout:
            if line.startswith("listening "):
                address = "tcp://" + line.split()[1]
            if line.strip() == "ready":
                break
        if address is None:
            sys.exit("the emulator did not start")
        print(f"An emulated register listens at {address}.\n", flush=True)
        for command in (["show", address], ["get", address]):
            print("$ zabbix-atol " + " ".join(command), flush=True)
            subprocess.run([program, *command], check=True)
            print(flush=True)
    finally:
        kkt.terminate()
PY
}

# Every suite is a row: name, what it needs, how it runs. Each prints `N passed, N failed, N skipped` as its last line.
suites=(unit static integration emulator driver differential serve faults grafana zabbix fuzz windows bare package vm)

suite_unit() {
    need /usr/lib/python3/dist-packages/markdown python3-markdown git git groff groff-base clang clang clang-format clang-format /usr/include/cmocka.h libcmocka-dev
    python3 tests/tools/unit_suite.py --check-build "$check" --build "$build"
}
need_integration() {
    need promtool prometheus zabbix_sender zabbix-sender /usr/sbin/zabbix_agentd zabbix-agent \
        /usr/sbin/zabbix_agent2 zabbix-agent2 /usr/lib/python3/dist-packages/jsonschema python3-jsonschema zsh zsh
}
suite_integration() {
    need_integration
    python3 tests/integration/suite.py --build "$check"
}
suite_emulator() { python3 tests/emulator/suite.py --build "$check"; }
suite_driver() {
    need_driver
    export ASAN_OPTIONS=handle_segv=0 # a library that crashes shall end its process as it does elsewhere
    need "/usr/lib/$(gcc -print-multiarch)/libusb-1.0.so.0" libusb-1.0-0 # the vendor's driver wants it for driver:usb
    python3 tests/fptr/suite.py --build "$tested"
}
# DIFFERENTIAL="--states 2000 --seed N": other states than CI's.
suite_differential() {
    need_driver
    # shellcheck disable=SC2086
    python3 tests/differential/suite.py --build "$tested" ${DIFFERENTIAL:-}
}
suite_serve() { need zabbix_sender zabbix-sender; python3 tests/serve/suite.py --build "$tested" "$@"; }
# SIGKILL of serve at random moments, 200 times; the serve suite does it 20 times.
suite_loss() { LOSS_KILLS=${LOSS_KILLS:-200} suite_serve test_no_value_is_lost; }
# Every fault and both protocols; FAULTS_EVERY=1 cuts the line at every byte, not at each seventh; FAULTS_ONLY=faults or cuts.
suite_faults() {
    need_driver
    python3 tests/faults/suite.py --build "$check" --fast "$build" --every "${FAULTS_EVERY:-7}" ${FAULTS_ONLY:+--only "$FAULTS_ONLY"}
}
suite_static() {
    need clang-tidy clang-tidy cppcheck cppcheck shellcheck shellcheck mandoc mandoc clang clang
    python3 tests/static/suite.py --build "$build"
}
# Everything that is kept, then a minute a target with the same seed each time; FUZZ_SECONDS=0: only what is kept.
suite_fuzz() { cmd_fuzz --seed 16 "${FUZZ_SECONDS:-60}"; }
# Grafana's own types, from npm, for this suite only.
suite_grafana() {
    local schema=11.6.0 typescript=5.6.3
    local to=$cache/grafana-$schema-$typescript
    need npm npm node nodejs
    [ -x "$to/node_modules/.bin/tsc" ] || npm install --silent --no-audit --no-fund --ignore-scripts --no-save --prefix "$to" "@grafana/schema@$schema" "typescript@$typescript"
    python3 tests/grafana/suite.py --modules "$to/node_modules"
}
# Zabbix 6.0 polls the programs with ASan and UBSan, 7.0 those that people get; SANITIZE: both the build that it names.
suite_zabbix() {
    local sanitized=$check
    [ -z "${SANITIZE:-}" ] || sanitized=$tested
    python3 tests/zabbix/suite.py --build "$tested" --build-6.0 "$sanitized"
}
suite_windows() {
    need_driver
    need osslsigncode osslsigncode openssl openssl Xvfb xvfb /usr/sbin/zabbix_agentd zabbix-agent /usr/sbin/zabbix_agent2 zabbix-agent2
    cmd_windows || return # not the programs of an earlier build
    python3 tests/windows/suite.py
}

need_package() { need debootstrap debootstrap python3 python3 git git; }
suite_package() {
    need_package
    need lintian lintian rpm2cpio rpm2cpio cpio cpio xz xz-utils readelf binutils
    python3 tests/package/suite.py --cache "$cache" "$@"
}
# Small changes of the code, one at a time: hours. MUTANTS="--quick" or ids; docs/mutants.md has what was recorded.
suite_mutants() {
    need ccache ccache
    need_integration
    # shellcheck disable=SC2086
    python3 tests/mutants/run.py ${MUTANTS:-}
}
# Every product, twice, in three releases of Debian: long; docs/packages.md has what was recorded.
suite_package-all() { suite_package --all; }

suite_bare() { need debootstrap debootstrap; python3 tests/bare/suite.py --cache "$cache"; }

suite_vm() { # bookworm in CI; `./run.sh test vm` with VM_RELEASE=trixie for the other guest
    need_driver
    need debootstrap debootstrap qemu-system-x86_64 qemu-system-x86 mke2fs e2fsprogs cpio cpio busybox busybox-static depmod kmod xz xz-utils
    compile "$build-usr" -Dtests=disabled -Dprefix=/usr
    python3 tests/vm/suite.py --build "$build-usr" --cache "$cache" --driver "$ATOL_DRIVER_DIR/linux-x64/libfptr10.so" \
        --release "${VM_RELEASE:-bookworm}" ${VM_ONLY:+--only "$VM_ONLY"}
}

cmd_test() {
    need_build
    need /usr/include/cmocka.h libcmocka-dev
    local wanted=("$@") name passed=0 failed=0 skipped=0 table="" status=0
    [ ${#wanted[@]} -gt 0 ] || wanted=("${suites[@]}")
    for name in "${wanted[@]}"; do
        declare -F "suite_$name" >/dev/null || { echo "run.sh: no suite '$name'; there are: ${suites[*]}" >&2; exit 2; }
    done
    need_driver # the tests of the ABI are compiled against the vendor's header
    compile_check
    compile "$build" -Dtests=disabled
    [ "${SANITIZE:-}" != thread ] || compile "$tested" -Db_sanitize=thread -Dtests=disabled
    # zabbix waits most of its time and fuzz lasts a minute a target: beside each other they take the time of one.
    local beside="" out
    [[ " ${wanted[*]} " != *" zabbix "*"fuzz "* ]] || beside=fuzz
    out=$(mktemp)
    for name in "${wanted[@]}"; do
        say "suite $name"
        local code=0 line p f s
        if [ "$name" = zabbix ] && [ -n "$beside" ]; then (need_fuzz) || beside=""; fi
        if [ "$name" = zabbix ] && [ -n "$beside" ]; then
            set -m # a process group of its own, which ends whole
            (group=$BASHPID; renice -n 19 "$group" >/dev/null; "suite_$beside") >"$out.beside" 2>&1 &
            set +m
            started+=("-$!")
        fi
        if [ "$name" = "$beside" ]; then
            wait "${started[-1]#-}" || code=$?
            unset 'started[-1]'
            tee "$out" <"$out.beside"
            rm -f "$out.beside"
        else
            "suite_$name" 2>&1 | tee "$out" || code=$?
        fi
        line=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$out" | tail -n 1 || true)
        read -r p f s < <(sed -E 's/[^0-9]+/ /g' <<<"${line:-0 0 0}") || true
        if [ -z "$line" ] || { [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; }; then f=$((f + 1)); fi
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
        table+=$(printf '%-14s %6d passed %4d failed %4d skipped' "$name" "$p" "$f" "${s:-0}")$'\n'
        [ "$f" -eq 0 ] || status=1
    done
    rm -f "$out"
    say "all suites"
    printf '%s' "$table"
    echo "$passed passed, $failed failed, $skipped skipped"
    return $status
}

cmd_bench() {
    need_build
    compile "$build" -Dtests=disabled
    local what=${1:-poll}
    [ $# -eq 0 ] || shift
    case $what in
    poll) need_driver && python3 tools/bench_poll.py --build "$build" "$@" ;;
    fleet) python3 tools/bench_fleet.py --build "$build" "$@" ;;
    *) echo "run.sh: no benchmark '$what'; there are: poll, fleet" >&2; exit 2 ;;
    esac
}

# serve beside registers that misbehave; docs/reliability.md has what was recorded. BUILD=build-check for the sanitizers.
cmd_soak() {
    need_build
    need zabbix_sender zabbix-sender
    need_driver
    if [ "$build" = "$check" ]; then compile_check; else compile "$build" -Dtests=disabled; fi
    python3 tools/soak/soak.py --build "$build" --driver "$ATOL_DRIVER_DIR/linux-x64/libfptr10.so" "$@"
}

# Suites beside two busy loops a core, LOADED_RUNS times (3): what waits must wait for an event. Beside other work under nice,
# which the loops share.
cmd_loaded() {
    local number passed=0 loops=$((2 * $(nproc)))
    for ((number = 0; number < loops; number++)); do
        (while :; do :; done) &
        started+=("$!")
    done
    for ((number = 1; number <= ${LOADED_RUNS:-3}; number++)); do
        say "run $number of ${LOADED_RUNS:-3} beside $loops busy loops"
        if cmd_test "$@"; then passed=$((passed + 1)); fi
        echo "load: $(cut -d' ' -f1-3 /proc/loadavg)"
    done
    echo "$passed of ${LOADED_RUNS:-3} runs without a failure: ${*:-all suites}"
    [ "$passed" -eq "${LOADED_RUNS:-3}" ]
}

# tests/captures anew: the emulator's dialogues, and those of the vendor's driver.
cmd_captures() {
    need_build
    need_driver
    compile_check
    python3 tests/integration/test_captures.py --build "$check" --rebuild
}

# The unit tests under Valgrind (`unit`), without the thousands of polls of test_damage; or the integration suite with each
# zabbix-atol under Valgrind, words as for the suite (-k NAME). What Valgrind says of that stays in build-valgrind/logs.
cmd_valgrind() {
    need_build
    need valgrind valgrind /usr/include/cmocka.h libcmocka-dev
    need_driver
    if [ "${1:-}" = unit ]; then
        compile build-valgrind-unit -Dtests=enabled
        local tests
        tests=$(meson test -C build-valgrind-unit --list 2>/dev/null | grep -v damage)
        # shellcheck disable=SC2086
        meson test -C build-valgrind-unit --no-rebuild --timeout-multiplier 20 --wrapper 'valgrind --quiet --error-exitcode=9' $tests
        return
    fi
    compile "$build" -Dtests=disabled
    local folder=$PWD/build-valgrind
    rm -rf "$folder"
    mkdir -p "$folder/src/cli" "$folder/logs"
    chmod 1777 "$folder/logs" # some tests start the program as somebody else
    ln -s "$PWD/$build/emulator" "$folder/emulator"
    printf '#!/bin/sh\nexec valgrind --quiet --sim-hints=lax-ioctls --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite --log-file=%s %s "$@"\n' \
        "$folder/logs/%p" "$PWD/$build/src/cli/zabbix-atol" >"$folder/src/cli/zabbix-atol"
    chmod 755 "$folder/src/cli/zabbix-atol"
    PATIENCE=${PATIENCE:-600} python3 tests/integration/suite.py --build "$folder" "$@" || true
    local all bad
    all=$(find "$folder/logs" -type f | wc -l) bad=$(find "$folder/logs" -type f -size +0 | wc -l)
    find "$folder/logs" -type f -size +0 -exec head -n 40 {} +
    echo "$all processes under Valgrind, $bad with an error"
    [ "$all" -gt 0 ] && [ "$bad" -eq 0 ]
}

# Lines of src/ that the tests reach; docs/reliability.md has what was recorded.
cmd_coverage() {
    need_build
    need gcovr gcovr /usr/include/cmocka.h libcmocka-dev
    need_integration
    need_driver
    compile build-coverage -Db_coverage=true -Doptimization=0 -Dtests=enabled -Dc_args=-fprofile-update=atomic # threads
    python3 tools/coverage.py --build build-coverage "$@"
}

cmd_generate() {
    need_build
    compile "$build" -Dtests=disabled
    python3 tools/generate.py --build "$build" "$@"
}

cmd_docs() {
    need /usr/lib/python3/dist-packages/markdown python3-markdown
    /usr/bin/python3 tools/site.py "$@"
}

cmd_format() {
    need clang-format clang-format
    git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i
}

need_fuzz() {
    need_build
    need clang clang llvm-cov llvm /usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.fuzzer-x86_64.a libclang-rt-14-dev
    CC=clang compile build-fuzz -Dfuzz=true -Dtests=disabled -Db_lundef=false -Db_sanitize=address,undefined
}
cmd_fuzz() {
    need_fuzz
    python3 tools/fuzz.py --build build-fuzz "$@"
}

cmd_windows() {
    bash tools/windows/build.sh && bash tools/windows/package.sh && bash tools/windows/msi.sh
}

cmd_package() {
    need_package
    local linux=() name windows=$(($# == 0))
    for name in "$@"; do
        if [ "$name" = windows ]; then windows=1; else linux+=("$name"); fi
    done
    if [ $# -eq 0 ] || [ ${#linux[@]} -gt 0 ]; then
        python3 tools/package/package.py --cache "$cache" "${linux[@]}" || return
    fi
    if [ "$windows" -eq 1 ]; then cmd_windows && bash tools/windows/collect.sh build/packages || return; fi
    echo "packages: build/packages"
}

# From a bare Debian 12 and the .deb to a value and an alert in Zabbix 7.0; docs/start-till.md has what was recorded.
cmd_rollout() {
    need_package
    python3 tools/package/package.py --cache "$cache" --out build/rollout deb-amd64
    python3 tests/package/rollout.py --packages build/rollout "$@"
}

cmd_help() {
    cat <<'TEXT'
./run.sh COMMAND
  demo                 builds, starts an emulated register, reads it: a table and the JSON document
  build                builds the two programs into build/
  test [SUITE…]        runs all suites, or those named: unit static integration emulator driver
                       differential serve faults grafana zabbix fuzz windows bare package vm; also loss, mutants.
                       SANITIZE=1 or SANITIZE=thread: serve, driver, differential and zabbix on a build with ASan
                       and UBSan, or with TSan
  bench poll|fleet     measures and prints (docs/benchmarks.md)
  generate             writes docs/metrics.md, docs/document.schema.json, templates/ and prometheus/
  loaded [SUITE…]      those suites, or all, three times beside two busy loops a core (LOADED_RUNS=N)
  valgrind [unit|-k NAME]  the unit tests, or the integration suite with each zabbix-atol, under Valgrind
  captures             records tests/captures anew, with the vendor's driver
  coverage             which lines of src/ the tests reach
  soak MINUTES         serve beside 500 registers that misbehave at random (docs/reliability.md)
  docs                 renders the pages into build/site, a small site in both languages
  fuzz [TARGET…] [SECONDS]  fuzzes all that reads what comes from outside (docs/reliability.md)
  windows              cross-builds the Windows programs, their archives and their installers
  package [WHAT…]      builds the packages into build/packages: deb rpm static windows, or deb-arm64 …
                       (`test package-all` builds and tries them all)
  rollout              a bare Debian 12, the .deb, setup, a value and an alert in Zabbix 7.0: a transcript with times
  format               clang-format over all C files
TEXT
}

command=${1:-help}
[ $# -eq 0 ] || shift
declare -F "cmd_$command" >/dev/null || { echo "run.sh: no command '$command'" >&2; cmd_help >&2; exit 2; }
"cmd_$command" "$@"
