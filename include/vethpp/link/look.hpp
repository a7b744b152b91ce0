// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/link/awaited_link.hpp>
#include <vethpp/message/address.hpp>
#include <vethpp/message/link_summary.hpp>
#include <vethpp/netns/ptr.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vethpp::detail {

/// A namespace with links that somebody waits for, and what the last look has seen of it.
struct Place {
    struct Wanted {
        std::uint32_t index = 0;
        std::string name{};
    };
    NetnsPtr netns{};
    std::vector<Wanted> wanted{};
    std::vector<NetnsPtr> far{};  // where other ends may be
    std::uint32_t bridge = 0;     // whose ports are wanted, as soon as they are known
    bool all = false;             // all links, as they come and go

    std::vector<message::LinkSummary> links{};
    bool complete = false;                                // these are all that there are
    std::optional<std::vector<std::uint32_t>> masters{};  // what has ports, sorted
};

/// Looks at links, again and again, and says what they lack.
class Look {
public:
    explicit Look(std::span<const AwaitedLink> links);

    /// Looks at all of them; true if nothing is missing. After the deadline it ends when enough is
    /// missing to tell.
    [[nodiscard]] bool is_ready(const Deadline& deadline, Failure& failure);
    /// What the last look has missed, for people.
    [[nodiscard]] std::string missing() const;

    [[nodiscard]] std::span<const Place> places() const noexcept { return places_; }

private:
    using Summary = message::LinkSummary;
    enum class Lack : std::uint8_t {
        listing,
        carrier,
        forwarding,
        duplicate,
        tentative,
        route,
    };
    struct Missing {
        const Place* place = nullptr;
        const Summary* link = nullptr;
        Lack lack = Lack::listing;
        std::string address{};
    };
    struct Question {
        const Summary* link = nullptr;
        IpAddress address{};
        std::uint8_t prefix_length = 0;
    };

    void look_at(Place& place, const Deadline& deadline, Failure& failure);
    [[nodiscard]] bool find_links(Place& place, Failure& failure);
    [[nodiscard]] bool list_links(const Place& place,
                                  std::vector<Summary>& links,
                                  Failure& failure);
    [[nodiscard]] static std::vector<const Summary*> sort_wanted(const Place& place,
                                                                 Failure& failure);
    [[nodiscard]] bool can_carry(Place& place, const Summary& link, Failure& failure);
    [[nodiscard]] bool has_ports(Place& place, const Summary& bridge, Failure& failure);
    void look_at_addresses(const Place& place,
                           std::uint32_t index,
                           std::span<const Summary* const> links,
                           const Deadline& deadline,
                           Failure& failure);
    void take_address(const Place& place,
                      Question&& question,
                      const message::AddressMessage& address,
                      std::vector<Question>& questions);
    void ask(const Place& place,
             std::span<const Question> questions,
             const Deadline& deadline,
             Failure& failure);

    void miss(Missing&& what);
    [[nodiscard]] bool is_enough(const Deadline& deadline) noexcept;

    static constexpr std::size_t few = 8;

    std::vector<Place> places_{};
    std::vector<Missing> missing_{};
    std::size_t more_ = 0;  // missing, but not kept
    bool cut_ = false;      // not all was looked at
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/look.ipp>
#endif
