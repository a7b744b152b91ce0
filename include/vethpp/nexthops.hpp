// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/nexthop.hpp>
#include <vethpp/netns/ref.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace vethpp {

/// The nexthop objects of a namespace (ip-nexthop(8), Linux 5.3).
///
///     vethpp::Nexthops nexthops{router};
///     nexthops.add({.id = 1, .via = "10.0.1.1", .link = pair.first()});
///     vethpp::Routes{router}.add({.destination = "10.9.0.0/16", .nexthop_id = 1});
///
/// **Blocking.** Each call is one request, list() and flush() some more. **Errors.** An Error names
/// the nexthop and the namespace; changing needs CAP_NET_ADMIN there.
class Nexthops {
public:
    explicit Nexthops(NetnsRef netns) noexcept : netns_{std::move(netns)} {}

    /// Returns its id. Fails with EEXIST if there is one of that id.
    std::uint32_t add(const Nexthop& nexthop, OnError on_error = {}) const;
    /// Adds it, or changes the one of that id; the routes that name it follow.
    void replace(const Nexthop& nexthop, OnError on_error = {}) const;
    /// The routes that name it go, too; ENOENT if there is none.
    void remove(std::uint32_t id, OnError on_error = {}) const;

    /// In the order of their ids, with the names of their links.
    [[nodiscard]] std::vector<Nexthop> list(const NexthopFilter& filter = {},
                                            OnError on_error = {}) const;
    /// Removes what list() with that filter would list, and says how many there were.
    std::size_t flush(const NexthopFilter& filter = {}, OnError on_error = {}) const;

private:
    NetnsRef netns_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/nexthops.ipp>
#endif
