// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_if.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/value/print.hpp>

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace vethpp {

/// An IPv4 or IPv6 address: Asio's, which can also be written as text.
class IpAddress : public boost::asio::ip::address {
    using Base = boost::asio::ip::address;

public:
    IpAddress() = default;
    // NOLINTBEGIN(google-explicit-constructor): options are written as `.peer = "10.0.0.2"`
    IpAddress(const Base& other) noexcept : Base{other} {}
    IpAddress(const boost::asio::ip::address_v4& v4) noexcept : Base{v4} {}
    IpAddress(const boost::asio::ip::address_v6& v6) noexcept : Base{v6} {}
    /// What is no address makes this invalid, which whoever is given it reports
    /// (errc::invalid_address). A %scope is none: it would be looked up in the caller's namespace.
    IpAddress(std::string_view text);
    IpAddress(const char* text) : IpAddress{std::string_view{text}} {}
    IpAddress(const std::string& text) : IpAddress{std::string_view{text}} {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool is_valid() const noexcept { return refused_[0] == '\0'; }
    /// "10.1.1.2"; of an invalid one, the text that it was made of, in quotes.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const IpAddress& a, const IpAddress& b) noexcept {
        return static_cast<const Base&>(a) == static_cast<const Base&>(b) &&
               std::string_view{a.refused_} == std::string_view{b.refused_};
    }
    friend bool operator==(const IpAddress& a, const Base& b) noexcept {
        return a.is_valid() && static_cast<const Base&>(a) == b;
    }

private:
    char refused_[48]{};  // how the text began that is no address, in quotes
};

namespace detail {

/// Fails with invalid_address for an invalid one.
void check_ip(const IpAddress& address, Failure& failure);

/// Parses "ADDRESS/LENGTH", or what is left of it to the caller. Empty on success, otherwise what
/// is wrong.
[[nodiscard]] std::string_view parse_prefix(std::string_view text,
                                            IpAddress& address,
                                            std::uint8_t& length);

}  // namespace detail
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/value/ip_address.ipp>
#endif
