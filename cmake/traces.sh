# Sourced. What a program can leave behind: links, namespace names, namespace mounts, processes.

# traces VARIABLE=VALUE: one line for each there is. A process counts if it was started with that
# variable in its environment; it is killed, since its test is over.
traces() {
    tail -n +3 /proc/self/net/dev | sed 's/^ *\([^:]*\):.*/link \1/'
    find /run/netns -mindepth 1 2>/dev/null | sed 's/^/name /'
    sed -n 's/^[0-9]* [0-9]* [^ ]* [^ ]* \([^ ]*\) .* - nsfs .*/mount \1/p' /proc/self/mountinfo
    local pids pid try
    for try in 1 2 3 4 5 6 7 8 9 10; do # one that has just been killed may still be on its way out
        pids=$(grep -lszxF "$1" /proc/[0-9]*/environ | cut -d/ -f3)
        [[ $pids ]] || break
        sleep 0.1
    done
    for pid in $pids; do
        echo "process $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
        kill -KILL "$pid"
    done
}

# difference BEFORE AFTER: what came (+) and what went (-); fails if there is any.
difference() {
    [[ $1 == "$2" ]] || ! diff -U0 <(sort <<<"$1") <(sort <<<"$2") | grep '^[-+][a-z]'
}
