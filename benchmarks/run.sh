#!/usr/bin/env bash
# Builds the benchmarks in Release and prints one table:
#
#     benchmarks/run.sh [--quick] [BUILD_DIRECTORY]
#
# A ratio is A / B, measured in turn in this run; the quartiles say how far single rounds were apart.
# Times are this machine's and mean nothing elsewhere. Everything happens in namespaces of the
# programs' own, as root or, where the kernel allows it, as anyone. --quick takes a tenth of the rounds.
set -euo pipefail
root=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
quick=''
if [[ ${1-} == --quick ]]; then
    quick=1
    shift
fi
build=${1:-$root/build/benchmarks}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
    cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DVETHPP_BUILD_BENCHMARKS=ON \
        -DVETHPP_BUILD_TESTS=OFF -DVETHPP_BUILD_EXAMPLES=OFF
    cmake --build "$build" -j2
} >"$log" 2>&1 || { cat "$log" >&2; exit 1; }

# The programs make nothing but namespaces of their own; a number after a name is its rounds.
run() {
    local program=$1 rounds=$2
    [[ ! $quick ]] || rounds=$(((rounds + 9) / 10))
    "$build/benchmarks/$program" "$rounds" || echo "$program: not run to its end ($?)"
}

# What it takes others to delete a pair, where they are installed.
peers() {
    local peers=$root/benchmarks/peers made rounds=20 enter=(unshare -n)
    [[ $(id -u) -eq 0 ]] || enter=(unshare -rn)
    made=$(mktemp -d)
    [[ ! $quick ]] || rounds=2
    of() {
        local name=$1 seconds
        shift
        seconds=$("${enter[@]}" "$@" "$rounds" 2>/dev/null) || { echo "$name: not installed"; return; }
        printf '%-40s %32s\n' "a pair: $name" "$(awk "BEGIN { printf \"%.2f ms\", $seconds * 1000 }")"
    }
    GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$made go build -o "$made/go" \
        "$peers/delete_pair.go" 2>/dev/null || true
    # shellcheck disable=SC2046
    "$compiler" -O2 "$peers/delete_pair_libnl.cpp" -o "$made/libnl" \
        $(pkg-config --cflags --libs libnl-route-3.0 2>/dev/null) 2>/dev/null || true
    of 'Go, vishvananda/netlink' "$made/go"
    of pyroute2 /usr/bin/python3 "$peers/delete_pair.py"
    of libnl "$made/libnl"
    rm -rf "$made"
}

compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[^=]*=//p' "$build/CMakeCache.txt")
compilers=("$compiler")  # the first is the one that built the programs
! command -v clang++-19 >/dev/null || compilers+=(clang++-19)

printf '%s, %s CPUs (%s), load %s, %s\n\n' "$(uname -sr)" "$(nproc)" \
    "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)" \
    "$(cut -d ' ' -f 1-3 /proc/loadavg)" "$("$compiler" --version | head -n 1)"
printf '%-40s %11s %11s %8s  %-15s %s\n' '' A B 'A / B' quartiles aim
run seed_networks 40
run teardown 20
peers
run guard 100
run dump 60
run routes 10
run readiness 40
run allocations 1
run stalls 200
[[ ! -e $build/benchmarks/open_vswitch ]] || run open_vswitch 1
"$build/benchmarks/compile_time" "$root" "${compilers[@]}"
