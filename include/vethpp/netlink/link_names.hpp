// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/session.hpp>
#include <vethpp/value/link_index.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace vethpp::netlink {

/// The names of links, for what is listed by their indexes; each is asked for once.
class LinkNames {
public:
    explicit LinkNames(Session& session) noexcept : session_{&session} {}

    /// Gives it its name. One that is not there any more stays without.
    void put(LinkIndex& link);
    void put(std::optional<LinkIndex>& link) {
        if (link) put(*link);
    }

private:
    Session* session_;
    std::map<std::uint32_t, std::string> known_{};
};

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/link_names.ipp>
#endif
