# Sourced. install_packages PACKAGE...: installs with apt those that are missing, quietly; does
# nothing where none is. `a|b` is satisfied by either, and installs the first that exists.
install_packages() {
    command -v apt-get dpkg-query >/dev/null || return 0 # not a Debian: CMake says what is missing
    local missing=() entry alternative
    for entry in "$@"; do
        for alternative in ${entry//|/ }; do
            [[ $(dpkg-query -W -f '${db:Status-Status}' "$alternative" 2>/dev/null) != installed ]] ||
                continue 2
        done
        missing+=("$entry")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    if [[ $(id -u) -ne 0 ]]; then
        echo "not installed: ${missing[*]}"
        echo "going on without; as root: apt-get install ${missing[*]%%|*}"
        return 0
    fi
    local log packages=()
    log=$(mktemp)
    apt-get update -qq >"$log" 2>&1
    for entry in "${missing[@]}"; do
        for alternative in ${entry//|/ }; do
            if [[ $(apt-cache policy "$alternative") == *'Candidate: '[0-9]* ]]; then
                packages+=("$alternative")
                continue 2
            fi
        done
        packages+=("${entry%%|*}") # apt will say that it does not know it
    done
    echo "installing ${packages[*]}"
    if ! DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends "${packages[@]}" >>"$log" 2>&1; then
        cat "$log"
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
