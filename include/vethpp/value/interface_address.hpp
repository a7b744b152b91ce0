// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/value/error.hpp>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp {

using IpAddress = boost::asio::ip::address;

/// How far an address is valid (rtnetlink(7), ifa_scope).
enum class AddressScope : std::uint8_t {
    universe = RT_SCOPE_UNIVERSE,
    site = RT_SCOPE_SITE,
    link = RT_SCOPE_LINK,
    host = RT_SCOPE_HOST,
    nowhere = RT_SCOPE_NOWHERE,
};

/// What can be said about an address besides its prefix; the defaults are what `ip address add`
/// does, except that IPv6 duplicate address detection is off, so that the address can be used at
/// once.
struct AddressOptions {
    std::optional<IpAddress> peer{};       ///< the far end of a point-to-point link
    std::optional<IpAddress> broadcast{};  ///< IPv4 only; none unless given
    std::string label{};  ///< IPv4 only: at most 15 bytes, starts with the link's name
    std::optional<AddressScope> scope{};  ///< by default what the address itself implies
    bool duplicate_address_detection =
        false;                     ///< IPv6 only: the address stays tentative for 1 to 2 s
    bool home_address = false;     ///< IPv6 only (IFA_F_HOMEADDRESS)
    bool no_prefix_route = false;  ///< adds no route to the prefix (IFA_F_NOPREFIXROUTE)
    std::optional<std::chrono::seconds> valid_lifetime{};      ///< forever unless given
    std::optional<std::chrono::seconds> preferred_lifetime{};  ///< forever unless given
    std::optional<std::uint32_t> metric{};   ///< of the prefix route (IFA_RT_PRIORITY)
    std::optional<std::uint8_t> protocol{};  ///< who added it (IFA_PROTO, Linux 5.18)

    friend bool operator==(const AddressOptions&, const AddressOptions&) = default;
};

/// An address of an interface, with the length of its prefix in bits: "10.1.1.2/24", "fd00::2/64".
class InterfaceAddress {
public:
    InterfaceAddress() = default;
    // NOLINTBEGIN(google-explicit-constructor): options are written as `.addresses =
    // {"10.1.1.2/24"}`
    /// Parses address/length; throws Error (invalid_address) quoting the text. The length is never
    /// guessed: an address without one is refused.
    InterfaceAddress(std::string_view text, AddressOptions options = {})
        : InterfaceAddress{parse(text)} {
        options_ = std::move(options);
    }
    InterfaceAddress(const char* text, AddressOptions options = {})
        : InterfaceAddress{std::string_view{text}, std::move(options)} {}
    InterfaceAddress(const std::string& text, AddressOptions options = {})
        : InterfaceAddress{std::string_view{text}, std::move(options)} {}
    // NOLINTEND(google-explicit-constructor)
    InterfaceAddress(IpAddress address, std::uint8_t prefix_length, AddressOptions options = {})
        : address_{std::move(address)},
          prefix_length_{prefix_length},
          options_{std::move(options)} {}

    [[nodiscard]] static InterfaceAddress parse(std::string_view text, OnError on_error = {}) {
        InterfaceAddress result;
        Failure failure;
        if (const std::string_view problem = result.assign(text); !problem.empty()) {
            failure.context.operation = "parse an interface address";
            failure.context.object = detail::quoted(text);
            failure.fail(errc::invalid_address, std::string{problem});
            result = {};
        }
        on_error(std::move(failure));
        return result;
    }

    [[nodiscard]] const IpAddress& address() const noexcept { return address_; }
    [[nodiscard]] std::uint8_t prefix_length() const noexcept { return prefix_length_; }
    [[nodiscard]] bool is_v6() const noexcept { return address_.is_v6(); }
    [[nodiscard]] const AddressOptions& options() const noexcept { return options_; }
    [[nodiscard]] AddressOptions& options() noexcept { return options_; }

    /// "10.1.1.2/24"
    [[nodiscard]] std::string to_string() const {
        return detail::concat({address_.to_string(), "/", std::to_string(prefix_length_)});
    }

    friend bool operator==(const InterfaceAddress&, const InterfaceAddress&) = default;

private:
    // Empty on success, otherwise what is wrong.
    [[nodiscard]] std::string_view assign(std::string_view text) {
        const std::size_t slash = text.find('/');
        if (slash == std::string_view::npos)
            return "the prefix length is missing, as in 10.1.1.2/24";
        if (text.substr(0, slash).find('%') != std::string_view::npos)
            return "an interface address has no %scope: the link is the scope";
        error_code ec;
        address_ = boost::asio::ip::make_address(text.substr(0, slash), ec);
        // Asio hands a C string on, which ends at the first NUL.
        if (ec || text.find('\0') != std::string_view::npos)
            return "expected an IPv4 or IPv6 address before the '/'";
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), prefix_length_);
        if (error != std::errc{} || end != digits.data() + digits.size())
            return "expected a number of bits after the '/'";
        if (prefix_length_ > (address_.is_v4() ? 32 : 128))
            return address_.is_v4() ? "an IPv4 prefix has at most 32 bits"
                                    : "an IPv6 prefix has at most 128 bits";
        return {};
    }

    IpAddress address_{};
    std::uint8_t prefix_length_ = 0;
    AddressOptions options_{};
};

namespace detail {

/// Fails with invalid_option for what the kernel would read as something else, or skip, in silence.
inline void check_address(const InterfaceAddress& address, Failure& failure) {
    const AddressOptions& options = address.options();
    std::string_view problem;
    if (options.peer && options.peer->is_v6() != address.is_v6())
        problem = "the peer is of the other IP version";
    else if (options.broadcast && (address.is_v6() || options.broadcast->is_v6()))
        problem = "only IPv4 has a broadcast address";
    else if (!options.label.empty() && address.is_v6())
        problem = "only an IPv4 address has a label";
    if (!problem.empty()) failure.fail(errc::invalid_option, std::string{problem});
}

}  // namespace detail

/// An address as the kernel lists it.
class AddressState : public InterfaceAddress {
public:
    AddressState() = default;
    AddressState(InterfaceAddress address, std::uint32_t link, std::uint32_t flags)
        : InterfaceAddress{std::move(address)}, link_{link}, flags_{flags} {}

    /// The index of the link that has it.
    [[nodiscard]] std::uint32_t link() const noexcept { return link_; }
    /// IFA_F_*, as in <linux/if_addr.h>.
    [[nodiscard]] std::uint32_t flags() const noexcept { return flags_; }
    /// Duplicate address detection is still running: nothing can be bound to it.
    [[nodiscard]] bool is_tentative() const noexcept {
        return (flags_ & IFA_F_TENTATIVE) != 0 && (flags_ & IFA_F_OPTIMISTIC) == 0;
    }
    /// Duplicate address detection found another owner.
    [[nodiscard]] bool is_duplicate() const noexcept { return (flags_ & IFA_F_DADFAILED) != 0; }
    [[nodiscard]] bool is_permanent() const noexcept { return (flags_ & IFA_F_PERMANENT) != 0; }

    friend bool operator==(const AddressState&, const AddressState&) = default;

private:
    std::uint32_t link_ = 0;
    std::uint32_t flags_ = 0;
};

}  // namespace vethpp

template <>
struct fmt::formatter<vethpp::InterfaceAddress> : fmt::formatter<std::string_view> {
    auto format(const vethpp::InterfaceAddress& address, format_context& ctx) const {
        return fmt::formatter<std::string_view>::format(address.to_string(), ctx);
    }
};

template <>
struct fmt::formatter<vethpp::AddressState> : fmt::formatter<vethpp::InterfaceAddress> {};
