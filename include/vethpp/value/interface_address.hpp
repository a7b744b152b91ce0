// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/ip_address.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp {

/// How far an address or a route is valid (rtnetlink(7), RT_SCOPE_*).
enum class AddressScope : std::uint8_t {
    universe = 0,
    site = 200,
    link = 253,
    host = 254,
    nowhere = 255,
};

/// What can be said about an address besides its prefix; the defaults are what `ip address add`
/// does, except that IPv6 duplicate address detection is off, so that the address can be used at
/// once.
struct AddressOptions {
    std::optional<IpAddress> peer{};       ///< the far end of a point-to-point link
    std::optional<IpAddress> broadcast{};  ///< IPv4 only; none unless given
    std::string label{};  ///< IPv4 only: at most 15 bytes, starts with the link's name
    std::optional<AddressScope> scope{};  ///< by default what the address itself implies
    /// IPv6 only: the address stays tentative for 1 to 2 s. Turns detection on for the link, where
    /// its namespace has it off, as those of Netns::create() have (net.ipv6.conf.*.accept_dad).
    /// Links without neighbours (the loopback, without ARP) detect nothing.
    bool duplicate_address_detection = false;
    bool home_address = false;     ///< IPv6 only (IFA_F_HOMEADDRESS)
    bool no_prefix_route = false;  ///< adds no route to the prefix (IFA_F_NOPREFIXROUTE)
    std::optional<std::chrono::seconds> valid_lifetime{};      ///< forever unless given
    std::optional<std::chrono::seconds> preferred_lifetime{};  ///< forever unless given
    std::optional<std::uint32_t> metric{};    ///< of the prefix route (IFA_RT_PRIORITY)
    std::optional<std::uint32_t> protocol{};  ///< 0 to 255: who added it (IFA_PROTO, Linux 5.18)

    friend bool operator==(const AddressOptions&, const AddressOptions&) = default;
};

/// An address of an interface, with the length of its prefix in bits: "10.1.1.2/24", "fd00::2/64".
class InterfaceAddress {
public:
    InterfaceAddress() = default;
    // NOLINTBEGIN(google-explicit-constructor): options are written as `.addresses =
    // {"10.1.1.2/24"}`
    /// Parses address/length. The length is never guessed: text without one, like all that is no
    /// address, makes this invalid, which whoever is given it reports (errc::invalid_address).
    InterfaceAddress(std::string_view text, AddressOptions options = {});
    InterfaceAddress(const char* text, AddressOptions options = {})
        : InterfaceAddress{std::string_view{text}, std::move(options)} {}
    InterfaceAddress(const std::string& text, AddressOptions options = {})
        : InterfaceAddress{std::string_view{text}, std::move(options)} {}
    // NOLINTEND(google-explicit-constructor)
    InterfaceAddress(IpAddress address, std::uint8_t prefix_length, AddressOptions options = {})
        : address_{std::move(address)},
          prefix_length_{prefix_length},
          options_{std::move(options)} {}

    /// Quotes the text in its Error.
    [[nodiscard]] static InterfaceAddress parse(std::string_view text, OnError on_error = {});

    [[nodiscard]] const IpAddress& address() const noexcept { return address_; }
    [[nodiscard]] std::uint8_t prefix_length() const noexcept { return prefix_length_; }
    [[nodiscard]] bool is_v6() const noexcept { return address_.is_v6(); }
    [[nodiscard]] const AddressOptions& options() const noexcept { return options_; }
    [[nodiscard]] AddressOptions& options() noexcept { return options_; }
    [[nodiscard]] bool is_valid() const noexcept { return problem_.empty(); }
    /// Why it is invalid; empty if it is not.
    [[nodiscard]] std::string_view problem() const noexcept { return problem_; }

    /// "10.1.1.2/24"; of an invalid one, the text that it was made of, in quotes.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const InterfaceAddress&, const InterfaceAddress&) = default;

private:
    IpAddress address_{};
    std::uint8_t prefix_length_ = 0;
    AddressOptions options_{};
    std::string_view problem_{};  // a literal
    std::string refused_{};
};

/// A list of them, or one without the braces: `.addresses = "10.1.1.2/24"`.
class InterfaceAddresses : public std::vector<InterfaceAddress> {
    using List = std::vector<InterfaceAddress>;

public:
    using List::List;
    // NOLINTBEGIN(google-explicit-constructor): options are written like that
    InterfaceAddresses(List list) noexcept : List{std::move(list)} {}
    template <class One>
    requires std::convertible_to<One&&, InterfaceAddress> InterfaceAddresses(One&& one)
        : List(1, std::forward<One>(one)) {}
    // NOLINTEND(google-explicit-constructor)
};

namespace detail {

/// Fails with invalid_address for an invalid one, and with invalid_option for what the kernel would
/// read as something else, or skip, in silence.
void check_address(const InterfaceAddress& address, Failure& failure);

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
    [[nodiscard]] bool is_tentative() const noexcept;
    /// Duplicate address detection found another owner.
    [[nodiscard]] bool is_duplicate() const noexcept;
    [[nodiscard]] bool is_permanent() const noexcept;

    friend bool operator==(const AddressState&, const AddressState&) = default;

private:
    std::uint32_t link_ = 0;
    std::uint32_t flags_ = 0;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/value/interface_address.ipp>
#endif
