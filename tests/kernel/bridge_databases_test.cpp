// SPDX-License-Identifier: BSL-1.0
// The forwarding database and the multicast database: against bridge(8), by what bridges do, and
// what is refused.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/fdb.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

using Lines = std::vector<std::string>;

template <class T>
Lines lines(const std::vector<T>& entries) {
    Lines found;
    for (const T& one : entries) found.push_back(one.to_string());
    std::sort(found.begin(), found.end());
    return found;
}

// What a program prints, line by line, sorted, without what stands at the end of a line.
Lines lines_of(const Netns& netns, const std::string& command) {
    Lines found;
    const std::string text = shell(netns, command).text;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string line = text.substr(at, end - at);
        line.erase(line.find_last_not_of(' ') + 1);
        found.push_back(line);
        at = end + 1;
    }
    std::sort(found.begin(), found.end());
    return found;
}

// Two hosts at a bridge.
struct Fixture {
    Netns fabric = Netns::create("fabric");
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    Bridge br0{{.netns = fabric, .name = "br0", .mac = "02:00:00:00:00:b0", .up = true}};
    VethPair one{
        {.netns = a,
         .name = "eth0",
         .mac = "02:00:00:00:00:0a",
         .addresses = {"10.0.0.1/24"},
         .up = true},
        {.netns = fabric, .name = "p1", .mac = "02:00:00:00:00:b1", .master = br0, .up = true}};
    VethPair two{
        {.netns = b,
         .name = "eth0",
         .mac = "02:00:00:00:00:0b",
         .addresses = {"10.0.0.2/24"},
         .up = true},
        {.netns = fabric, .name = "p2", .mac = "02:00:00:00:00:b2", .master = br0, .up = true}};
    ForwardingDatabase fdb{br0};

    Fixture() {
        one.wait_ready(long_enough);
        two.wait_ready(long_enough);
    }
};

// The state of the entry of an address, or "none".
std::string state(const ForwardingDatabase& fdb, const char* mac) {
    error_code ec;
    const FdbEntry found = fdb.find(mac, ec);
    return ec ? "none" : found.link->to_string() + " " + std::string{to_string(*found.state)};
}

void add_vxlans(const Netns& netns) {
    run_command(netns, "ip link add vx0 type vxlan id 42 dstport 4789 local 10.0.0.1");
    run_command(netns, "ip link add vx1 type vxlan external dstport 4790");
}

}  // namespace

TEST_CASE("fdb: the requests of bridge(8)", "[kernel][fdb]") {
    const Oracle oracle;
    need(oracle.theirs, "bridge");
    oracle.with_bridge_port();
    add_vxlans(oracle.theirs);
    add_vxlans(oracle.ours);
    enum class Do { add, append, replace, remove };
    struct Case {
        const char* command;
        const char* of;
        Do what;
        FdbEntry entry;
    };
    const Case cases[] = {
        {"add 02:00:00:00:01:01 dev veth0 master",
         "br0",
         Do::add,
         {.mac = "02:00:00:00:01:01", .link = oracle.ours.link("veth0")}},
        {"add 02:00:00:00:01:02 dev veth0 master static sticky",
         "veth0",
         Do::add,
         {.mac = "02:00:00:00:01:02", .state = FdbState::static_, .sticky = true}},
        {"add 02:00:00:00:01:03 dev veth0 master dynamic extern_learn",
         "veth0",
         Do::add,
         {.mac = "02:00:00:00:01:03", .state = FdbState::dynamic, .extern_learn = true}},
        {"add 02:00:00:00:01:04 dev br0 self", "br0", Do::add, {.mac = "02:00:00:00:01:04"}},
        {"add 02:00:00:00:01:05 dev veth1 self", "veth1", Do::add, {.mac = "02:00:00:00:01:05"}},
        {"add 02:00:00:00:01:06 dev vx0 dst 10.0.0.2 vni 43 port 4790 via veth1",
         "vx0",
         Do::add,
         {.mac = "02:00:00:00:01:06",
          .destination = "10.0.0.2",
          .port = 4790,
          .vni = 43,
          .via = oracle.ours.link("veth1")}},
        {"append 00:00:00:00:00:00 dev vx0 dst 10.0.0.3",
         "vx0",
         Do::append,
         {.mac = "00:00:00:00:00:00", .destination = "10.0.0.3"}},
        {"append 00:00:00:00:00:00 dev vx0 dst 10.0.0.4",
         "vx0",
         Do::append,
         {.mac = "00:00:00:00:00:00", .destination = "10.0.0.4"}},
        {"add 02:00:00:00:01:07 dev vx1 dst 10.0.0.4 src_vni 77 vni 78",
         "vx1",
         Do::add,
         {.mac = "02:00:00:00:01:07", .destination = "10.0.0.4", .vni = 78, .source_vni = 77}},
        {"replace 02:00:00:00:01:06 dev vx0 dst 10.0.0.9",
         "vx0",
         Do::replace,
         {.mac = "02:00:00:00:01:06", .destination = "10.0.0.9"}},
        {"del 00:00:00:00:00:00 dev vx0 dst 10.0.0.3",
         "vx0",
         Do::remove,
         {.mac = "00:00:00:00:00:00", .destination = "10.0.0.3"}},
        {"del 02:00:00:00:01:01 dev veth0 master",
         "veth0",
         Do::remove,
         {.mac = "02:00:00:00:01:01"}},
    };
    for (const Case& one : cases) {
        INFO(one.command);
        CHECK(oracle.request("bridge fdb " + std::string{one.command},
                             one.what == Do::remove ? RTM_DELNEIGH : RTM_NEWNEIGH,
                             sizeof(ndmsg),
                             wire::message_names<FdbEntry>,
                             [&](const Netns& netns) {
                                 const ForwardingDatabase fdb{netns.link(one.of)};
                                 if (one.what == Do::add) fdb.add(one.entry);
                                 if (one.what == Do::append) fdb.append(one.entry);
                                 if (one.what == Do::replace) fdb.replace(one.entry);
                                 if (one.what == Do::remove) fdb.remove(one.entry);
                             }) == Differences{});
    }
    for (const Netns* netns : {&oracle.theirs, &oracle.ours}) {
        CHECK(lines(ForwardingDatabase{*netns}.list({.all = true})) ==
              lines_of(*netns, "bridge fdb show"));
        CHECK(lines(ForwardingDatabase{netns->link("br0")}.list()) ==
              Lines{"02:00:00:00:00:01 dev veth0 master br0 permanent",
                    "02:00:00:00:00:0b dev br0 master br0 permanent",
                    "02:00:00:00:01:02 dev veth0 sticky master br0 static",
                    "02:00:00:00:01:03 dev veth0 extern_learn master br0",
                    "02:00:00:00:01:04 dev br0 master br0 permanent"});
        CHECK(lines(ForwardingDatabase{netns->link("vx0")}.list()) ==
              Lines{"00:00:00:00:00:00 dev vx0 dst 10.0.0.4 self permanent",
                    "02:00:00:00:01:06 dev vx0 dst 10.0.0.9 self permanent"});
        CHECK(lines(ForwardingDatabase{*netns}.list({.link = netns->link("vx1")})) ==
              Lines{"02:00:00:00:01:07 dev vx1 dst 10.0.0.4 vni 78 src_vni 77 self permanent"});
    }
    const ForwardingDatabase vx0{oracle.ours.link("vx0")};
    CHECK(vx0.flush() == 0);
    CHECK(vx0.flush({.mac = "02:00:00:00:01:06", .states = {FdbState::permanent}}) == 1);
    CHECK(vx0.flush({.all = true}) == 1);
    CHECK(vx0.list().empty());
}

TEST_CASE("fdb: a bridge learns, and forgets", "[kernel][fdb]") {
    const Fixture f;
    CHECK(ping(f.a, "10.0.0.2", {.timeout = long_enough}).received == 1);
    CHECK(state(f.fdb, "02:00:00:00:00:0a") == "p1 dynamic");
    CHECK(state(f.fdb, "02:00:00:00:00:0b") == "p2 dynamic");
    CHECK(state(f.fdb, "02:00:00:00:00:b0") == "br0 permanent");
    CHECK(state(ForwardingDatabase{f.one.second()}, "02:00:00:00:00:0a") == "p1 dynamic");
    CHECK(state(ForwardingDatabase{f.two.second()}, "02:00:00:00:00:0a") == "none");
    CHECK(f.fdb.list({.link = f.one.second(), .states = {FdbState::dynamic}}).size() == 1);
    CHECK(f.fdb.flush() == 2);
    CHECK(state(f.fdb, "02:00:00:00:00:0a") == "none");
    CHECK(state(f.fdb, "02:00:00:00:00:b0") == "br0 permanent");

    // A static entry is believed, whatever is true.
    f.fdb.replace({.mac = "02:00:00:00:00:0b", .link = f.one.second(), .state = FdbState::static_});
    CHECK(ping(f.a, "10.0.0.2", {.timeout = std::chrono::milliseconds{100}}).received == 0);
    f.fdb.replace({.mac = "02:00:00:00:00:0b", .link = f.two.second(), .state = FdbState::static_});
    CHECK(state(f.fdb, "02:00:00:00:00:0b") == "p2 static");
    CHECK(ping(f.a, "10.0.0.2", {.timeout = long_enough}).received == 1);
    f.fdb.remove(f.fdb.find("02:00:00:00:00:0b"));
    CHECK(state(f.fdb, "02:00:00:00:00:0b") == "none");

    // Its own entry goes the way it is listed, too.
    f.fdb.add({.mac = "02:00:00:00:00:99"});
    CHECK(state(f.fdb, "02:00:00:00:00:99") == "br0 permanent");
    f.fdb.remove(f.fdb.find("02:00:00:00:00:99"));
    CHECK(state(f.fdb, "02:00:00:00:00:99") == "none");
}

TEST_CASE("fdb: entries of VLANs", "[kernel][fdb][only_vm]") {
    const Netns fabric = Netns::create("fabric");
    error_code ec;
    const Bridge br0{{.netns = fabric, .name = "br0"}, {.vlan_filtering = true}, ec};
    if (ec) vethpp_test::skip("this kernel has no VLAN filtering in bridges");
    const VethPair pair{{.netns = fabric, .name = "p1", .master = br0}, {.netns = fabric}};
    const ForwardingDatabase fdb{br0};
    fdb.add({.mac = "02:00:00:00:00:01", .link = pair.first(), .vlan = 1});
    CHECK(fdb.find("02:00:00:00:00:01").to_string() ==
          "02:00:00:00:00:01 dev p1 vlan 1 master br0 permanent");
    CHECK(fdb.list({.mac = "02:00:00:00:00:01", .vlan = 2}).empty());
    CHECK_THAT(
        std::string{failure_of([&](OnError e) {
                        fdb.add({.mac = "02:00:00:00:00:01", .link = pair.first(), .vlan = 77}, e);
                    }).what()},
        contains("the port is not in that VLAN"));
    CHECK(fdb.flush({.vlan = 1, .states = {FdbState::permanent}}) >= 1);
}

TEST_CASE("fdb: what is refused is said", "[kernel][fdb]") {
    const Fixture f;
    const auto sentence = [&](const ForwardingDatabase& fdb, const FdbEntry& entry) {
        return std::string{failure_of([&](OnError e) { fdb.add(entry, e); }).what()};
    };
    const MacAddress mac{"02:00:00:00:00:01"};
    f.fdb.add({.mac = mac, .link = f.one.second()});
    CHECK(sentence(f.fdb, {.mac = mac, .link = f.one.second()}) ==
          "add the entry: 02:00:00:00:00:01 dev p1 in fabric: File exists (there is an entry for "
          "that address)");
    CHECK(
        sentence(f.fdb, {.link = f.one.second()}) ==
        "add the entry: no address dev p1 in fabric: invalid option (an entry has a MAC address)");
    CHECK(sentence(ForwardingDatabase{f.fabric}, {.mac = mac}) ==
          "add the entry: 02:00:00:00:00:01 in fabric: invalid option (an entry is one of a link)");
    CHECK(sentence(f.fdb, {.mac = mac, .link = f.one.first()}) ==
          "add the entry: 02:00:00:00:00:01 dev eth0 in fabric: invalid option (the link, eth0, is "
          "in another namespace, a)");
    CHECK_THAT(sentence(f.fdb, {.mac = mac, .vlan = 4095}), contains("(a VLAN is 1 to 4094)"));
    CHECK_THAT(sentence(f.fdb, {.mac = "nothing"}), contains("invalid address"));
    CHECK_THAT(sentence(f.fdb, {.mac = mac, .destination = "nothing"}),
               contains("invalid address"));
    CHECK_THAT(sentence(f.fdb, {.mac = mac, .port = 70000}),
               contains("(the number is out of range) [port]"));
    CHECK_THAT(sentence(f.fdb, {.mac = MacAddress{}, .link = f.one.second()}),
               contains("Invalid argument (a bridge has no entry for zeroes"));
    CHECK_THAT(sentence(ForwardingDatabase{f.one.first()}, {.mac = mac, .of_master = true}),
               contains("Operation not supported (the link is not the port of a bridge)"));
    check_error(
        failure_of([&](OnError e) { f.fdb.remove({.mac = "02:00:00:00:00:77"}, e); }),
        ENOENT,
        "remove the entry: 02:00:00:00:00:77 dev br0 in fabric: No such file or directory (there "
        "is no entry for that address)");
    check_error(failure_of([&](OnError e) { (void)f.fdb.find("02:00:00:00:00:77", e); }),
                ENOENT,
                "find the entry: 02:00:00:00:00:77 in fabric: No such file or directory (there is "
                "no entry for that address)");
    check_error(
        failure_of([&](OnError e) { (void)ForwardingDatabase{NetnsRef::none()}.list({}, e); }),
        errc::no_such_namespace,
        "list the forwarding database: no namespace to act on");
}
