// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/options.hpp>
#include <vethpp/message/neighbour.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/pin_neighbours.hpp>
#include <vethpp/value/family.hpp>
#include <vethpp/value/prefix.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace vethpp {

/// Which neighbours are meant: those that agree with all that is given.
struct NeighbourFilter {
    std::optional<LinkIndex> link{};
    std::optional<LinkIndex> master{};  ///< the links that are its ports
    std::optional<Family> family{};     ///< both unless given
    std::optional<Prefix> to{};         ///< those whose address is in it
    /// Those of these states. Unless given: of list() all but noarp, as `ip neighbour` shows them;
    /// of flush() all but noarp and permanent ones.
    std::vector<NeighbourState> states{};
    bool all = false;      ///< whatever their state is
    bool proxies = false;  ///< proxy entries, and no others
};

/// The neighbours of a namespace, or of one of its links: the ARP table and that of IPv6's
/// neighbour discovery (ip-neighbour(8), rtnetlink(7)).
///
///     vethpp::Neighbours{pair.first()}.add({.address = "10.0.0.2", .mac = "02:00:00:00:00:02"});
///     vethpp::Neighbours{ns}.flush();  // forgets what was learnt, and what was asked for in vain
///
/// **Blocking.** Each call is one request; list() is one more for the name of each link.
/// **Errors.** An Error names the entry and the namespace; changing needs CAP_NET_ADMIN there.
class Neighbours {
public:
    explicit Neighbours(NetnsRef netns) noexcept;
    /// Those of a link, which entries and filters then need not name.
    explicit Neighbours(const LinkRef& link);

    /// Fails with EEXIST if the link has an entry for that address. One is permanent unless its
    /// state says otherwise. It goes when the link is set down, or gets another MAC address.
    void add(const Neighbour& neighbour, OnError on_error = {}) const;
    /// Adds it, or changes the one that is there.
    void replace(const Neighbour& neighbour, OnError on_error = {}) const;
    /// Removes the one of that address and link; ENOENT if there is none.
    void remove(const Neighbour& neighbour, OnError on_error = {}) const;
    /// The one of that address; ENOENT if there is none. Needs a link, but of a proxy; Linux 5.0.
    [[nodiscard]] Neighbour find(const IpAddress& address, OnError on_error = {}) const;

    /// IPv4 first. Link, family and master are the kernel's business.
    [[nodiscard]] std::vector<Neighbour> list(const NeighbourFilter& filter = {},
                                              OnError on_error = {}) const;
    [[nodiscard]] std::vector<Neighbour> list(ErrorCode auto& ec) const { return list({}, ec); }
    /// Removes them, and says how many. Permanent ones and those that need no resolution stay
    /// unless the filter asks for them, as for `ip neighbour flush`.
    std::size_t flush(const NeighbourFilter& filter = {}, OnError on_error = {}) const;
    std::size_t flush(ErrorCode auto& ec) const { return flush({}, ec); }

private:
    void change(const char* operation,
                std::uint16_t type,
                int flags,
                Neighbour neighbour,
                OnError on_error) const;

    NetnsRef netns_;
    std::optional<LinkIndex> link_{};
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/neighbours.ipp>
#endif
