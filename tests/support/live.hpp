// SPDX-License-Identifier: BSL-1.0
// What tests against the kernel share: both forms of a call, raw requests, and a look from outside.
#pragma once

#include "catch.hpp"
#include "link_attributes.hpp"
#include <vethpp/message/bridge_fields.hpp>
#include <vethpp/netlink/addresses.hpp>
#include <vethpp/netlink/namespace_ids.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/system.hpp>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp_test {

/// Calls f(OnError) in both of its forms. Both must fail with the same code; returns the Error.
template <class F>
vethpp::Error failure_of(F&& f) {
    vethpp::error_code stored;
    f(vethpp::OnError{stored});
    std::optional<vethpp::Error> thrown;
    try {
        f(vethpp::OnError{});
    } catch (const vethpp::Error& error) {
        thrown = error;
    }
    REQUIRE(thrown);
    INFO(thrown->what());
    CHECK(stored == thrown->code());
    return std::move(*thrown);
}

/// Calls f(OnError) in both of its forms. Both must succeed, and the code must be cleared.
template <class F>
void succeeds(F&& f) {
    vethpp::error_code stored = make_error_code(vethpp::errc::malformed_reply);
    f(vethpp::OnError{stored});
    CHECK(stored == vethpp::error_code{});
    CHECK_NOTHROW(f(vethpp::OnError{}));
}

/// Fails the test unless the error is this errno and its sentence is this one.
inline void check_error(const vethpp::Error& error, int number, const std::string& sentence) {
    CHECK(error.code() == vethpp::error_code{number, boost::system::system_category()});
    CHECK(std::string{error.what()} == sentence);
}
inline void check_error(const vethpp::Error& error,
                        vethpp::errc code,
                        const std::string& sentence) {
    CHECK(error.code() == code);
    CHECK(std::string{error.what()} == sentence);
}

/// How a sentence ends where the kernel gives a reason of its own since that version, and vethpp
/// makes up for it before.
inline std::string reason(unsigned since, const std::string& kernel, const std::string& hint) {
    return vethpp::System{}.kernel_version() < since ? " (" + hint + ")" : "; kernel: " + kernel;
}

inline vethpp::netlink::Session& session(const vethpp::Netns& netns) {
    return vethpp::NetnsRef{netns}.state()->session;
}

/// The names of the links of a namespace, sorted; without those that the kernel puts into every new
/// one: the loopback, and, once their modules are loaded, those of tunnels.
inline std::vector<std::string> names(const vethpp::Netns& netns) {
    static constexpr std::string_view fallback[] = {
        "gre0", "gretap0", "erspan0", "ip6gre0", "tunl0", "sit0", "ip6tnl0", "ip_vti0", "ip6_vti0"};
    std::vector<std::string> found;
    for (const vethpp::LinkState& link : netns.links())
        if (!link.is_loopback() &&
            std::find(std::begin(fallback), std::end(fallback), link.name) == std::end(fallback))
            found.push_back(link.name);
    std::sort(found.begin(), found.end());
    return found;
}
using Names = std::vector<std::string>;

/// One lost solicitation of a neighbour is the end of the datagram, rather than a second of delay:
/// so that it either arrives or does not.
inline void solicit_once(const vethpp::Netns& netns, const vethpp::Link& link) {
    static constexpr vethpp::netlink::RequestType type{.type = RTM_SETNEIGHTBL};
    for (const bool v6 : {false, true}) {
        vethpp::Failure failure;
        session(netns).request(
            type,
            [&](vethpp::wire::Writer& w) {
                ndtmsg header{};
                header.ndtm_family = v6 ? AF_INET6 : AF_INET;
                w.pod(header);
                const std::string table = v6 ? "ndisc_cache" : "arp_cache";
                w.attribute(NDTA_NAME, table.c_str(), table.size() + 1);
                w.nest(NDTA_PARMS, [&](vethpp::wire::Writer& parms) {
                    const auto number = [&](std::uint16_t id, auto value) {
                        parms.attribute(id, &value, sizeof value);
                    };
                    number(NDTPA_IFINDEX, link.index());
                    number(NDTPA_UCAST_PROBES, std::uint32_t{0});
                    number(NDTPA_MCAST_PROBES, std::uint32_t{1});
                    number(NDTPA_RETRANS_TIME, std::uint64_t{20'000});
                });
            },
            failure);
        INFO(failure.code.message() << " " << failure.context.kernel_message);
        REQUIRE_FALSE(failure);
    }
}

/// Makes a link as another program would: of a given index and group, unknown to vethpp.
inline void make_foreign(const vethpp::Netns& netns,
                         std::uint32_t index,
                         const std::string& name,
                         std::uint32_t group = 0,
                         std::string_view kind = "bridge") {
    vethpp::Failure failure;
    (void)create_link(session(netns),
                      vethpp::netlink::link_header(index),
                      {.name = name, .group = group},
                      kind,
                      std::optional<NoData>{},
                      failure);
    INFO(failure.code.message());
    REQUIRE_FALSE(failure);
}

/// In /proc/sys/net of a namespace.
inline void write_sysctl(const vethpp::Netns& netns,
                         const std::string& name,
                         const std::string& value) {
    netns.run([&] {
        std::ofstream file{"/proc/sys/net/" + name};
        file << value << std::flush;
        INFO(name << " = " << value);
        REQUIRE(file.good());
    });
}

}  // namespace vethpp_test
