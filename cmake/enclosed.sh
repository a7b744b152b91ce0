#!/usr/bin/env bash
# Runs a command where it cannot touch the host's network, and fails if it leaves anything behind:
#
#     cmake/enclosed.sh [--as-nobody] [--optional] [--expect REGEX] [--alone] [--kill-at CALL:NUMBER]
#                       [--needs FILE]... COMMAND [ARGUMENT...]
#
# The command gets a network namespace, a mount namespace and an empty /run of its own: as root
# directly, as anyone else in a user namespace. Afterwards the links, namespace names, namespace
# mounts and processes must be those of before. Its exit status is passed on; 77 means that it
# could not be run here.
#
#   --as-nobody  root becomes nobody in a user namespace first (the command is copied to where
#                nobody can read it)
#   --optional   where namespaces are refused, run the command without them
#   --needs      skip where that file cannot be opened, or is a program and cannot be run
#   --expect     the output must match
#   --alone      the command may run no other program; needs strace
#   --kill-at    the command is killed (SIGKILL) at that system call, such as the 12th sendto, and must
#                get as far; needs strace
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
source "${BASH_SOURCE[0]%/*}/traces.sh"

as_nobody='' optional='' expect='' alone='' kill_at='' needs=()
while [[ ${1-} == --* ]]; do
    case $1 in
        --as-nobody) as_nobody=1 ;;
        --optional) optional=1 ;;
        --expect) expect=$2; shift ;;
        --alone) alone=1 ;;
        --kill-at) kill_at=$2; shift ;;
        --needs) needs+=("$2"); shift ;;
        *) echo "enclosed.sh: unknown option $1" >&2; exit 2 ;;
    esac
    shift
done
[[ $# -gt 0 ]] || { echo "enclosed.sh: no command" >&2; exit 2; }

# shellcheck disable=SC2317 # it is called as text, see below
run_inside() {
    mount -t tmpfs -o mode=755 tmpfs /run || return 77
    local mark="VETHPP_ENCLOSED=$$-$RANDOM$RANDOM" before status left
    before=$(traces "$mark")
    if [[ $KILL_AT ]]; then
        env "$mark" strace -f -o /dev/null -e "trace=${KILL_AT%:*}" \
            -e "inject=${KILL_AT%:*}:signal=SIGKILL:when=${KILL_AT#*:}" "$@"
        status=$(($? == 137 ? 0 : 1))
    elif [[ $ALONE ]]; then
        env "$mark" strace -f -qq -o /run/programs -e trace=execve,execveat \
            -e signal=none -e status=successful "$@"
        status=$?
        # The first is the command's own.
        if [[ $(grep -c exec /run/programs) -ne 1 ]]; then
            echo "programs that it ran:" && cat /run/programs
            status=1
        fi
    else
        env "$mark" "$@"
        status=$?
    fi
    if ! left=$(difference "$before" "$(traces "$mark")"); then
        printf 'left behind by %s (+) or taken away (-):\n%s\n' "${1##*/}" "$left"
        [[ $status -ne 0 ]] || status=1
    fi
    return "$status"
}

if [[ $kill_at || $alone ]] && ! command -v strace >/dev/null; then
    echo "skipped: strace is not installed" && exit 77
fi
export KILL_AT=$kill_at ALONE=$alone
# The leak sanitizer is a tracer itself, and there can be only one.
[[ ! $alone ]] || export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
# The script goes along as text: nobody may be unable to read this file.
inside=(bash -c "$(declare -f traces difference run_inside); run_inside \"\$@\"" enclosed)
become=() namespaces=(unshare --user --map-root-user --net --mount)
if [[ $(id -u) -eq 0 ]]; then
    if [[ $as_nobody ]]; then
        become=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    else
        namespaces=(unshare --net --mount)
    fi
elif [[ $as_nobody ]]; then
    echo "skipped: only root can become nobody; this user has run it already" && exit 77
fi

for file in "${needs[@]}"; do
    "${become[@]}" bash -c '[[ -x $0 ]] || : 2>/dev/null <>"$0"' "$file" 2>/dev/null && continue
    why='is not there'
    [[ ! -e $file ]] || why='may not be opened'
    echo "skipped: $file $why" && exit 77
done

scratch='' report=${VETHPP_TEST_REPORT-}
if [[ $as_nobody ]]; then
    scratch=$(mktemp -d) && chmod 755 "$scratch" && install -m 755 "$1" "$scratch/" || exit 1
    trap 'rm -rf "$scratch"' EXIT
    command="$scratch/${1##*/}"
    mkdir -m 777 "$scratch/home"
    shift
    set -- "$command" "$@"
    cd "$scratch/home" || exit 1
    export HOME=$PWD
    if [[ $report ]]; then
        export VETHPP_TEST_REPORT=$scratch/home/report
    fi
fi

if ! refusal=$("${become[@]}" "${namespaces[@]}" mount -t tmpfs tmpfs /run 2>&1); then
    if [[ $optional ]]; then
        namespaces=() inside=()
    else
        echo "skipped: this machine refuses a network namespace of its own: $refusal"
        exit 77
    fi
fi

if [[ $expect ]]; then
    output=$("${become[@]}" "${namespaces[@]}" "${inside[@]}" "$@" 2>&1)
    status=$?
    printf '%s\n' "$output"
    if [[ $status -eq 0 && ! ${output//$'\n'/ } =~ $expect ]]; then
        echo "the output does not match: $expect"
        status=1
    fi
else
    "${become[@]}" "${namespaces[@]}" "${inside[@]}" "$@"
    status=$?
fi

if [[ $scratch && $report && -f $scratch/home/report ]]; then
    cat "$scratch/home/report" >"$report"
fi
exit $status
