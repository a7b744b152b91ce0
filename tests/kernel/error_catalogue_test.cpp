// SPDX-License-Identifier: BSL-1.0
// What the kernel refuses, and in which words: each row of the tables is one request that it turns
// down, with the errno, the text and the attribute as vethpp reports them. No refusal may change
// anything.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/message/address.hpp>
#include <vethpp/message/format.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <linux/capability.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <optional>
#include <sched.h>
#include <string>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using vethpp::message::any_data;
using vethpp::netlink::RequestType;
using vethpp::netlink::Session;
using vethpp::wire::RawMessage;
using vethpp::wire::Writer;

// Everything that a refused request could have changed, as text.
std::string picture(const Netns& netns) {
    std::string out;
    for (const LinkState& link : netns.links()) {
        out +=
            fmt::format("{} {}: flags {:#x} mtu {} mac {} queue {} group {} master {} alias {}\n",
                        link.index,
                        link.name,
                        link.flags,
                        link.mtu,
                        link.mac.to_string(),
                        link.txqlen,
                        link.group,
                        link.master.value_or(0),
                        link.alias);
        for (const std::string& name : link.alternative_names) out += "  " + name + '\n';
        Failure failure;
        for (const auto& address :
             vethpp::netlink::list_addresses(session(netns), link.index, failure))
            out += fmt::format("  {} {:#x}\n", address, address.flags());
        REQUIRE_FALSE(failure);
    }
    return out;
}

// ns1 has two bridges and the ends of two pairs, whose other ends are in ns2.
struct Fixture {
    Netns ns1 = Netns::create("ns1");
    Netns ns2 = Netns::create("ns2");
    VethPair pair{{.netns = ns1,
                   .name = "veth0",
                   .alternative_names = {"alt"},
                   .addresses = {"10.0.0.1/24", "fd00::1/64"}},
                  {.netns = ns2, .name = "veth1", .alternative_names = {"alt"}}};
    VethPair free{{.netns = ns1, .name = "free"}, {.netns = ns2, .name = "far"}};
    VethPair twins{{.netns = ns1, .name = "twin"}, {.netns = ns2, .name = "twin"}};
    Bridge br0{{.netns = ns1, .name = "br0"}};
    Bridge br1{{.netns = ns1, .name = "br1"}};

    Session& here = session(ns1);
    std::uint32_t veth0 = pair.first().index();
    std::uint32_t veth1 = pair.second().index();
    std::uint32_t fd2 = static_cast<std::uint32_t>(ns2.native_handle());

    [[nodiscard]] std::string picture() const { return ::picture(ns1) + "\n" + ::picture(ns2); }
};

// A refusal. `needs` is the oldest kernel, as in System::kernel_version(), that is known to refuse
// in these words; 0 for words that are older than all kernels that vethpp runs on.
struct Row {
    const char* what;
    std::function<void(Failure&)> act;
    int number;
    std::string message{};
    std::string attribute{};
    unsigned needs = 0;
};

// The rows of a table for whose words this kernel is too old: errnos are older, and are checked;
// for the rest the test is listed as skipped.
class Unchecked {
public:
    bool too_new(unsigned needs, const std::string& what) {
        if (needs <= kernel_) return false;
        list_ += (list_.empty() ? "" : ", ") + what;
        return true;
    }
    void report() const {
        if (!list_.empty())
            vethpp_test::skip("this kernel is older than the words of these refusals: " + list_);
    }

private:
    unsigned kernel_ = vethpp::System::real()->kernel_version();
    std::string list_;
};

void check(const Fixture& f, const std::vector<Row>& rows) {
    const std::string before = f.picture();
    Unchecked unchecked;
    for (const Row& row : rows) {
        INFO(row.what);
        Failure failure;
        row.act(failure);
        CHECK(failure.code == vethpp::error_code{row.number, boost::system::system_category()});
        CHECK(f.picture() == before);
        if (unchecked.too_new(row.needs, row.what)) continue;
        CHECK(failure.context.kernel_message == row.message);
        CHECK(failure.context.attribute == row.attribute);
    }
    unchecked.report();
}

// --- Requests, most of which the nouns never send -----------------------------------------------

template <class Data = NoData>
void raw(Session& session,
         std::uint16_t type,
         unsigned flags,
         Session::WriteOne write,
         Failure& failure) {
    const RequestType request{
        .type = type, .flags = static_cast<std::uint16_t>(flags), .names = &request_names<Data>};
    session.request(request, write, failure);
}
constexpr unsigned create_new = NLM_F_CREATE | NLM_F_EXCL;

void dump(Session& session, std::uint16_t type, Session::WriteOne write, Failure& failure) {
    const RequestType request{.type = type, .names = &vethpp::message::link_request_names};
    session.dump(
        request, write, [] {}, [](const RawMessage&) { FAIL("an object"); }, failure);
}

void attribute(Writer& w, std::uint16_t type, std::uint32_t value) {
    w.attribute(type, &value, sizeof value);
}

// A link of a kind, its header and its data as wanted.
template <class Data = NoData>
std::function<void(Failure&)> create(Session& session,
                                     std::string kind,
                                     LinkAttributes attributes,
                                     std::optional<Data> data = {},
                                     std::uint32_t index = 0) {
    if (!attributes.name) attributes.name = "new0";
    return [=, &session](Failure& failure) {
        const auto created = vethpp_test::create_link<Data>(
            session, vethpp::netlink::link_header(index), attributes, kind, data, failure);
        CHECK(created.index == 0);
        CHECK(created.sent);
    };
}

// A pair whose second end has a header and attributes of the caller's.
std::function<void(Failure&)> create_peer(Session& session,
                                          const ifinfomsg& header,
                                          std::function<void(Writer&)> attributes,
                                          std::uint32_t index = 0) {
    return [=, &session](Failure& failure) {
        raw<VethData>(
            session,
            RTM_NEWLINK,
            create_new,
            [&](Writer& w) {
                w.pod(vethpp::netlink::link_header(index));
                vethpp::wire::write(w, LinkAttributes{.name = "new0"});
                w.nest(IFLA_LINKINFO, [&](Writer& info) {
                    vethpp::wire::Text::write(info, IFLA_INFO_KIND, "veth");
                    info.nest(IFLA_INFO_DATA, [&](Writer& data) {
                        data.enclose(VETH_INFO_PEER, [&](Writer& peer) {
                            peer.pod(header);
                            attributes(peer);
                        });
                    });
                });
            },
            failure);
    };
}

std::function<void(Failure&)> set(Session& session,
                                  std::uint32_t index,
                                  LinkAttributes attributes,
                                  std::function<void(Writer&)> more = {}) {
    return [=, &session](Failure& failure) {
        raw(
            session,
            RTM_SETLINK,
            0,
            [&](Writer& w) {
                w.pod(vethpp::netlink::link_header(index));
                vethpp::wire::write(w, attributes);
                if (more) more(w);
            },
            failure);
    };
}

std::function<void(Failure&)> remove_link(Session& session,
                                          std::uint32_t index,
                                          LinkAttributes attributes = {}) {
    return [=, &session](Failure& failure) {
        raw(
            session,
            RTM_DELLINK,
            0,
            [&](Writer& w) {
                w.pod(vethpp::netlink::link_header(index));
                vethpp::wire::write(w, attributes);
            },
            failure);
    };
}

std::function<void(Failure&)> address(Session& session,
                                      vethpp::netlink::AddressChange change,
                                      std::uint32_t index,
                                      InterfaceAddress wanted) {
    return [=, &session](Failure& failure) {
        CHECK(vethpp::netlink::change_addresses(session, change, index, {&wanted, 1}, failure) ==
              0);
    };
}

constexpr std::uint32_t no_index = 999'999;
constexpr std::uint32_t free_index = 1000;
const std::string policy = "Attribute failed policy validation";

}  // namespace

TEST_CASE("error catalogue: links that are not made", "[kernel][error]") {
    const Fixture f;
    Session& s = f.here;
    const auto two_bytes = [](Writer& w) {
        const std::uint16_t mtu = 1400;
        w.attribute(IFLA_MTU, &mtu, sizeof mtu);
    };
    const auto named = [](const char* name) {
        return [name](Writer& w) { vethpp::wire::Text::write(w, IFLA_IFNAME, name); };
    };
    const auto peer = [](LinkAttributes attributes) {
        return VethData{.peer = std::move(attributes)};
    };
    check(f,
          {
              {"unknown kind", create(s, "nonsense", {}), EOPNOTSUPP, "Unknown device type"},
              {"taken name", create(s, "bridge", {.name = "veth0"}), EEXIST},
              {"name of 16 bytes",
               create(s, "bridge", {.name = "sixteen-bytes-xx"}),
               ERANGE,
               policy,
               "name"},
              {"name .", create(s, "bridge", {.name = "."}), EINVAL},
              {"name a:b", create(s, "bridge", {.name = "a:b"}), EINVAL},
              {"name a b", create(s, "bridge", {.name = "a b"}), EINVAL},
              {"name with %s", create(s, "bridge", {.name = "a%s"}), EINVAL},
              {"MTU 10", create(s, "bridge", {.mtu = 10}), EINVAL, "mtu less than device minimum"},
              {"MTU 10 of a pair", create(s, "veth", {.mtu = 10}), EINVAL},
              {"MTU 65536 of a pair", create(s, "veth", {.mtu = 65536}), EINVAL},
              {"multicast MAC",
               create(s, "bridge", {.mac = vethpp::MacAddress{"01:00:00:00:00:01"}}),
               EADDRNOTAVAIL},
              {"too many queues",
               create(s, "bridge", {.tx_queues = 5000}),
               EINVAL,
               "Invalid number of transmit queues"},
              {"master that is none", create(s, "bridge", {.master = no_index}), EINVAL},
              {"bridge in a bridge",
               create(s, "bridge", {.master = f.br0.index()}),
               ELOOP,
               "Can not enslave a bridge to a bridge"},
              {"index of another link", create(s, "bridge", {}, {}, f.veth0), EEXIST},
              {"negative index",
               create(s, "bridge", {}, {}, 0xffffffff),
               EINVAL,
               "ifindex can't be negative"},
              {"link in an unknown namespace",
               [&](Failure& failure) {
                   raw(
                       s,
                       RTM_NEWLINK,
                       create_new,
                       [&](Writer& w) {
                           w.pod(vethpp::netlink::link_header(0));
                           named("new0")(w);
                           attribute(w, IFLA_LINK_NETNSID, 77);
                           vethpp::wire::write(w,
                                               vethpp_test::LinkInfoRequest<NoData>{
                                                   vethpp_test::KindData<NoData>{.kind = "veth"}});
                       },
                       failure);
               },
               EINVAL,
               "Unknown network namespace id"},
              {"bridge setting of the wrong size",
               [&](Failure& failure) {
                   raw<BridgeSettings>(
                       s,
                       RTM_NEWLINK,
                       create_new,
                       [&](Writer& w) {
                           w.pod(vethpp::netlink::link_header(0));
                           named("new0")(w);
                           w.nest(IFLA_LINKINFO, [&](Writer& info) {
                               vethpp::wire::Text::write(info, IFLA_INFO_KIND, "bridge");
                               info.nest(IFLA_INFO_DATA, [&](Writer& data) {
                                   attribute(data, IFLA_BR_STP_STATE, 0);
                                   const std::uint8_t time = 7;
                                   data.attribute(IFLA_BR_HELLO_TIME, &time, sizeof time);
                               });
                           });
                       },
                       failure);
               },
               ERANGE,
               policy,
               "linkinfo.data.hello_time"},
              {"second end: taken name",
               create<VethData>(s, "veth", {}, peer({.name = "br0"})),
               EEXIST},
              {"second end: name of 16 bytes",
               create<VethData>(s, "veth", {}, peer({.name = "sixteen-bytes-xx"})),
               ERANGE,
               policy,
               "linkinfo.data.peer.name"},
              {"second end: MTU of two bytes",
               create_peer(s,
                           {},
                           [&](Writer& w) {
                               named("new1")(w);
                               two_bytes(w);
                           }),
               ERANGE,
               policy,
               "linkinfo.data.peer.mtu"},
              {"second end: index of another link",
               create_peer(s, vethpp::netlink::link_header(f.veth0), named("new1"), free_index),
               EBUSY},
              {"second end: negative index",
               create_peer(s, vethpp::netlink::link_header(0xffffffff), named("new1")),
               EINVAL,
               "ifindex can't be negative",
               "linkinfo.data.peer"},
              {"second end: up",
               create_peer(s, vethpp::netlink::link_header(0, IFF_UP, IFF_UP), named("new1")),
               ENOTCONN},
              {"second end: in a namespace that is none",
               create<VethData>(s, "veth", {}, peer({.name = "new1", .netns_fd = 1U << 20U})),
               EBADF},
          });
}

TEST_CASE("error catalogue: links that are not changed, moved or removed",
          "[kernel][error][only_vm]") {
    const Fixture f;
    Session& s = f.here;
    const std::uint32_t br0 = f.br0.index();
    check(
        f,
        {
            {"no such link", set(s, no_index, {.mtu = 1400}), ENODEV},
            {"MTU of two bytes",
             set(s,
                 f.veth0,
                 {},
                 [](Writer& w) {
                     const std::uint16_t mtu = 1400;
                     w.attribute(IFLA_MTU, &mtu, sizeof mtu);
                 }),
             ERANGE,
             policy,
             "mtu"},
            {"MTU 10", set(s, f.veth0, {.mtu = 10}), EINVAL, "mtu less than device minimum"},
            {"MTU 65536",
             set(s, f.veth0, {.mtu = 65536}),
             EINVAL,
             "mtu greater than device maximum"},
            {"zero MAC", set(s, f.veth0, {.mac = vethpp::MacAddress{}}), EADDRNOTAVAIL},
            {"taken name", set(s, f.veth0, {.name = "br0"}), EEXIST},
            {"name of 16 bytes",
             set(s, f.veth0, {.name = "sixteen-bytes-xx"}),
             ERANGE,
             policy,
             "name"},
            {"alias of 256 bytes",
             set(s, f.veth0, {.alias = std::string(256, 'a')}),
             ERANGE,
             policy,
             "alias"},
            {"alternative name of 128 bytes",
             [&](Failure& failure) {
                 vethpp::netlink::change_alternative_names(
                     s, RTM_NEWLINKPROP, f.veth0, {std::string(128, 'a')}, failure);
             },
             ERANGE,
             policy,
             "alternative_names"},
            {"taken alternative name",
             [&](Failure& failure) {
                 vethpp::netlink::change_alternative_names(
                     s, RTM_NEWLINKPROP, f.veth0, {"br0"}, failure);
             },
             EEXIST},
            {"alternative name that it has not",
             [&](Failure& failure) {
                 vethpp::netlink::change_alternative_names(
                     s, RTM_DELLINKPROP, f.veth0, {"none"}, failure);
             },
             ENOENT},
            {"bridge in a bridge",
             set(s, br0, {.master = f.br1.index()}),
             ELOOP,
             "Can not enslave a bridge to a bridge"},
            {"bridge in itself",
             set(s, br0, {.master = br0}),
             ELOOP,
             "Can not enslave a bridge to a bridge"},
            {"loopback in a bridge", set(s, 1, {.master = br0}), EINVAL},
            {"master that is none", set(s, f.veth0, {.master = no_index}), EINVAL},
            {"master without ports", set(s, br0, {.master = f.veth0}), EOPNOTSUPP},
            {"not the port of a bridge",
             [&](Failure& failure) {
                 vethpp::netlink::set_port_data(
                     s, f.veth0, "bridge", any_data(BridgePortSettings{.cost = 1}), failure);
             },
             EOPNOTSUPP},
            {"bridge setting out of range",
             [&](Failure& failure) {
                 vethpp::netlink::set_link_data(
                     s,
                     br0,
                     "bridge",
                     any_data(BridgeSettings{.max_age = std::chrono::seconds{99}}),
                     failure);
             },
             ERANGE},
            {"settings of another kind",
             [&](Failure& failure) {
                 vethpp::netlink::set_link_data(
                     s, f.veth0, "bridge", any_data(BridgeSettings{.stp = true}), failure);
             },
             EOPNOTSUPP},
            {"move to where its name is taken",
             set(s, f.twins.first().index(), {.netns_fd = f.fd2}),
             EEXIST,
             "An interface with the same name exists in the target netns",
             "",
             6018},
            {"move to where its name and the new one are taken",
             set(s, f.twins.first().index(), {.name = "veth1", .netns_fd = f.fd2}),
             EEXIST,
             "Unable to use 'veth1' for the new interface name in the target netns",
             "",
             6018},
            {"move to where its alternative name is taken",
             set(s, f.veth0, {.netns_fd = f.fd2}),
             EEXIST,
             "An interface with the altname alt exists in the target netns",
             "",
             6018},
            {"move to an index that is taken",
             set(s,
                 f.free.first().index(),
                 {.netns_fd = f.fd2},
                 [&](Writer& w) { attribute(w, IFLA_NEW_IFINDEX, f.veth1); }),
             EBUSY,
             fmt::format("The ifindex {} is not available in the target netns", f.veth1),
             "",
             6018},
            {"move of a bridge",
             set(s, br0, {.netns_fd = f.fd2}),
             EINVAL,
             "The interface netns is immutable",
             "",
             6018},
            {"move of the loopback",
             set(s, 1, {.netns_fd = f.fd2}),
             EINVAL,
             "The interface netns is immutable",
             "",
             6018},
            {"move to two namespaces",
             set(s,
                 f.veth0,
                 {.netns_fd = f.fd2},
                 [](Writer& w) { attribute(w, IFLA_NET_NS_PID, 1); }),
             EINVAL,
             "multiple netns identifying attributes specified"},
            {"move to a descriptor that is none", set(s, f.veth0, {.netns_fd = 1U << 20U}), EBADF},
            {"move to an unknown namespace", set(s, f.veth0, {.target_netnsid = 77}), EINVAL},
            {"removal of no link", remove_link(s, no_index), ENODEV},
            {"removal of the loopback", remove_link(s, 1), EOPNOTSUPP},
            {"removal of an empty group", remove_link(s, 0, {.group = 4711}), ENODEV},
            {"removal of the default group", remove_link(s, 0, {.group = 0}), EPERM},
            {"removal of nothing", remove_link(s, 0), EINVAL},
        });
}

TEST_CASE("error catalogue: a kind that needs data", "[kernel][error]") {
    const Fixture f;
    Failure failure;
    const std::string before = f.picture();
    create(f.here, "vxlan", {})(failure);
    CHECK(f.picture() == before);
    if (failure.context.kernel_message == "Unknown device type")
        vethpp_test::skip("this kernel has no VXLAN");
    CHECK(failure.code == boost::system::errc::invalid_argument);
    CHECK(failure.context.kernel_message ==
          "Required attributes not provided to perform the operation");
}

TEST_CASE("error catalogue: addresses", "[kernel][error][only_vm]") {
    const Fixture f;
    Session& s = f.here;
    using enum vethpp::netlink::AddressChange;
    const auto without_local = [&](Failure& failure) {
        s.request(
            {.type = RTM_NEWADDR,
             .flags = create_new,
             .names = &wire::message_names<vethpp::message::AddressMessage>},
            [&](Writer& w) {
                ifaddrmsg header{};
                header.ifa_family = AF_INET;
                header.ifa_prefixlen = 24;
                header.ifa_index = f.veth0;
                w.pod(header);
            },
            failure);
    };
    const vethpp::IpAddress v4 = boost::asio::ip::make_address("10.0.0.2");
    const vethpp::IpAddress v6 = boost::asio::ip::make_address("fd00::2");
    constexpr unsigned worded = 6006;
    check(f,
          {
              {"IPv4: there already",
               address(s, add, f.veth0, "10.0.0.1/24"),
               EEXIST,
               "ipv4: Address already assigned",
               "",
               worded},
              {"IPv6: there already",
               address(s, add, f.veth0, "fd00::1/64"),
               EEXIST,
               "ipv6: address already assigned",
               "",
               worded},
              {"IPv4: no such link",
               address(s, add, no_index, "10.0.0.2/24"),
               ENODEV,
               "ipv4: Device not found",
               "",
               worded},
              {"IPv6: no such link",
               address(s, add, no_index, "fd00::2/64"),
               ENODEV,
               "ipv6: Unable to find the interface",
               "",
               worded},
              {"IPv4: prefix of 33",
               address(s, add, f.veth0, {v4, 33}),
               EINVAL,
               "ipv4: Invalid prefix length",
               "",
               worded},
              {"IPv6: prefix of 129",
               address(s, add, f.veth0, {v6, 129}),
               EINVAL,
               "ipv6: Invalid prefix length",
               "",
               worded},
              {"IPv4: none",
               without_local,
               EINVAL,
               "ipv4: Local address is not supplied",
               "",
               worded},
              {"IPv6: multicast",
               address(s, add, f.veth0, "ff02::5/64"),
               EADDRNOTAVAIL,
               "ipv6: Cannot assign multicast address without \"IFA_F_MCAUTOJOIN\" flag",
               "",
               worded},
              {"IPv4: label of 20 bytes",
               address(s, add, f.veth0, {"10.0.0.2/24", {.label = "veth0:too-long-by-far"}}),
               ERANGE,
               policy,
               "label"},
              {"IPv4: not there",
               address(s, vethpp::netlink::AddressChange::remove, f.veth0, "10.9.9.9/24"),
               EADDRNOTAVAIL,
               "ipv4: Address not found",
               "",
               worded},
              {"IPv6: not there",
               address(s, vethpp::netlink::AddressChange::remove, f.veth0, "fd09::9/64"),
               EADDRNOTAVAIL,
               "ipv6: address not found",
               "",
               worded},
              {"IPv4: not there, nor the link",
               address(s, vethpp::netlink::AddressChange::remove, no_index, "10.9.9.9/24"),
               ENODEV,
               "ipv4: Device not found",
               "",
               worded},
          });
}

TEST_CASE("error catalogue: routes", "[kernel][error]") {
    const Fixture f;
    // vethpp makes no routes yet; what its session says of them is right all the same.
    const auto route = [&](unsigned prefix, const char* to, const char* gateway) {
        return [=, &f](Failure& failure) {
            const auto ip = [](Writer& w, std::uint16_t type, const char* text) {
                vethpp::message::Ip::write(w, type, boost::asio::ip::make_address(text));
            };
            raw(
                f.here,
                RTM_NEWROUTE,
                create_new,
                [&](Writer& w) {
                    rtmsg header{};
                    header.rtm_family = AF_INET;
                    header.rtm_dst_len = static_cast<unsigned char>(prefix);
                    header.rtm_table = RT_TABLE_MAIN;
                    header.rtm_protocol = RTPROT_STATIC;
                    header.rtm_type = RTN_UNICAST;
                    w.pod(header);
                    ip(w, RTA_DST, to);
                    if (gateway != nullptr)
                        ip(w, RTA_GATEWAY, gateway);
                    else
                        attribute(w, RTA_OIF, f.veth0);
                },
                failure);
        };
    };
    check(f,
          {
              {"gateway that nobody knows",
               route(24, "10.7.0.0", "10.8.0.1"),
               ENETUNREACH,
               "Nexthop has invalid gateway"},
              {"more bits than the prefix has",
               route(24, "10.7.0.1", nullptr),
               EINVAL,
               "Invalid prefix for given prefix length"},
              {"link that is down",
               route(24, "10.7.0.0", nullptr),
               ENETDOWN,
               "Device for nexthop is not up"},
          });
}

TEST_CASE("error catalogue: questions", "[kernel][error][only_vm]") {
    const Fixture f;
    Session& s = f.here;
    const auto get = [&](vethpp::netlink::LinkQuery query) {
        return [=, &s](Failure& failure) { vethpp::netlink::check_exists(s, query, failure); };
    };
    const auto header = [](std::uint32_t index) {
        return [index](Writer& w) { w.pod(vethpp::netlink::link_header(index)); };
    };
    check(f,
          {
              {"no such index", get({.index = no_index}), ENODEV},
              {"no such name", get({.name = "none"}), ENODEV},
              {"no such alternative name", get({.name = "none-of-more-than-15-bytes"}), ENODEV},
              {"in an unknown namespace", get({.index = 1, .target_netnsid = 77}), EINVAL},
              {"with a header that says more",
               [&](Failure& failure) {
                   raw(
                       s,
                       RTM_GETLINK,
                       0,
                       [](Writer& w) { w.pod(vethpp::netlink::link_header(1, IFF_UP, IFF_UP)); },
                       failure);
               },
               EINVAL,
               "Invalid values in header for get link request"},
              {"id of a namespace that is none",
               [&](Failure& failure) { vethpp::netlink::get_namespace_id(s, 1 << 20, failure); },
               EBADF,
               "Peer netns reference is invalid"},
              {"links: an unknown attribute",
               [&](Failure& failure) {
                   dump(
                       s,
                       RTM_GETLINK,
                       [](Writer& w) {
                           w.pod(vethpp::netlink::link_header(0));
                           attribute(w, 4000, 1);
                       },
                       failure);
               },
               EINVAL,
               "Unknown attribute type",
               "4000",
               6010},
              {"links: the short header",
               [&](Failure& failure) {
                   dump(
                       s, RTM_GETLINK, [](Writer& w) { w.pod(rtgenmsg{}); }, failure);
               },
               EINVAL,
               "Invalid header for link dump"},
              {"links: by index",
               [&](Failure& failure) { dump(s, RTM_GETLINK, header(1), failure); },
               EINVAL,
               "Filter by device index not supported for link dumps"},
              {"links: of an unknown namespace",
               [&](Failure& failure) {
                   dump(
                       s,
                       RTM_GETLINK,
                       [](Writer& w) {
                           w.pod(vethpp::netlink::link_header(0));
                           attribute(w, IFLA_TARGET_NETNSID, 77);
                       },
                       failure);
               },
               EINVAL,
               "Invalid target network namespace id"},
              {"addresses: of no link",
               [&](Failure& failure) {
                   CHECK(vethpp::netlink::list_addresses(s, no_index, failure).empty());
               },
               ENODEV},
              {"addresses: a header that says more",
               [&](Failure& failure) {
                   dump(
                       s,
                       RTM_GETADDR,
                       [](Writer& w) {
                           ifaddrmsg more{};
                           more.ifa_prefixlen = 24;
                           w.pod(more);
                       },
                       failure);
               },
               EINVAL,
               "ipv4: Invalid values in header for address dump request"},
          });
}

namespace {

// What a user's program meets: a call of the nouns, and the whole sentence that it gets.
struct Sentence {
    std::function<void(OnError)> act;
    vethpp::error_code code;
    std::string what;
    unsigned needs = 0;  // as of a Row
};
vethpp::error_code kernel(int number) { return {number, boost::system::system_category()}; }

}  // namespace

TEST_CASE("error catalogue: the sentences that users read", "[kernel][error][only_vm]") {
    Fixture f;
    Link& link = f.pair.first();
    const auto pair = [&f](LinkOptions second) {
        second.netns = f.ns2;
        return [&f, second](OnError e) {
            const VethPair made{{.netns = f.ns1, .name = "new0"}, second, e};
            CHECK_FALSE(static_cast<bool>(made));
        };
    };
    const auto bridge = [&f](LinkOptions options) {
        options.netns = f.ns1;
        return [options](OnError e) {
            const Bridge made{options, {}, e};
            CHECK_FALSE(static_cast<bool>(made));
        };
    };
    Link gone;
    {
        const Bridge dies{{.netns = f.ns1, .name = "dies"}};
        gone = f.ns1.link("dies");
    }
    const vethpp::IpAddress ten = boost::asio::ip::make_address("10.0.0.2");
    const std::vector<Sentence> table{
        {pair({.name = "veth1"}),
         kernel(EEXIST),
         "create the veth pair: veth1 (second end) in ns2: File exists (the name is taken)"},
        {pair({.name = "alt"}),
         kernel(EEXIST),
         "create the veth pair: alt (second end) in ns2: File exists (the name is taken)"},
        {bridge({.name = "br0"}),
         kernel(EEXIST),
         "create the bridge: br0 in ns1: File exists (the name is taken)"},
        {[&](OnError e) { link.rename("br0", e); },
         kernel(EEXIST),
         "rename: veth0 in ns1: File exists (the name br0 is taken)"},
        {[&](OnError e) { f.twins.first().move_to(f.ns2, {}, e); },
         kernel(EEXIST),
         "move: twin in ns1: File exists (the name twin is taken in ns2)"
         "; kernel: An interface with the same name exists in the target netns",
         6018},
        {pair({.name = "sixteen-bytes-xx"}),
         errc::invalid_name,
         "create the veth pair: \"sixteen-bytes-xx\" (second end) in ns2: invalid name "
         "(an interface name has at most 15 bytes)"},
        {bridge({.name = "a/b"}),
         errc::invalid_name,
         "create the bridge: \"a/b\" in ns1: invalid name "
         "(an interface name has no '/' and no ':')"},
        {[&](OnError e) { link.rename("a b", e); },
         errc::invalid_name,
         "rename: \"a b\" in ns1: invalid name (an interface name has no white space)"},
        {[&](OnError e) { (void)f.ns1.link("", e); },
         errc::invalid_name,
         "find the link: \"\" in ns1: invalid name (an interface name has at least 1 byte)"},
        {pair({.name = "new1", .mtu = 10}),
         kernel(EINVAL),
         "create the veth pair: new1 (second end) in ns2: Invalid argument "
         "(the MTU is 68 to 65535 bytes)"},
        {bridge({.name = "new0", .mtu = 10}),
         kernel(EINVAL),
         "create the bridge: new0 in ns1: Invalid argument (the MTU is 68 to 65535 bytes)"
         "; kernel: mtu less than device minimum"},
        {[&](OnError e) { link.set_mtu(10, e); },
         kernel(EINVAL),
         "set the MTU: veth0 in ns1: Invalid argument; kernel: mtu less than device minimum"},
        {pair({.name = "new1", .mac = "01:00:00:00:00:01"}),
         kernel(EADDRNOTAVAIL),
         "create the veth pair: new1 (second end) in ns2: Cannot assign requested address "
         "(a link's MAC address is neither zero nor multicast)"},
        {bridge({.name = "new0", .mac = "01:00:00:00:00:01"}),
         kernel(EADDRNOTAVAIL),
         "create the bridge: new0 in ns1: Cannot assign requested address "
         "(a link's MAC address is neither zero nor multicast)"},
        {[&](OnError e) { link.set_mac("00:00:00:00:00:00", e); },
         kernel(EADDRNOTAVAIL),
         "set the MAC address: veth0 in ns1: Cannot assign requested address "
         "(a link's MAC address is neither zero nor multicast)"},
        {[&](OnError e) { (void)f.ns1.link("none", e); },
         kernel(ENODEV),
         "find the link: none in ns1: No such device"},
        {[&](OnError e) { (void)f.ns1.link(no_index, e); },
         kernel(ENODEV),
         "find the link: the link with index 999999 in ns1: No such device"},
        {[&](OnError e) { gone.set_up(e); }, kernel(ENODEV), "set up: dies in ns1: No such device"},
        {[&](OnError e) { (void)gone.state(e); },
         kernel(ENODEV),
         "get the state: dies in ns1: No such device"},
        {[&](OnError e) { gone.remove(e); }, kernel(ENODEV), "remove: dies in ns1: No such device"},
        {[&](OnError e) { gone.add_address("10.0.0.2/24", e); },
         kernel(ENODEV),
         "add an address to: dies, 10.0.0.2/24 in ns1: No such device; "
         "kernel: ipv4: Device not found",
         6006},
        {bridge({.name = "new0", .master = f.br0}),
         kernel(ELOOP),
         "create the bridge: new0 in ns1: Too many levels of symbolic links; "
         "kernel: Can not enslave a bridge to a bridge"},
        {[&](OnError e) { f.br1.set_master(f.br0, e); },
         kernel(ELOOP),
         "set the master: br1 in ns1: Too many levels of symbolic links; "
         "kernel: Can not enslave a bridge to a bridge"},
        {[&](OnError e) { f.br1.move_to(f.ns2, {}, e); },
         kernel(EINVAL),
         "move: br1 in ns1: Invalid argument (to ns2); kernel: The interface netns is immutable",
         6018},
        {pair({.name = "new1", .addresses = {"10.0.0.2/24", "10.0.0.2/24"}}),
         kernel(EEXIST),
         "create the veth pair: new1, 10.0.0.2/24 (second end) in ns2: File exists; "
         "kernel: ipv4: Address already assigned",
         6006},
        {[&](OnError e) { link.add_address("10.0.0.1/24", e); },
         kernel(EEXIST),
         "add an address to: veth0, 10.0.0.1/24 in ns1: File exists; "
         "kernel: ipv4: Address already assigned",
         6006},
        {[&](OnError e) { link.add_address("fd00::1/64", e); },
         kernel(EEXIST),
         "add an address to: veth0, fd00::1/64 in ns1: File exists; "
         "kernel: ipv6: address already assigned",
         6006},
        {[&](OnError e) {
             link.add_address({ten, 33}, e);
         },
         kernel(EINVAL),
         "add an address to: veth0, 10.0.0.2/33 in ns1: Invalid argument; "
         "kernel: ipv4: Invalid prefix length",
         6006},
        {[&](OnError e) { link.add_address("ff02::5/64", e); },
         kernel(EADDRNOTAVAIL),
         "add an address to: veth0, ff02::5/64 in ns1: Cannot assign requested address; "
         "kernel: ipv6: Cannot assign multicast address without \"IFA_F_MCAUTOJOIN\" flag",
         6006},
        {[&](OnError e) { link.remove_address("10.9.9.9/24", e); },
         kernel(EADDRNOTAVAIL),
         "remove an address from: veth0, 10.9.9.9/24 in ns1: Cannot assign requested address; "
         "kernel: ipv4: Address not found",
         6006},
        {[&](OnError e) { link.set_alias(std::string(256, 'a'), e); },
         kernel(ERANGE),
         "set the alias: veth0 in ns1: Numerical result out of range; "
         "kernel: Attribute failed policy validation [alias]"},
        {[&](OnError e) { (void)Netns::open("none", e); },
         kernel(ENOENT),
         "open the namespace: none: No such file or directory (there is no /run/netns/none)"},
        {[&](OnError e) { (void)Netns::open_path("/dev/null", e); },
         errc::not_a_namespace,
         "open the namespace: /dev/null: not a network namespace"},
    };
    const std::string before = f.picture();
    Unchecked unchecked;
    for (const Sentence& row : table) {
        INFO(row.what);
        const Error error = failure_of(row.act);
        CHECK(error.code() == row.code);
        CHECK(f.picture() == before);
        if (unchecked.too_new(row.needs, row.what)) continue;
        CHECK(std::string{error.what()} == row.what);
    }
    unchecked.report();
}

TEST_CASE("error catalogue: not permitted", "[kernel][error]") {
    const Fixture f;
    const std::string before = f.picture();
    // The child is in ns1, and in a user namespace of its own, whose power does not reach there.
    const auto ended = in_child([&] {
        if (::setns(f.ns1.native_handle(), CLONE_NEWNET) != 0) return 3;
        if (::unshare(CLONE_NEWUSER) != 0) return 2;
        std::string text;
        const auto attempt = [&](const std::function<void(OnError)>& act) {
            try {
                act({});
                text += "permitted";
            } catch (const Error& error) {
                if (error.code() != boost::system::errc::operation_not_permitted) text += "code: ";
                text += error.what();
            }
            text += '\n';
        };
        const Netns here = Netns::current();
        Link veth0 = here.link("veth0");
        attempt([&](OnError e) { const Bridge bridge{{.name = "new0"}, {}, e}; });
        attempt([&](OnError e) { const VethPair made{{.name = "new0"}, {.name = "new1"}, e}; });
        attempt([&](OnError e) { veth0.set_up(e); });
        attempt([&](OnError e) { veth0.rename("new0", e); });
        attempt([&](OnError e) { veth0.add_address("10.0.0.2/24", e); });
        attempt([&](OnError e) { veth0.remove_address("10.0.0.1/24", e); });
        attempt([&](OnError e) { veth0.set_master(here.link("br0"), e); });
        attempt([&](OnError e) { veth0.remove(e); });
        attempt([&](OnError e) { here.link("br0").remove(e); });
        __user_cap_header_struct version{};
        version.version = _LINUX_CAPABILITY_VERSION_3;
        const __user_cap_data_struct none[2]{};
        if (::syscall(SYS_capset, &version, none) != 0) return 4;
        attempt([&](OnError e) { (void)Netns::create("lab", {}, e); });
        return ::write(STDERR_FILENO, text.data(), text.size()) < 0 ? 5 : 0;
    });
    if (ended.exited(2)) vethpp_test::skip("a forked child may not unshare its users");
    CHECK(ended.exited(0));
    const std::string link =
        " in the current namespace: Operation not permitted "
        "(CAP_NET_ADMIN is needed in the namespace)\n";
    CHECK(ended.output == "create the bridge: new0" + link +                           //
                              "create the veth pair: new0 (first end)" + link +        //
                              "set up: veth0" + link +                                 //
                              "rename: veth0" + link +                                 //
                              "add an address to: veth0, 10.0.0.2/24" + link +         //
                              "remove an address from: veth0, 10.0.0.1/24" + link +    //
                              "set the master: veth0" + link +                         //
                              "remove: veth0" + link +                                 //
                              "remove: br0" + link +                                   //
                              "create the namespace in lab: Operation not permitted "  //
                              "(CAP_SYS_ADMIN is needed: run as root, or in a user namespace)\n");
    CHECK(f.picture() == before);
}
