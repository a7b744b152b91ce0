// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/link.hpp>
#include <vethpp/message/link.hpp>
#include <vethpp/ovs/options.hpp>
#include <vethpp/ovs/supervisor.hpp>
#include <vethpp/ovsdb/client.hpp>
#include <vethpp/wire/writer.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string>
#include <string_view>
#include <sys/socket.h>

/// What a port needs over a datapath in userspace, beside its rows in the database.
namespace vethpp::detail {

/// Without this the kernel answers ARP requests that arrive at the port for the addresses of
/// all links there, such as an internal port's, with the port's MAC address, in a race with
/// the right answer: for a second, nothing arrives. Nothing else is lost without it, or
/// without the permission.
inline void leave_arp_to_the_switch(const Link& link, const LinkState& now) {
    constexpr std::uint16_t arp_ignore = 19;  // IPV4_DEVCONF_ARP_IGNORE of <linux/ip.h>
    constexpr std::uint32_t of_other_links = 1;
    Failure ignored;
    link.netns().state()->session.request(
        {.type = RTM_SETLINK},
        [&](wire::Writer& w) {
            w.pod(message::link_header(now.index));
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
inline void complete_checksums(const Link& link,
                               const LinkState& now,
                               const OvsPortOptions& wanted,
                               Failure& failure) {
    error_code ec;
    const Offloads off{.tx_checksum = false};
    if (wanted.far_end) {
        const LinkRef& far = *wanted.far_end;
        Link{far.netns(), far.index(), far.name()}.set_offloads(off, ec);
    } else if (Link far = link.peer(ec); !ec) {
        far.set_offloads(off, ec);
    }
    if (!ec) return;
    failure.fail(ec);
    failure.context.hint =
        concat({"the far end of ",
                now.name,
                " is not known: over a userspace datapath its transmit checksum offload must be "
                "off; name it as .far_end, or .keep_offloads"});
}

/// For a few milliseconds after "it is carried out", frames still go the way that they went
/// before, which may lead past a new port: the flows are revised in the background. A
/// switch of one's own is told to forget them; one that serves others is left alone.
inline void forget_flows(const std::string& database, ovsdb::Client::Clock::time_point until) {
    constexpr std::string_view scheme = "unix:";
    if (!database.starts_with(scheme)) return;
    const std::filesystem::path socket{database.substr(scheme.size())};
    const std::string directory = socket.parent_path().filename();
    if (!directory.starts_with(ovs_directory_name)) return;
    const std::string daemon = socket.parent_path() / "ovs-vswitchd.";
    std::string pid;
    std::ifstream{daemon + "pid"} >> pid;
    // The socket of ovs-appctl(8), which speaks the same JSON-RPC.
    Failure ignored;
    ovsdb::Client control{concat({scheme, daemon, pid, ".ctl"}), {}, ignored};
    if (!ignored) control.call("revalidator/purge", {}, until, ignored);
}

}  // namespace vethpp::detail
