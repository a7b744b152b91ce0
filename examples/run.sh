#!/usr/bin/env bash
# Installs what is missing, builds the examples, runs each in a network namespace of its own, and
# checks that nothing is left of it. Needs no root once the packages are there.
#
#     examples/run.sh [EXAMPLE...]     all where none is named, for example 01_two_namespaces
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
source cmake/install_packages.sh
source cmake/traces.sh

install_packages g++ cmake ninja-build 'libboost1.81-dev|libboost-dev' \
    'libboost-json1.81-dev|libboost-json-dev' libfmt-dev openvswitch-switch runc busybox-static || exit 1

build=build/examples
mkdir -p "$build"
if ! { cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DVETHPP_BUILD_TESTS=OFF &&
    cmake --build "$build" --parallel "$(nproc)"; } >"$build/build.log" 2>&1; then
    cat "$build/build.log"
    exit 1
fi

programs=("$@")
if [[ $# -eq 0 ]]; then
    mapfile -t programs < <(find "$build/examples" -maxdepth 1 -type f -executable -printf '%f\n' | sort)
fi

mark="VETHPP_EXAMPLES_RUN=$$-$RANDOM$RANDOM"
before=$(traces "$mark")
failed=0 skipped=0
for program in "${programs[@]}"; do
    echo "== ${program%.cpp}"
    env "$mark" cmake/enclosed.sh "$build/examples/${program%.cpp}"
    case $? in
        0) ;;
        77) ((skipped += 1)) ;; # it has said why
        *) echo "$program failed" && ((failed += 1)) ;;
    esac
done

echo "== ${#programs[@]} examples, $failed failed, $skipped skipped"
if difference "$before" "$(traces "$mark")"; then
    echo "nothing is left: no link, no namespace, no mount, no process"
else
    echo "left behind (+) or taken away (-)"
    exit 1
fi
[[ $failed -eq 0 ]]
