// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/value/udp_endpoint.hpp>

#include <charconv>

namespace vethpp {

VETHPP_INLINE UdpEndpoint::UdpEndpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon != text.npos) {
        std::string_view host = text.substr(0, colon);
        const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
        if (brackets) host = host.substr(1, host.size() - 2);
        IpAddress address{host};
        std::uint16_t port = 0;
        const char* end = text.data() + text.size();
        const auto [read, error] = std::from_chars(text.data() + colon + 1, end, port);
        if (address.is_valid() && address.is_v6() == brackets && error == std::errc{} &&
            read == end) {
            address_ = std::move(address);
            port_ = port;
            return;
        }
    }
    refused_ = detail::quoted(text);
}

VETHPP_INLINE std::string UdpEndpoint::to_string() const {
    if (!refused_.empty()) return refused_;
    const std::string host = address_.to_string();
    const bool brackets = address_.is_v6() && address_.is_valid();
    return detail::concat(
        {brackets ? "[" : "", host, brackets ? "]:" : ":", std::to_string(port_.value())});
}

namespace detail {

VETHPP_INLINE void check_endpoint(const UdpEndpoint& endpoint, Failure& failure) {
    if (endpoint.is_valid()) return;
    failure.fail(errc::invalid_address,
                 concat({endpoint.to_string(),
                         " is no address and port: expected one like 10.0.0.2:51820 or "
                         "[fd00::2]:51820"}));
}

}  // namespace detail
}  // namespace vethpp
