#!/usr/bin/env bash
# Installs what is missing, builds everything, and runs every test, each in a network namespace of
# its own: as root and again as nobody in a user namespace, or, started by an ordinary user, in a user
# namespace only.
#
#     tests/run.sh [STAGE...]     all of the first five where none is named
#
#     default   GCC, optimised: all tests, the examples, and the consumers of the installed package
#     clang     Clang 19: everything is compiled; unit tests and examples
#     asan      address and undefined behaviour sanitizers, by Clang 19: the test programs
#     tsan      thread sanitizer: the test programs
#     format    clang-format
#     tidy      clang-tidy 19; slow
#     vm        Debian 12's own kernel, with Open vSwitch in it, in an emulated machine: the test
#               programs of the stage default, and the examples; slow
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
source cmake/install_packages.sh
source cmake/traces.sh

packages=(g++ cmake ninja-build pkgconf 'libboost1.81-dev|libboost-dev'
    'libboost-json1.81-dev|libboost-json-dev' libfmt-dev catch2 iproute2 iputils-ping strace openvswitch-switch
    runc busybox-static)
stages=("$@")
[[ $# -gt 0 ]] || stages=(default clang asan tsan format)
for stage in "${stages[@]}"; do
    case $stage in
        default | tsan) ;;
        clang) packages+=(clang-19) ;;
        asan) packages+=(clang-19 libclang-rt-19-dev) ;;
        tidy) packages+=(clang-19 clang-tidy-19) ;;
        format) packages+=(clang-format) ;;
        vm) packages+=(qemu-system-x86 cpio) ;;
        *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit 2 ;;
    esac
done
install_packages "${packages[@]}" || exit 1

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

# build NAME: configures and builds a preset.
build() {
    local log="build/$1/build.log"
    mkdir -p "build/$1"
    if ! { cmake --preset "$1" && cmake --build --preset "$1" --parallel "$jobs" -- -k 0; } >"$log" 2>&1; then
        grep -E -A20 ': (fatal )?error|CMake Error|FAILED: ' "$log" | head -100
        count "$1: does not build, see $log" 0 1 0
        return 1
    fi
    [[ $1 == tidy ]] || echo "built in $((SECONDS - started)) s"
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
    build "$1" || return
    [[ $1 != tidy ]] || { count "$1" 1 0 0 && return; }
    rm -f "build/$1/junit.xml" "build/$1/reports"/*
    env "$mark" ctest --preset "$1" --parallel $((2 * jobs)) --output-junit junit.xml
    outcome "$1"
}

# One after the other: the machine is slow enough for what has a deadline. So slow that a ping need
# not wait between two requests, where one example is to be killed.
vm() {
    build default || return
    mkdir -p build/vm
    rm -rf build/vm/junit.xml build/vm/reports
    tests/vm/run.sh --write build/vm bash -c "
        rm -f build/default/reports/*
        ctest --test-dir build/default --label-regex '^(unit|kernel|ovs|example)([.]nobody)?\$' \
            --exclude-regex killed_at_ppoll \
            --output-on-failure --timeout 1800 --output-junit '$PWD/build/vm/junit.xml'
        cp -r build/default/reports build/vm/"
    outcome vm
}

format() {
    local source unformatted=()
    while read -r source; do
        clang-format --dry-run -Werror "$source" >/dev/null 2>&1 || unformatted+=("$source")
    done < <(find include tests examples benchmarks -name '*.[ch]pp' 2>/dev/null)
    if [[ ${#unformatted[@]} -eq 0 ]]; then
        count format 1 0 0
    else
        printf 'clang-format -i %s\n' "${unformatted[@]}"
        count format 0 1 0
    fi
}

before=$(traces "$mark")
for stage in "${stages[@]}"; do
    started=$SECONDS
    echo "== $stage"
    case $stage in
        format | vm) "$stage" ;;
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
