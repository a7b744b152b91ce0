#!/usr/bin/env bash
# Installs what is missing, builds everything, and runs every test, each in a network namespace of
# its own: as root and again as nobody in a user namespace, or, started by an ordinary user, in a user
# namespace only.
#
#     tests/run.sh [STAGE...]     all of the first five where none is named
#
#     default   GCC, optimised, the library compiled apart: all tests, the examples, and the consumers
#               of the installed package
#     asan      Clang 19 and its sanitizers of addresses and undefined behaviour: the test programs, and
#               the examples; these and the unit tests header-only
#     tsan      thread sanitizer: the test programs
#     only_vm   Debian 12's own kernel, with Open vSwitch in it, in an emulated machine: those tests and
#               examples of the stage default of which this machine's kernel shows less
#     format    clang-format
#     tidy      clang-tidy 19; slow
#     vm        in the machine of only_vm, all examples, and all tests that concern the kernel; slow
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
source cmake/install_packages.sh
source cmake/traces.sh

packages=(g++ cmake ninja-build pkgconf 'libboost1.81-dev|libboost-dev'
    'libboost-json1.81-dev|libboost-json-dev' libfmt-dev catch2 libgtest-dev iproute2 iputils-ping strace openvswitch-switch
    runc busybox-static wireguard-tools ethtool)
optional_packages=()
stages=("$@")
[[ $# -gt 0 ]] || stages=(default asan tsan only_vm format)
for stage in "${stages[@]}"; do
    case $stage in
        default | tsan) ;;
        asan) packages+=(clang-19 libclang-rt-19-dev) ;;
        tidy) packages+=(clang-19 clang-tidy-19) ;;
        format) packages+=(clang-format) ;;
        vm | only_vm) optional_packages=(qemu-system-x86 cpio) ;; # without, the stage says so
        *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit 2 ;;
    esac
done
install_packages "${packages[@]}" || exit 1
install_packages "${optional_packages[@]}"

if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_SLOPPINESS=pch_defines,time_macros
fi
jobs=$(nproc)
mark="VETHPP_TESTS_RUN=$$-$RANDOM$RANDOM"
passed=0 failed=0 skipped=0

# count WHAT PASSED FAILED SKIPPED
count() {
    printf '%s: %d passed, %d failed, %d skipped (%d s)\n' "$1" "$2" "$3" "$4" $((SECONDS - started))
    ((passed += $2, failed += $3, skipped += $4))
}

# What CTest ran, one line each: outcome, name, reason. A test program is replaced by its test cases.
outcomes() {
    local outcome name reason
    awk -v RS='<testcase ' 'NR > 1 {
        match($0, /name="[^"]*"/); name = substr($0, RSTART + 6, RLENGTH - 7)
        outcome = /status="run"/ ? "passed" : "failed"; reason = ""
        if (/SKIP_(RETURN_CODE|REGULAR_EXPRESSION)/) {
            outcome = "skipped"
            if (match($0, /skipped: [^\n<]*/)) reason = substr($0, RSTART + 9, RLENGTH - 9)
        }
        print outcome "\t" name "\t" reason
    }' "build/$1/junit.xml" | while IFS=$'\t' read -r outcome name reason; do
        if [[ ! -s build/$1/reports/$name ]]; then
            printf '%s\t%s\t%s\n' "$outcome" "$name" "$reason"
            continue
        fi
        sed "s/\t/\t$name: /" "build/$1/reports/$name"
        if [[ $outcome == failed ]] && ! grep -q '^failed' "build/$1/reports/$name"; then
            printf 'failed\t%s: ended badly after its test cases\t\n' "$name"
        fi
    done
}

# builds NAME...: configures and builds presets, and says of each whether it went well. Compiling keeps
# the processors busy, and testing waits for the kernel most of its time: so one preset is built while
# another is tested.
builds() {
    local name
    for name; do
        mkdir -p "build/$name"
        cmake --preset "$name" >"build/$name/build.log" 2>&1 &&
            cmake --build --preset "$name" --parallel "$jobs" -- -k 0 >>"build/$name/build.log" 2>&1
        echo "$name $?"
    done
}

# built NAME: waits until a preset is built.
declare -A statuses
built() {
    local log="build/$1/build.log" name status
    while [[ ! ${statuses[$1]-} ]] && read -r name status <&9; do statuses[$name]=$status; done
    if [[ ${statuses[$1]-} != 0 ]]; then
        grep -E -A20 ': (fatal )?error|CMake Error|FAILED: ' "$log" | head -100
        count "$1: does not build, see $log" 0 1 0
        return 1
    fi
    [[ $1 == tidy ]] || echo "waited $((SECONDS - started)) s until it was built"
}

# outcome NAME: lists and counts what was tested.
outcome() {
    if [[ ! -f build/$1/junit.xml ]]; then
        count "$1: no tests ran" 0 1 0
        return
    fi
    outcomes "$1" >"build/$1/outcomes"
    sed -n 's/^failed\t/failed: /p' "build/$1/outcomes"
    sed -n 's/^skipped\t\([^\t]*\)\t/skipped: \1: /p' "build/$1/outcomes"
    count "$1" "$(grep -c ^passed "build/$1/outcomes")" "$(grep -c ^failed "build/$1/outcomes")" \
        "$(grep -c ^skipped "build/$1/outcomes")"
}

# preset NAME: builds and tests a preset.
preset() {
    built "$1" || return
    [[ $1 != tidy ]] || { count "$1" 1 0 0 && return; }
    rm -f "build/$1/junit.xml" "build/$1/reports"/*
    env "$mark" ctest --preset "$1" --parallel $((2 * jobs)) --output-junit junit.xml 9<&-
    outcome "$1"
}

# machine NAME LABEL: tests on another kernel what the stage default builds; not the unit tests, which
# ask no kernel. So slow is the machine that a ping need not wait between two requests, where one
# example is to be killed.
machine() {
    built default || return
    mkdir -p "build/$1"
    rm -rf "build/$1/junit.xml" "build/$1/reports"
    # More at once than it has processors: most of the time, most of them wait for the kernel.
    env "$mark" tests/vm/run.sh --write "build/$1" bash -c '
        rm -f build/default/reports/*
        ctest --test-dir build/default --label-regex "^($2)([.]nobody)?\$" --exclude-regex killed_at_ppoll \
            --parallel 4 --output-on-failure --timeout 1800 --output-junit "$PWD/build/$1/junit.xml"
        cp -r build/default/reports "build/$1/"' bash "$1" "$2" 9<&-
    [[ $? -ne 77 ]] || { count "$1" 0 0 1 && return; }
    outcome "$1"
}

format() {
    local source unformatted=()
    while read -r source; do
        clang-format --dry-run -Werror "$source" >/dev/null 2>&1 || unformatted+=("$source")
    done < <(find include tests examples benchmarks -name '*.[chi]pp' 2>/dev/null)
    if [[ ${#unformatted[@]} -eq 0 ]]; then
        count format 1 0 0
    else
        printf 'clang-format -i %s\n' "${unformatted[@]}"
        count format 0 1 0
    fi
}

presets=()
for stage in "${stages[@]}"; do
    case $stage in
        format) continue ;;
        vm | only_vm) name=default ;;
        *) name=$stage ;;
    esac
    [[ " ${presets[*]} " == *" $name "* ]] || presets+=("$name")
done
exec 9< <(builds "${presets[@]}")

before=$(traces "$mark")
for stage in "${stages[@]}"; do
    started=$SECONDS
    echo "== $stage"
    case $stage in
        format) format ;;
        only_vm) machine only_vm only_vm ;;
        vm) machine vm 'kernel|ovs|example' ;;
        *) preset "$stage" ;;
    esac
done

echo "== left behind on this machine"
started=$SECONDS
if difference "$before" "$(traces "$mark")"; then
    count nothing 1 0 0
else
    count "something, (+) or taken away (-)" 0 1 0
fi
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
