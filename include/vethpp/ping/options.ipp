// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ping/options.hpp>

namespace vethpp::detail {

VETHPP_INLINE void check_ping_options(const PingOptions& options, Failure& failure) {
    const auto refuse = [&](std::string_view name, std::string_view value, std::string_view range) {
        failure.fail(errc::invalid_option, concat({name, " is ", value, ", not ", range}));
    };
    if (options.count < 1) refuse("count", std::to_string(options.count), "at least 1");
    if (options.interval.count() < 0)
        refuse("interval", std::to_string(options.interval.count()) + " us", "0 or more");
    if (options.timeout.count() < 0)
        refuse("timeout", std::to_string(options.timeout.count()) + " us", "0 or more");
    if (!options.size.is_within(0, max_ping_size))
        refuse("size", std::to_string(options.size), "0 to 65507 bytes");
    if (options.ttl && (*options.ttl < 1 || *options.ttl > 255))
        refuse("ttl", std::to_string(*options.ttl), "1 to 255");
    if (options.source) check_ip(*options.source, failure);
}

VETHPP_INLINE IpAddress unmapped(const IpAddress& address) {
    using namespace boost::asio::ip;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return make_address_v4(v4_mapped, address.to_v6());
    return address;
}

VETHPP_INLINE PingTarget parse_ping_target(std::string_view text, Failure& failure) {
    PingTarget target;
    const std::size_t percent = text.find('%');
    if (failure) return target;
    target.address = unmapped(text.substr(0, percent));
    if (!target.address.is_valid() || text.find('\0') != text.npos) {
        failure.fail(errc::invalid_address,
                     "expected an IPv4 or IPv6 address; names are not looked up");
        return {};
    }
    if (percent == std::string_view::npos) return target;
    target.scope = text.substr(percent + 1);
    if (target.address.is_v4())
        failure.fail(errc::invalid_address, "only an IPv6 address has a %scope");
    else if (target.scope.empty())
        failure.fail(errc::invalid_address, "the scope after the '%' is empty");
    return target;
}

}  // namespace vethpp::detail
