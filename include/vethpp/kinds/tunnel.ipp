// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/kinds/tunnel.hpp>

namespace vethpp {

VETHPP_INLINE std::string_view to_string(TunnelEncapsulation encapsulation) noexcept {
    switch (encapsulation) {
        case TunnelEncapsulation::none:
            return "none";
        case TunnelEncapsulation::fou:
            return "fou";
        case TunnelEncapsulation::gue:
            return "gue";
        case TunnelEncapsulation::mpls:
            return "mpls";
    }
    return "unknown";
}

VETHPP_INLINE std::string Ipv6Flow::to_string() const {
    return detail::concat(
        {"tclass 0x", detail::hex(traffic_class, 2), " flowlabel 0x", detail::hex(label, 5)});
}

namespace detail {

VETHPP_INLINE void check_tunnel(bool v6,
                                const std::optional<IpAddress>& local,
                                const std::optional<IpAddress>& remote,
                                Failure& failure) {
    for (const auto& address : {local, remote}) {
        if (failure || !address || address->is_v6() == v6) continue;
        failure.fail(errc::invalid_option,
                     concat({address->to_string(),
                             v6 ? " is no IPv6 address, which this kind of tunnel is between"
                                : " is no IPv4 address, which this kind of tunnel is between"}));
    }
}

VETHPP_INLINE std::string_view why_no_tunnel(error_code code, bool encapsulated) noexcept {
    if (code == boost::system::errc::file_exists)
        return "a tunnel of its kind with the same addresses and keys is there";
    if (code == boost::system::errc::invalid_argument && encapsulated)
        return "encapsulation needs the kernel's module fou";
    return {};
}

}  // namespace detail
}  // namespace vethpp
