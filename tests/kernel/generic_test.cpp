// SPDX-License-Identifier: BSL-1.0
// What goes by generic netlink: ethtool's features and queues, MPTCP's endpoints, FOU's ports.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include <vethpp/ethtool.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/netns/attempt_generic.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <cerrno>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

struct Wire {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    VethPair pair{{.netns = a, .name = "veth0", .tx_queues = 4, .rx_queues = 4},
                  {.netns = b, .name = "veth0"}};
    Ethtool ethtool{pair.first()};
};

// The lines of `ethtool -k`, "name: on [fixed]", by their names.
std::map<std::string, std::string> shown_by_ethtool(const Netns& netns) {
    std::map<std::string, std::string> lines;
    std::istringstream text{shell(netns, "ethtool --show-features veth0").text};
    for (std::string line; std::getline(text, line);) {
        line.erase(0, line.find_first_not_of('\t'));
        lines[line.substr(0, line.find(':'))] = line;
    }
    return lines;
}

// The last request of a command of whatever family, but the one that asks for families.
Message command_of(const std::vector<ByteVector>& datagrams, std::uint8_t command) {
    std::optional<Message> found;
    for (const ByteVector& datagram : datagrams) {
        wire::Messages list{datagram};
        for (const auto& message : list)
            if (message.header.nlmsg_type > GENL_ID_CTRL && message.payload.size() >= 4 &&
                message.payload[0] == std::byte{command} && message.payload[1] != std::byte{0})
                found = Message{message.header.nlmsg_type,
                                message.header.nlmsg_flags,
                                vethpp_test::copy(message.payload)};
    }
    REQUIRE(found);
    return *found;
}

// What differs between the request of a program and that of do_it(ours).
template <class F>
Differences compared(const Oracle& oracle,
                     const std::string& command,
                     std::uint8_t number,
                     const wire::Names& names,
                     F&& do_it) {
    const Message theirs = command_of(sent_by_command(oracle.theirs, command), number);
    oracle.log->clear();
    do_it(oracle.ours);
    return compare(theirs, command_of(*oracle.log, number), sizeof(genlmsghdr), names);
}

}  // namespace

TEST_CASE("generic netlink: a family that is not there is named", "[kernel][generic]") {
    const Netns netns = Netns::create("lab");
    const auto ask = [&](std::string_view needs) {
        return [&netns, needs](OnError on_error) {
            detail::attempt_generic(netns,
                                    "ask",
                                    "somebody",
                                    {.name = "no_such_family", .needs = needs},
                                    on_error,
                                    [](netlink::Generic&, Failure&) { FAIL("there is one"); });
        };
    };
    check_error(failure_of(ask({})),
                ENOENT,
                "ask: somebody in lab: No such file or directory (the kernel has no generic "
                "netlink family \"no_such_family\")");
    check_error(failure_of(ask("it takes Linux 7")),
                ENOENT,
                "ask: somebody in lab: No such file or directory (the kernel has no generic "
                "netlink family \"no_such_family\": it takes Linux 7)");
    // The kernel's own limit for a name.
    CHECK(failure_of([&](OnError e) {
              detail::attempt_generic(netns,
                                      "ask",
                                      {},
                                      {.name = "a_name_that_is_longer_than_any"},
                                      e,
                                      [](netlink::Generic&, Failure&) {});
          })
              .code()
              .failed());
}

TEST_CASE("Ethtool: features by the kernel's names and by those of ethtool(8)",
          "[kernel][generic][ethtool]") {
    const Wire wire;
    const Ethtool& ethtool = wire.ethtool;
    for (const char* name : {"rx-gro-list",
                             "rx-udp-gro-forwarding",
                             "gro",
                             "rx-gro",
                             "generic-receive-offload",
                             "tso",
                             "tx",
                             "rxvlan",
                             "txvlan"}) {
        CAPTURE(name);
        for (const bool on : {false, true, true, false}) {
            ethtool.set_feature(name, on);
            CHECK(ethtool.feature(name) == on);
        }
    }
    // Those that are off by now turn the others off, and back on.
    CHECK(ethtool.feature("sg"));
    const auto find = [&](std::string_view name) {
        const std::vector<Feature> all = ethtool.features();
        const auto found = std::find_if(
            all.begin(), all.end(), [&](const Feature& feature) { return feature.name == name; });
        REQUIRE(found != all.end());
        return found->to_string();
    };
    CHECK(find("rx-gro-list") == "rx-gro-list: off");
    CHECK(find("rx-lro") == "rx-lro: off [fixed]");
    // TSO needs scatter-gather.
    ethtool.set_feature("tx", true);
    ethtool.set_feature("sg", false);
    check_error(failure_of([&](OnError e) { ethtool.set_feature("tx-tcp-segmentation", true, e); }),
                EOPNOTSUPP,
                "set the feature: veth0 in a: Operation not supported (tx-tcp-segmentation stays "
                "off: it needs another)");
    CHECK(find("tx-tcp-segmentation") == "tx-tcp-segmentation: off [requested on]");
    ethtool.set_feature("sg", true);
    CHECK(find("tx-tcp-segmentation") == "tx-tcp-segmentation: on");

    // A fixed one may be as it is to be.
    ethtool.set_feature("lro", false);
    check_error(
        failure_of([&](OnError e) { ethtool.set_feature("lro", true, e); }),
        EOPNOTSUPP,
        "set the feature: veth0 in a: Operation not supported (lro stays off: it is fixed)");
    for (const char* name : {"rx-gro-lists", "", "tx-*", "*"}) {
        CHECK_THAT(
            std::string{failure_of([&](OnError e) { ethtool.set_feature(name, true, e); }).what()},
            contains("the kernel knows no feature \"" + std::string{name} + "\""));
        CHECK(failure_of([&](OnError e) { (void)ethtool.feature(name, e); }).code() ==
              errc::invalid_option);
    }
}

TEST_CASE("Ethtool: features as ethtool(8) shows them", "[kernel][generic][ethtool]") {
    const Wire wire;
    need(wire.a, "ethtool");
    wire.ethtool.set_feature("rx-gro-list", true);
    wire.ethtool.set_feature("sg", false);
    const auto shown = shown_by_ethtool(wire.a);
    std::size_t compared = 0;
    for (const Feature& feature : wire.ethtool.features()) {
        const auto line = shown.find(feature.name);
        if (line == shown.end()) continue;  // it stands under another name
        CHECK(line->second == feature.to_string());
        ++compared;
    }
    CHECK(compared > 40);
    CHECK(shown.at("rx-gro-list") == "rx-gro-list: on");
    run_command(wire.a, "ethtool --features veth0 gro on rx-gro-list off tx-nocache-copy on");
    CHECK(wire.ethtool.feature("gro"));
    CHECK_FALSE(wire.ethtool.feature("rx-gro-list"));
    CHECK(wire.ethtool.feature("tx-nocache-copy"));
}

TEST_CASE("Ethtool: the number of queues", "[kernel][generic][ethtool]") {
    const Wire wire;
    const Ethtool& ethtool = wire.ethtool;
    CHECK(ethtool.channel_limits() == Channels{.rx = 4, .tx = 4});
    ethtool.set_channels({.rx = 2, .tx = 3});
    CHECK(ethtool.channels() == Channels{.rx = 2, .tx = 3});
    ethtool.set_channels({.rx = 4});
    CHECK(ethtool.channels() == Channels{.rx = 4, .tx = 3});
    const Error error = failure_of([&](OnError e) { ethtool.set_channels({.rx = 5}, e); });
    check_error(error,
                EINVAL,
                "set the channels: veth0 in a: Invalid argument; kernel: requested channel count "
                "exceeds maximum [rx]");
    check_error(failure_of([&](OnError e) { (void)ethtool.rings(e); }),
                EOPNOTSUPP,
                "get the rings: veth0 in a: Operation not supported");
    check_error(failure_of([&](OnError e) { (void)Ethtool{Link{}}.channels(e); }),
                errc::no_such_link,
                "get the channels: no link to act on (the object refers to no link)");
}

TEST_CASE("Ethtool: a link that is gone", "[kernel][generic][ethtool]") {
    Wire wire;
    wire.pair.first().remove();
    CHECK(failure_of([&](OnError e) { (void)wire.ethtool.features(e); }).code() ==
          boost::system::errc::no_such_device);
}

TEST_CASE("Ethtool: the requests of ethtool(8)", "[kernel][generic][ethtool][oracle]") {
    const Oracle oracle;
    need(oracle.theirs, "ethtool");
    oracle.both("link add veth0 numtxqueues 4 numrxqueues 4 type veth peer name veth1");
    const auto ethtool = [](const Netns& ns) { return Ethtool{ns.link("veth0")}; };
    // It names the link, and wants to know what changed.
    const auto features = [&](const char* arguments, auto&& do_it) {
        Differences found = compared(oracle,
                                     std::string{"ethtool --features veth0 "} + arguments,
                                     ETHTOOL_MSG_FEATURES_SET,
                                     message::generic_names<message::EthtoolFeatures>,
                                     do_it);
        std::erase_if(found, [](const std::string& line) {
            return line.starts_with("header.") || line.find(" header.") != line.npos;
        });
        return found;
    };
    CHECK(features("rx-gro-list on", [&](const Netns& ns) {
              ethtool(ns).set_feature("rx-gro-list", true);
          }) == Differences{});
    CHECK(features("gro off", [&](const Netns& ns) { ethtool(ns).set_feature("gro", false); }) ==
          Differences{});
    CHECK(features("tso off", [&](const Netns& ns) { ethtool(ns).set_feature("tso", false); }) ==
          Differences{});
    const Differences channels =
        compared(oracle,
                 "ethtool --set-channels veth0 rx 2 tx 3",
                 ETHTOOL_MSG_CHANNELS_SET,
                 message::generic_names_with<message::EthtoolTarget, Channels>,
                 [&](const Netns& ns) { ethtool(ns).set_channels({.rx = 2, .tx = 3}); });
    CHECK(channels ==
          Differences{"only ip: header.name veth0", "only vethpp: header.index 03000000"});
}
