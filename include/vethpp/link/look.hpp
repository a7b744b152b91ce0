// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/link/awaited_link.hpp>
#include <vethpp/message/address.hpp>
#include <vethpp/message/link_summary.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vethpp::detail {

/// Looks at links, again and again, and says what they lack.
class Look {
public:
    explicit Look(std::span<const AwaitedLink> links) : links_{links} {}

    /// Looks at all of them; true if nothing is missing. After the deadline it ends when enough is
    /// missing to tell.
    [[nodiscard]] bool is_ready(const Deadline& deadline, Failure& failure);
    /// What the last look has missed, for people.
    [[nodiscard]] std::string missing() const;
    /// Further namespaces in which something was missing.
    [[nodiscard]] std::span<const NetnsPtr> underlays() const noexcept { return underlays_; }

private:
    using Summary = message::LinkSummary;
    enum class Lack : std::uint8_t {
        listing,
        carrier,
        forwarding,
        duplicate,
        tentative,
        route,
        way,
    };
    struct Missing {
        NetnsState* netns = nullptr;
        Summary link{};
        Lack lack = Lack::listing;
        std::string address{};
    };
    // Whether packets to an address of a link would be delivered.
    struct Question {
        const Summary* link = nullptr;
        IpAddress address{};
        std::uint8_t prefix_length = 0;
    };

    void look_at(const AwaitedLink& awaited, const Deadline& deadline, Failure& failure);
    [[nodiscard]] bool find_links(const AwaitedLink& awaited, Failure& failure);
    [[nodiscard]] bool list_links(NetnsState& netns, std::vector<Summary>& links, Failure& failure);
    [[nodiscard]] bool can_carry(const AwaitedLink& awaited, const Summary& link, Failure& failure);
    [[nodiscard]] bool has_ports(const AwaitedLink& awaited,
                                 const Summary& bridge,
                                 Failure& failure);
    void look_at_addresses(const AwaitedLink& awaited,
                           std::uint32_t index,
                           const Deadline& deadline,
                           Failure& failure);
    [[nodiscard]] bool take_wanted(std::vector<Summary>& links,
                                   const Summary& wanted,
                                   Failure& failure);
    [[nodiscard]] Summary* find(std::vector<Summary>& links, std::uint32_t index) noexcept;
    void take_address(NetnsState& netns,
                      const Question& question,
                      const message::AddressMessage& address);
    void ask(NetnsState& netns, Failure& failure);
    void look_at_remote(const AwaitedLink& awaited, const Summary& link, Failure& failure);
    void look_at_routes(const AwaitedLink& awaited, Failure& failure);

    void miss(NetnsState& netns, const Summary& link, Lack lack, std::string&& address = {});
    [[nodiscard]] bool is_enough(const Deadline& deadline) noexcept;

    static constexpr std::size_t few = 8;
    static constexpr std::size_t at_once = 64;

    std::span<const AwaitedLink> links_;
    std::vector<Summary> seen_{};   // one that is not usable is marked as down
    std::vector<Summary> ports_{};  // of the bridge, as the first list had them
    bool knows_ports_ = false;
    std::size_t latest_ = 0;  // where in a list one was found
    std::vector<NetnsPtr> underlays_{};
    Question questions_[at_once];
    std::size_t asked_ = 0;
    Missing missing_[few];
    std::size_t missed_ = 0;  // may be more than are kept
    bool cut_ = false;        // not all was looked at
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/look.ipp>
#endif
