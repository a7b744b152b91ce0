// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netns/sysctl_name.hpp>

#include <algorithm>

namespace vethpp::detail {

// As sysctl(8): the separator is whichever of the two comes first; the other one then stands for a
// dot inside a link's name.
[[nodiscard]] inline std::string slashed(std::string_view name) {
    std::string path{name};
    const std::size_t first = path.find_first_of("./");
    if (first == std::string::npos || path[first] == '/') return path;
    for (char& c : path)
        if (c == '.' || c == '/') c = c == '.' ? '/' : '.';
    return path;
}

[[nodiscard]] inline bool is_path_below(std::string_view path) noexcept {
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string_view part = path.substr(at, end - at);
        if (part.empty() || part == "." || part == "..") return false;
        at = end + 1;
    }
    return path.find('\0') == std::string_view::npos && path.size() < 1024;
}

VETHPP_INLINE std::string sysctl_path(std::string_view name, Failure& failure) {
    if (failure) return {};
    constexpr std::string_view root = "/proc/sys/";
    std::string path = slashed(name.starts_with(root) ? name.substr(root.size()) : name);
    if (!is_path_below(path))
        failure.fail(errc::invalid_name,
                     "a sysctl is written as net.ipv4.ip_forward or net/ipv4/ip_forward");
    else if (!path.starts_with("net/"))
        failure.fail(errc::invalid_name,
                     "not of a network namespace: the names of those begin with net");
    return path;
}

VETHPP_INLINE std::string sysctl_path_of_link(std::string_view name,
                                              std::string_view link,
                                              Failure& failure) {
    if (failure) return {};
    std::string path = slashed(name);
    const std::size_t first = path.find('/');
    if (!is_path_below(path) || first == std::string::npos || path.starts_with("net/")) {
        failure.fail(errc::invalid_name,
                     "a link's sysctl is written as ipv6.accept_ra or ipv4.neigh.retrans_time_ms");
        return path;
    }
    std::string_view rest = std::string_view{path}.substr(first + 1);
    std::string_view of = "conf";
    const std::size_t second = rest.find('/');
    if (second != std::string_view::npos) {
        of = rest.substr(0, second);
        rest = rest.substr(second + 1);
    }
    return concat({"net/", path.substr(0, first), "/", of, "/", link, "/", rest});
}

VETHPP_INLINE void check_sysctl_value(std::string_view value, Failure& failure) {
    // The kernel reads numbers from one page.
    if (value.find('\0') != std::string_view::npos || value.find('\n') != std::string_view::npos ||
        value.size() > 4094)
        failure.fail(errc::invalid_option,
                     "the value of a sysctl is one line of at most 4094 bytes, without NUL");
}

VETHPP_INLINE std::string why_no_sysctl(std::string_view path, bool directory_exists) {
    struct Known {
        std::string_view begin, why;
    };
    static constexpr std::string_view of_machine =
        "not of a network namespace: the machine has one, in the namespace that it started in";
    static constexpr Known known[] = {
        {"net/core/", of_machine},
        {"net/ipv4/neigh/default/gc_", of_machine},
        {"net/ipv6/neigh/default/gc_", of_machine},
        {"net/ipv4/tcp_mem", of_machine},
        {"net/ipv4/udp_mem", of_machine},
        {"net/ipv4/inet_peer_", of_machine},
        {"net/bridge/", "it is there when the module br_netfilter is loaded"},
        {"net/netfilter/nf_conntrack", "it is there when the module nf_conntrack is loaded"},
        {"net/nf_conntrack_max", "it is there when the module nf_conntrack is loaded"},
        {"net/mpls/", "it is there when the module mpls_router is loaded"},
        {"net/sctp/", "it is there when the module sctp is loaded"},
    };
    for (const Known& one : known)
        if (path.starts_with(one.begin)) return std::string{one.why};
    const bool of_link = path.find("/conf/") != path.npos || path.find("/neigh/") != path.npos;
    if (of_link && !directory_exists) {
        const std::string_view directory = path.substr(0, path.rfind('/'));
        const std::string_view link = directory.substr(directory.rfind('/') + 1);
        return concat({"there is no link ",
                       link,
                       " in the namespace",
                       path.starts_with("net/ipv6/") ? ", or it has no IPv6" : ""});
    }
    return "the kernel has none of that name in a namespace; that of a module is there when it is "
           "loaded";
}

VETHPP_INLINE bool turns_detection_on(std::string_view path, std::string_view value) noexcept {
    return (path == "net/ipv6/conf/default/accept_dad" || path == "net/ipv6/conf/all/accept_dad") &&
           value != "0";
}

}  // namespace vethpp::detail
