// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/options.hpp>
#include <vethpp/message/mdb_entry.hpp>
#include <vethpp/netns/ref.hpp>

#include <cstdint>
#include <vector>

namespace vethpp {

/// The multicast database of a bridge: which of its ports get what is sent to a group (bridge(8),
/// "mdb").
///
///     vethpp::MulticastDatabase{br0}.add({.link = port, .group = "239.1.1.1", .permanent = true});
///
/// **Blocking.** Each call is one request, and one for the name of each port that list() meets.
/// **Errors.** An Error names the entry and the namespace; changing needs CAP_NET_ADMIN there, and
/// a bridge that snoops (BridgeSettings::multicast_snooping), as it does by default.
class MulticastDatabase {
public:
    explicit MulticastDatabase(const LinkRef& bridge);

    /// Fails with EEXIST if the port is in that group.
    void add(const MdbEntry& entry, OnError on_error = {}) const;
    /// Adds it, or changes the one that is there; Linux 6.3.
    void replace(const MdbEntry& entry, OnError on_error = {}) const;
    void remove(const MdbEntry& entry, OnError on_error = {}) const;
    /// Those that the bridge has learnt included.
    [[nodiscard]] std::vector<MdbEntry> list(OnError on_error = {}) const;

private:
    void change(const char* operation,
                std::uint16_t type,
                int flags,
                const MdbEntry& entry,
                OnError on_error) const;

    NetnsRef netns_;
    LinkIndex bridge_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/mdb.ipp>
#endif
