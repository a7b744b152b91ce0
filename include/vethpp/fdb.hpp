// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/options.hpp>
#include <vethpp/message/fdb_entry.hpp>
#include <vethpp/netns/ref.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace vethpp {

/// Which entries are meant: those that agree with all that is given.
struct FdbFilter {
    std::optional<LinkIndex> link{};  ///< the port
    std::optional<MacAddress> mac{};
    std::optional<std::uint32_t> vlan{};
    /// Those of these states. Unless given: of list() all; of flush() all but permanent ones.
    std::vector<FdbState> states{};
    bool all = false;  ///< whatever their state; of list(), also the addresses that links listen to
};

/// The forwarding database of a bridge or of a VXLAN, or those of a namespace (bridge(8), "fdb").
///
///     vethpp::ForwardingDatabase{br0}.add({.mac = "02:00:00:00:00:02", .link = pair.first()});
///     vethpp::ForwardingDatabase{vx}.append({.mac = "00:00:00:00:00:00", .destination =
///     "10.0.0.2"});
///
/// **Blocking.** Each call is one request or two, and one for the name of each link that list()
/// meets. **Errors.** An Error names the entry and the namespace; changing needs CAP_NET_ADMIN
/// there.
class ForwardingDatabase {
public:
    explicit ForwardingDatabase(NetnsRef netns) noexcept;
    /// That of a bridge, a VXLAN, or a port; entries then need not name it.
    explicit ForwardingDatabase(const LinkRef& link);

    /// Fails with EEXIST if there is an entry for that address. One of a port is the bridge's; see
    /// FdbEntry::self.
    void add(const FdbEntry& entry, OnError on_error = {}) const;
    /// Adds a further destination to an address of a VXLAN: frames go to all of them.
    void append(const FdbEntry& entry, OnError on_error = {}) const;
    /// Adds it, or changes the one that is there.
    void replace(const FdbEntry& entry, OnError on_error = {}) const;
    /// ENOENT if there is none.
    void remove(const FdbEntry& entry, OnError on_error = {}) const;
    /// The first one of that address; ENOENT if there is none.
    [[nodiscard]] FdbEntry find(const MacAddress& mac, OnError on_error = {}) const;

    /// Those of the bridge, its ports included, or those of the VXLAN or of the port.
    [[nodiscard]] std::vector<FdbEntry> list(const FdbFilter& filter = {},
                                             OnError on_error = {}) const;
    [[nodiscard]] std::vector<FdbEntry> list(ErrorCode auto& ec) const { return list({}, ec); }
    /// Removes them, and says how many: what was learnt, and static ones.
    std::size_t flush(const FdbFilter& filter = {}, OnError on_error = {}) const;
    std::size_t flush(ErrorCode auto& ec) const { return flush({}, ec); }

private:
    void change(const char* operation,
                std::uint16_t type,
                int flags,
                FdbEntry entry,
                OnError on_error) const;

    NetnsRef netns_;
    std::optional<LinkIndex> link_{};
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/fdb.ipp>
#endif
