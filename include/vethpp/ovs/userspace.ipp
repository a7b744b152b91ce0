// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/ovs/supervisor.hpp>
#include <vethpp/ovs/text_file.hpp>
#include <vethpp/ovs/userspace.hpp>
#include <vethpp/ovsdb/client.hpp>

#include <algorithm>
#include <cstdint>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string_view>
#include <sys/socket.h>

namespace vethpp::detail {

VETHPP_INLINE void leave_arp_to_the_switch(const Link& link) {
    constexpr std::uint16_t arp_ignore = 19;  // IPV4_DEVCONF_ARP_IGNORE of <linux/ip.h>
    constexpr std::uint32_t of_other_links = 1;
    Failure ignored;
    netlink::set_link(
        link.netns().state()->session,
        link.index(),
        [&](wire::Writer& w) {
            w.nest(IFLA_AF_SPEC, [&](wire::Writer& families) {
                families.nest(AF_INET, [&](wire::Writer& inet) {
                    inet.nest(IFLA_INET_CONF, [&](wire::Writer& settings) {
                        settings.attribute(arp_ignore, &of_other_links, sizeof of_other_links);
                    });
                });
            });
        },
        ignored);
}

VETHPP_INLINE void complete_checksums(const Link& link,
                                      const message::LinkSummary& now,
                                      const OvsPortOptions& wanted,
                                      Failure& failure) {
    if (failure || wanted.keep_offloads || now.info.kind != "veth") return;
    error_code ec;
    Link far =
        wanted.far_end
            ? Link{wanted.far_end->netns(), wanted.far_end->index(), wanted.far_end->name(), ec}
            : link.peer(ec);
    if (!ec) far.set_offloads({.tx_checksum = false}, ec);
    failure.fail(
        ec,
        concat({"the far end of ",
                now.name,
                " is not known: over a userspace datapath its transmit checksum offload must be "
                "off; name it as .far_end, or .keep_offloads"}));
}

VETHPP_INLINE void forget_flows(const std::string& database, Deadline deadline) {
    constexpr std::string_view scheme = "unix:";
    const std::size_t end = database.rfind('/');
    if (!database.starts_with(scheme) || end == database.npos) return;
    const std::string directory = database.substr(scheme.size(), end - scheme.size());
    const std::string_view name = std::string_view{directory}.substr(directory.rfind('/') + 1);
    if (!name.starts_with(ovs_directory_name)) return;
    const std::string daemon = directory + "/ovs-vswitchd.";
    std::string pid = read_text_file(daemon + "pid");
    pid.erase(std::min(pid.find('\n'), pid.size()));
    // The socket of ovs-appctl(8), which speaks the same JSON-RPC.
    Failure ignored;
    ovsdb::Client control{concat({scheme, daemon, pid, ".ctl"}), {}, deadline, ignored};
    control.call("revalidator/purge", {}, deadline, ignored);
}

}  // namespace vethpp::detail
