// SPDX-License-Identifier: BSL-1.0
// The forwarding database and the multicast database: against bridge(8), by what bridges do, and
// what is refused.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/fdb.hpp>
#include <vethpp/mdb.hpp>
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

// Without those of VLANs, which a kernel that filters them adds for each.
Lines untagged(std::vector<FdbEntry> entries) {
    std::erase_if(entries, [](const FdbEntry& entry) { return entry.vlan.has_value(); });
    return lines(entries);
}

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
        CHECK(untagged(ForwardingDatabase{netns->link("br0")}.list()) ==
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
    f.fdb.remove({.mac = "02:00:00:00:00:0b", .link = f.two.second()});
    CHECK(state(f.fdb, "02:00:00:00:00:0b") == "none");

    // Its own entry goes the way it is listed, too.
    f.fdb.add({.mac = "02:00:00:00:00:99"});
    CHECK(state(f.fdb, "02:00:00:00:00:99") == "br0 permanent");
    for (const FdbEntry& entry : f.fdb.list({.mac = "02:00:00:00:00:99"})) f.fdb.remove(entry);
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

TEST_CASE("mdb: the requests of bridge(8), and what it lists", "[kernel][mdb]") {
    const Oracle oracle;
    need(oracle.theirs, "bridge");
    oracle.with_bridge_port();
    for (const char* link : {"br0", "veth0", "veth1"})
        oracle.both(std::string{"link set up dev "} + link);
    // The groups of IPv6 come as the bridge hears of them.
    const auto ours = [](Lines all) {
        std::erase_if(all,
                      [](const std::string& line) { return line.find("ff02::") != line.npos; });
        return all;
    };
    const Link port = oracle.ours.link("veth0");
    const Link bridge = oracle.ours.link("br0");
    struct Case {
        const char* command;
        MdbEntry entry;
    };
    const Case cases[] = {
        {"add dev br0 port veth0 grp 239.1.1.1 permanent",
         {.link = port, .group = "239.1.1.1", .permanent = true}},
        {"add dev br0 port veth0 grp ff0e::1 src 2001:db8::1 temp",
         {.link = port, .group = "ff0e::1", .source = "2001:db8::1"}},
        {"add dev br0 port veth0 grp 01:00:5e:01:02:03 permanent",
         {.link = port, .mac = "01:00:5e:01:02:03", .permanent = true}},
        {"add dev br0 port br0 grp 239.1.1.2 permanent",
         {.link = bridge, .group = "239.1.1.2", .permanent = true}},
        {"add dev br0 port veth0 grp 239.1.1.3 permanent",
         {.link = port, .group = "239.1.1.3", .permanent = true}},
        {"del dev br0 port veth0 grp 239.1.1.3 permanent",
         {.link = port, .group = "239.1.1.3", .permanent = true}},
    };
    for (const Case& one : cases) {
        INFO(one.command);
        const bool remove = std::string_view{one.command}.starts_with("del");
        const Differences differences =
            oracle.request("bridge mdb " + std::string{one.command},
                           remove ? RTM_DELMDB : RTM_NEWMDB,
                           sizeof(br_port_msg),
                           wire::message_names<message::MdbRequest>,
                           [&](const Netns& netns) {
                               const MulticastDatabase mdb{netns.link("br0")};
                               error_code ec;
                               if (remove)
                                   mdb.remove(one.entry, ec);
                               else
                                   mdb.add(one.entry, ec);
                           });
        CHECK(differences == Differences{});
    }
    for (const Netns* netns : {&oracle.theirs, &oracle.ours}) {
        const MulticastDatabase mdb{netns->link("br0")};
        const Lines listed = ours(lines(mdb.list()));
        CHECK(listed == ours(lines_of(*netns, "bridge mdb show dev br0")));
        const auto has = [&](const char* line) {
            return std::find(listed.begin(), listed.end(), line) != listed.end();
        };
        CHECK(has("dev br0 port veth0 grp 239.1.1.1 permanent"));
        CHECK(has("dev br0 port veth0 grp ff0e::1 src 2001:db8::1 temp"));
        CHECK_FALSE(has("dev br0 port veth0 grp 239.1.1.3 permanent"));
    }
}

TEST_CASE("mdb: filters of sources", "[kernel][mdb]") {
    const Fixture f;
    const MulticastDatabase mdb{f.br0};
    if (System{}.kernel_version() < 6003)
        vethpp_test::skip("sources of a group can be given since Linux 6.3");
    const MdbEntry entry{.link = f.one.second(),
                         .group = "239.1.1.1",
                         .permanent = true,
                         .filter = MulticastFilter::include,
                         .sources = {"10.0.0.2"},
                         .protocol = 188};
    error_code ec;
    mdb.add(entry, ec);
    if (ec) vethpp_test::skip("this bridge speaks no IGMPv3");
    const auto of_group = [&] {
        auto all = mdb.list();
        std::erase_if(all, [](const MdbEntry& one) {
            return one.group != IpAddress{"239.1.1.1"} || one.source;
        });
        REQUIRE(all.size() == 1);
        return all.front();
    };
    CHECK(of_group().protocol == 188U);
    CHECK(of_group().link == LinkIndex{f.one.second()});
    MdbEntry other = entry;
    other.protocol = 189;
    mdb.replace(other);
    CHECK(of_group().protocol == 189U);
}

TEST_CASE("mdb: what is refused is said", "[kernel][mdb]") {
    const Fixture f;
    const MulticastDatabase mdb{f.br0};
    const auto sentence = [&](const MulticastDatabase& where, const MdbEntry& entry) {
        return std::string{failure_of([&](OnError e) { where.add(entry, e); }).what()};
    };
    const Link& port = f.one.second();
    mdb.add({.link = port, .group = "239.1.1.1", .permanent = true});
    CHECK_THAT(sentence(mdb, {.link = port, .group = "239.1.1.1", .permanent = true}),
               contains("add to the group: dev br0 port p1 grp 239.1.1.1 permanent in fabric: File "
                        "exists"));
    CHECK(
        sentence(mdb, {.link = port, .group = "10.0.0.1"}) ==
        "add to the group: dev br0 port p1 grp 10.0.0.1 temp in fabric: invalid option (the group "
        "is no multicast address)");
    CHECK_THAT(sentence(mdb, {.group = "239.1.1.1"}), contains("(an entry is one of a port)"));
    CHECK_THAT(sentence(mdb, {.link = port}), contains("(an entry has a group, either of IP or"));
    CHECK_THAT(sentence(mdb, {.link = port, .group = "239.1.1.1", .vlan = 0}),
               contains("(a VLAN is 1 to 4094)"));
    CHECK_THAT(sentence(mdb, {.link = port, .group = "nothing"}), contains("invalid address"));
    CHECK_THAT(sentence(mdb, {.link = f.one.first(), .group = "239.1.1.1"}),
               contains("(the link, eth0, is in another namespace, a)"));
    CHECK_THAT(sentence(MulticastDatabase{port}, {.link = port, .group = "239.1.1.1"}),
               contains("add to the group: dev p1 port p1 grp 239.1.1.1 temp in fabric: "));
    CHECK_FALSE(failure_of([&](OnError e) {
                    mdb.remove({.link = port, .group = "239.7.7.7"}, e);
                }).code() == error_code{});
    check_error(failure_of([&](OnError e) { (void)MulticastDatabase{Link{}}.list(e); }),
                errc::no_such_link,
                "list the multicast database: no link to act on (the object refers to no link)");
}
