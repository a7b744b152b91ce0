#!/usr/bin/env bash
# Runs a command where it cannot touch the host's network, and fails if it leaves anything behind:
#
#     tools/enclosed.sh [--as-nobody] [--optional] [--expect REGEX] COMMAND [ARGUMENT...]
#
# The command gets a network namespace, a mount namespace and an empty /run of its own: as root
# directly, as anyone else in a user namespace. Afterwards the links, namespace names, namespace
# mounts and processes must be those of before. Its exit status is passed on; 77 means that it
# could not be run here.
#
#   --as-nobody  root becomes nobody in a user namespace first (the command is copied to where
#                nobody can read it)
#   --optional   where namespaces are refused, run the command without them
#   --expect     the output must match
set -uo pipefail

as_nobody='' optional='' expect=''
while [[ ${1-} == --* ]]; do
    case $1 in
        --as-nobody) as_nobody=1 ;;
        --optional) optional=1 ;;
        --expect) expect=$2; shift ;;
        *) echo "enclosed.sh: unknown option $1" >&2; exit 2 ;;
    esac
    shift
done
[[ $# -gt 0 ]] || { echo "enclosed.sh: no command" >&2; exit 2; }

# What a command could leave behind in the namespaces in which it ran.
traces() {
    tail -n +3 /proc/self/net/dev | sed 's/^ *\([^:]*\):.*/link \1/'
    find /run/netns -mindepth 1 2>/dev/null | sed 's/^/name /'
    sed -n 's/^[0-9]* [0-9]* [^ ]* [^ ]* \([^ ]*\) .* - nsfs .*/mount \1/p' /proc/self/mountinfo
    # Processes are known by a variable that only the command was given. One that has just been
    # killed may still be on its way out.
    local pids try
    for try in 1 2 3 4 5 6 7 8 9 10; do
        pids=$(grep -lszx "VETHPP_ENCLOSED=$1" /proc/[0-9]*/environ | cut -d/ -f3)
        [[ -n $pids ]] || break
        sleep 0.1
    done
    for pid in $pids; do
        echo "process $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
        kill -KILL "$pid"
    done
}

run_inside() {
    mount -t tmpfs -o mode=755 tmpfs /run || return 77
    local mark="$$-$RANDOM$RANDOM" before after status
    before=$(traces "$mark")
    VETHPP_ENCLOSED=$mark "$@"
    status=$?
    after=$(traces "$mark")
    if [[ $before != "$after" ]]; then
        echo "left behind by ${1##*/} (+) or taken away (-):"
        diff -U0 <(echo "$before") <(echo "$after") | tail -n +4
        [[ $status -ne 0 ]] || status=1
    fi
    return $status
}

# The script goes along as text: nobody may be unable to read this file.
inside=(bash -c "$(declare -f traces run_inside); run_inside \"\$@\"" enclosed)
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
    cat "$scratch/home/report" >>"$report"
fi
exit $status
