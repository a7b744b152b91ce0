// SPDX-License-Identifier: BSL-1.0
// What goes by generic netlink: ethtool's features and queues, MPTCP's endpoints, FOU's ports.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/ethtool.hpp>
#include <vethpp/fou.hpp>
#include <vethpp/message/fou.hpp>
#include <vethpp/mptcp.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/netns/attempt_generic.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <map>
#include <netinet/in.h>
#include <sstream>
#include <string>
#include <sys/socket.h>
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

// --- MPTCP ---------------------------------------------------------------------------------------

namespace {

void need_mptcp(const Netns& netns) {
    error_code ec;
    (void)MptcpEndpoints{netns}.limits(ec);
    if (ec == boost::system::errc::no_such_file_or_directory) skip("this kernel has no MPTCP");
    REQUIRE_FALSE(ec);
}

std::string text(const MptcpEndpoints& endpoints) {
    std::string out;
    for (const MptcpEndpoint& one : endpoints.list())
        out += (out.empty() ? "" : "; ") + one.to_string();
    return out;
}

detail::UniqueFd mptcp_socket() {
    constexpr int mptcp = 262;  // IPPROTO_MPTCP, Linux 5.6
    detail::UniqueFd made{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, mptcp)};
    REQUIRE(made);
    return made;
}

sockaddr_in socket_address(const char* address) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(8080);
    REQUIRE(::inet_pton(AF_INET, address, &out.sin_addr) == 1);
    return out;
}

}  // namespace

TEST_CASE("MPTCP: endpoints are added, changed, listed and removed", "[kernel][generic][mptcp]") {
    Wire wire;
    need_mptcp(wire.a);
    const MptcpEndpoints endpoints{wire.a};
    wire.pair.first().add_address("10.0.0.4/24");  // with a port, the kernel listens there
    CHECK(endpoints.list().empty());
    endpoints.add({.address = "10.0.0.1", .signal = true});
    endpoints.add({.address = "fd00::1",
                   .id = 9,
                   .link = wire.pair.first(),
                   .subflow = true,
                   .backup = true});
    endpoints.add({.address = "10.0.0.4", .port = 8080, .signal = true});
    CHECK(text(endpoints) ==
          "10.0.0.1 id 1 signal; fd00::1 id 9 subflow backup dev veth0; "
          "10.0.0.4 port 8080 id 10 signal");
    CHECK(endpoints.list()[1] == MptcpEndpoint{.address = "fd00::1",
                                               .id = 9,
                                               .link = wire.pair.first(),
                                               .subflow = true,
                                               .backup = true});
    need(wire.a, "ip");
    if (shell(wire.a, "ip mptcp endpoint 2>&1").status == 0)
        CHECK(shell(wire.a, "ip mptcp endpoint | sed 's/ *$//' | paste -sd';' | sed 's/;/; /g'")
                  .text == text(endpoints) + "\n");
    endpoints.change({.id = 9, .fullmesh = true});
    CHECK(endpoints.list()[1].to_string() == "fd00::1 id 9 subflow fullmesh dev veth0");
    endpoints.change({.address = "10.0.0.1", .backup = true});
    CHECK(endpoints.list()[0].to_string() == "10.0.0.1 id 1 signal backup");
    endpoints.remove("10.0.0.1");
    endpoints.remove(9);
    CHECK(text(endpoints) == "10.0.0.4 port 8080 id 10 signal");
    CHECK(MptcpEndpoints{wire.b}.list().empty());
    endpoints.flush();
    CHECK(endpoints.list().empty());
    endpoints.set_limits({.add_addr_accepted = 1, .subflows = 3});
    endpoints.set_limits({.subflows = 4});
    CHECK(endpoints.limits() == MptcpLimits{.add_addr_accepted = 1, .subflows = 4});
}

TEST_CASE("MPTCP: what is wrong is said", "[kernel][generic][mptcp]") {
    const Wire wire;
    need_mptcp(wire.a);
    const MptcpEndpoints endpoints{wire.a};
    const auto sentence = [&](const MptcpEndpoint& endpoint) {
        return std::string{failure_of([&](OnError e) { endpoints.add(endpoint, e); }).what()};
    };
    CHECK(sentence({}) ==
          "add the MPTCP endpoint in a: invalid option (an endpoint has an address)");
    CHECK(
        sentence({.address = "somewhere"}) ==
        "add the MPTCP endpoint: \"somewhere\" in a: invalid address (\"somewhere\" is no IPv4 or "
        "IPv6 address)");
    CHECK(sentence({.address = "10.0.0.1", .id = 256}) ==
          "add the MPTCP endpoint: 10.0.0.1 id 256 in a: invalid option (the number is out of "
          "range) [endpoint.id]");
    CHECK(sentence({.address = "10.0.0.1", .link = wire.pair.second()}) ==
          "add the MPTCP endpoint: 10.0.0.1 dev veth0 in a: invalid option (the link, veth0, is in "
          "another namespace, b)");
    endpoints.add({.address = "10.0.0.1", .signal = true});
    CHECK_THAT(sentence({.address = "10.0.0.1", .signal = true}), contains("duplicate"));
    CHECK_THAT(sentence({.address = "10.0.0.2", .signal = true, .fullmesh = true}),
               contains("signal and fullmesh"));
    CHECK_THAT(std::string{failure_of([&](OnError e) { endpoints.remove(7, e); }).what()},
               contains("remove the MPTCP endpoint: id 7 in a: Invalid argument; kernel: address "
                        "not found"));
    check_error(failure_of([&](OnError e) { endpoints.remove("10.0.0.7", e); }),
                ENOENT,
                "remove the MPTCP endpoint: 10.0.0.7 in a: No such file or directory (no endpoint "
                "has that address)");
    CHECK_THAT(std::string{failure_of([&](OnError e) {
                               endpoints.set_limits({.subflows = 9}, e);
                           }).what()},
               contains("limit greater than maximum"));
}

TEST_CASE("MPTCP: a connection takes a second path", "[kernel][generic][mptcp]") {
    const Netns client = Netns::create("client");
    const Netns server = Netns::create("server");
    need_mptcp(client);
    const VethPair first{
        {.netns = client, .name = "eth0", .addresses = {"10.0.1.1/24"}, .up = true},
        {.netns = server, .name = "eth0", .addresses = {"10.0.1.2/24"}, .up = true}};
    const VethPair second{
        {.netns = client, .name = "eth1", .addresses = {"10.0.2.1/24"}, .up = true},
        {.netns = server, .name = "eth1", .addresses = {"10.0.2.2/24"}, .up = true}};
    first.wait_ready(long_enough);
    second.wait_ready(long_enough);
    // The server announces its other address, to which the client goes by the other link.
    MptcpEndpoints{server}.add({.address = "10.0.2.2", .signal = true});
    MptcpEndpoints{client}.set_limits({.add_addr_accepted = 1, .subflows = 1});
    MptcpEndpoints{server}.set_limits({.add_addr_accepted = 0, .subflows = 1});
    const auto listener = server.run([] {
        auto socket = mptcp_socket();
        const sockaddr_in any = socket_address("0.0.0.0");
        REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
        REQUIRE(::listen(socket.get(), 1) == 0);
        return socket;
    });
    const auto connection = client.run([] {
        auto socket = mptcp_socket();
        const sockaddr_in there = socket_address("10.0.1.2");
        REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) ==
                0);
        return socket;
    });
    const detail::UniqueFd accepted{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    REQUIRE(accepted);
    REQUIRE(::send(accepted.get(), "x", 1, MSG_NOSIGNAL) == 1);
    char byte = 0;
    REQUIRE(::recv(connection.get(), &byte, 1, 0) == 1);
    CHECK(comes_true([&] {
        mptcp_info info{};
        socklen_t size = sizeof info;
        constexpr int level = 284;  // SOL_MPTCP
        return ::getsockopt(connection.get(), level, MPTCP_INFO, &info, &size) == 0 &&
               info.mptcpi_subflows == 1;
    }));
}

TEST_CASE("MPTCP: the requests of ip(8)", "[kernel][generic][mptcp][oracle]") {
    const Oracle oracle;
    need_mptcp(oracle.theirs);
    oracle.both("link add veth0 type veth peer name veth1");
    oracle.both("address add 10.0.0.1/24 dev veth0");
    const auto differences = [&](const char* arguments, std::uint8_t command, auto&& do_it) {
        return compared(oracle,
                        std::string{"ip mptcp "} + arguments,
                        command,
                        message::generic_names<message::MptcpMessage>,
                        [&](const Netns& ns) { do_it(MptcpEndpoints{ns}, ns); });
    };
    CHECK(differences("endpoint add 10.0.0.1 dev veth0 id 3 port 8080 signal",
                      MPTCP_PM_CMD_ADD_ADDR,
                      [](const MptcpEndpoints& endpoints, const Netns& ns) {
                          endpoints.add({.address = "10.0.0.1",
                                         .port = 8080,
                                         .id = 3,
                                         .link = ns.link("veth0"),
                                         .signal = true});
                      }) == Differences{});
    CHECK(differences(
              "endpoint add fd00::1 subflow backup fullmesh",
              MPTCP_PM_CMD_ADD_ADDR,
              [](const MptcpEndpoints& endpoints, const Netns&) {
                  endpoints.add(
                      {.address = "fd00::1", .subflow = true, .backup = true, .fullmesh = true});
              }) == Differences{});
    CHECK(differences("endpoint delete id 3",
                      MPTCP_PM_CMD_DEL_ADDR,
                      [](const MptcpEndpoints& endpoints, const Netns&) { endpoints.remove(3); }) ==
          Differences{});
    CHECK(differences("limits set subflows 2 add_addr_accepted 1",
                      MPTCP_PM_CMD_SET_LIMITS,
                      [](const MptcpEndpoints& endpoints, const Netns&) {
                          endpoints.set_limits({.add_addr_accepted = 1, .subflows = 2});
                      }) == Differences{});
    CHECK(differences("endpoint flush",
                      MPTCP_PM_CMD_FLUSH_ADDRS,
                      [](const MptcpEndpoints& endpoints, const Netns&) { endpoints.flush(); }) ==
          Differences{});
}

// --- FOU -----------------------------------------------------------------------------------------

TEST_CASE("FOU: what is wrong is said", "[kernel][generic][fou]") {
    const Netns netns = Netns::create("lab");
    const FouPorts ports{netns};
    error_code ec;
    (void)ports.list(ec);
    if (!ec) return;
    check_error(failure_of([&](OnError e) { ports.add({.port = 5555, .protocol = 4}, e); }),
                ENOENT,
                "add the FOU port: port 5555 ipproto 4 in lab: No such file or directory (the "
                "kernel has no generic netlink family \"fou\": its module, fou, is not loaded)");
}

TEST_CASE("FOU: ports, and the requests of ip(8)", "[kernel][generic][fou][oracle][only_vm]") {
    const Oracle oracle;
    // In the emulated machine, which is ours to change.
    (void)shell(oracle.ours, "[ ! -x /run/modprobe ] || /run/modprobe fou 2>&1");
    const FouPorts ports{oracle.ours};
    error_code ec;
    CHECK(ports.list(ec).empty());
    if (ec == boost::system::errc::no_such_file_or_directory) skip("this kernel has no fou");
    REQUIRE_FALSE(ec);
    oracle.both("link add veth0 type veth peer name veth1");
    oracle.both("address add 10.0.0.1/24 dev veth0");
    const auto differences = [&](const char* arguments, std::uint8_t command, auto&& do_it) {
        return compared(oracle,
                        std::string{"ip fou "} + arguments,
                        command,
                        message::generic_names<message::FouMessage>,
                        [&](const Netns&) { do_it(); });
    };
    CHECK(differences("add port 5555 ipproto 4", FOU_CMD_ADD, [&] {
              ports.add({.port = 5555, .protocol = 4});
          }) == Differences{});
    CHECK(differences("add port 5556 gue", FOU_CMD_ADD, [&] {
              ports.add({.port = 5556, .encapsulation = FouEncapsulation::gue});
          }) == Differences{});
    CHECK(differences("add port 5557 ipproto 41 local 10.0.0.1 dev veth0", FOU_CMD_ADD, [&] {
              ports.add({.port = 5557,
                         .protocol = 41,
                         .local = "10.0.0.1",
                         .link = oracle.ours.link("veth0")});
          }) == Differences{});
    const auto text = [&] {
        std::string out;
        for (const FouPort& port : ports.list())
            out += (out.empty() ? "" : "; ") + port.to_string();
        return out;
    };
    CHECK(text() ==
          "port 5557 ipproto 41 local 10.0.0.1 dev veth0; port 5556 gue; port 5555 ipproto 4");
    // The program says what the kernel does not ask for.
    CHECK(differences("del port 5555", FOU_CMD_DEL, [&] { ports.remove({.port = 5555}); }) ==
          Differences{"only ip: encapsulation 01"});
    CHECK(text() == "port 5557 ipproto 41 local 10.0.0.1 dev veth0; port 5556 gue");

    const auto sentence = [&](const FouPort& port) {
        return std::string{failure_of([&](OnError e) { ports.add(port, e); }).what()};
    };
    CHECK(sentence({.port = 5556, .encapsulation = FouEncapsulation::gue}) ==
          "add the FOU port: port 5556 gue in ours: Address already in use (it is one already, or "
          "another socket has it)");
    CHECK(sentence({.port = 7}) ==
          "add the FOU port: port 7 in ours: invalid option (a protocol is needed, or GUE)");
    CHECK(
        sentence({.port = 7, .protocol = 4, .encapsulation = FouEncapsulation::gue}) ==
        "add the FOU port: port 7 gue ipproto 4 in ours: invalid option (with GUE the packets say "
        "the protocol)");
    CHECK(sentence({.protocol = 4}) ==
          "add the FOU port: port ? ipproto 4 in ours: invalid option (it is 1 to 65535)");
    CHECK(sentence({.port = 65536, .protocol = 4}) ==
          "add the FOU port: port 65536 ipproto 4 in ours: invalid option (the number is out of "
          "range) [port]");
    CHECK_THAT(sentence({.port = 7, .protocol = 4, .local = "fd00::1"}), contains(".ipv6"));
    CHECK(std::string{failure_of([&](OnError e) { ports.remove({.port = 7}, e); }).what()} ==
          "remove the FOU port: port 7 in ours: Invalid argument (there is no such port)");
}
