// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <regex>
#include <sched.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

// Where an end is: in A, in B, or in the namespace of the calling thread, which is A.
enum class Where { a, b, here };

struct Spaces {
    Netns a = Netns::create("A");
    Netns b = Netns::create("B");

    [[nodiscard]] vethpp::NetnsRef at(Where where) const {
        vethpp::NetnsRef there{};
        if (where != Where::here) there = of(where);
        return there;
    }
    [[nodiscard]] const Netns& of(Where where) const { return where == Where::b ? b : a; }
};

void check_joined(const VethPair& pair) {
    const LinkState one = pair.first().state();
    const LinkState two = pair.second().state();
    CHECK(one.index == pair.first().index());
    CHECK(two.index == pair.second().index());
    CHECK(one.link == two.index);
    CHECK(two.link == one.index);
    CHECK(one.kind() == "veth");
    CHECK(two.kind() == "veth");
    CHECK(pair.first().peer_state().mac == two.mac);
    CHECK(pair.second().peer_state().mac == one.mac);
    CHECK(pair.first().peer(pair.second().netns()).name() == two.name);
    CHECK(pair.second().peer(pair.first().netns()).name() == one.name);
}

// A pair that cannot be made, in both forms; nothing is left of it.
Error refused(const Spaces& spaces, const LinkOptions& first, const LinkOptions& second) {
    const Names a = names(spaces.a);
    const Names b = names(spaces.b);
    const Error error = failure_of([&](OnError e) {
        const VethPair pair{first, second, e};
        CHECK_FALSE(static_cast<bool>(pair));
        CHECK_FALSE(static_cast<bool>(pair.first()));
        CHECK_FALSE(static_cast<bool>(pair.second()));
    });
    INFO(error.what());
    CHECK(names(spaces.a) == a);
    CHECK(names(spaces.b) == b);
    CHECK(error.context().operation == "create the veth pair");
    CHECK_FALSE(error.context().object.empty());
    CHECK_FALSE(error.context().netns.empty());
    return error;
}

}  // namespace

TEST_CASE("veth pair: its ends are in any two namespaces, with any of what they want",
          "[kernel][veth_pair][only_vm]") {
    const Spaces spaces;
    const Bridge in_a{{.netns = spaces.a, .name = "br"}};
    const Bridge in_b{{.netns = spaces.b, .name = "br"}};
    const auto master = [&](Where where) -> LinkRef { return where == Where::b ? in_b : in_a; };
    const Where first = GENERATE(Where::a, Where::b, Where::here);
    const Where second = GENERATE(Where::a, Where::b, Where::here);
    // Loops, because Catch2 would build the namespaces anew for each.
    for (unsigned wants = 0; wants < 16; ++wants) {
        const bool first_master = (wants & 1U) != 0;
        const bool second_master = (wants & 2U) != 0;
        const bool first_up = (wants & 4U) != 0;
        const bool second_up = (wants & 8U) != 0;
        CAPTURE(first, second, first_master, second_master, first_up, second_up);
        LinkOptions one{.netns = spaces.at(first), .name = "one", .mtu = 1400, .up = first_up};
        LinkOptions two{.netns = spaces.at(second), .name = "two", .mtu = 1300, .up = second_up};
        if (first_master) one.master = master(first);
        if (second_master) two.master = master(second);
        if (wants % 3 == 0) {
            one.group = 7;
            two.group = 8;
        }
        // The pair is used and removed outside of the namespace in which it was made.
        const VethPair pair = spaces.a.run([&] { return VethPair{one, two}; });
        check_joined(pair);
        CHECK(spaces.of(first).link("one").index() == pair.first().index());
        CHECK(spaces.of(second).link("two").index() == pair.second().index());
        const LinkState a = pair.first().state();
        const LinkState b = pair.second().state();
        CHECK(a.mtu == 1400);
        CHECK(b.mtu == 1300);
        CHECK(a.is_up() == first_up);
        CHECK(b.is_up() == second_up);
        CHECK(a.master.has_value() == first_master);
        CHECK(b.master.has_value() == second_master);
        CHECK(a.group == one.group.value_or(a.group));
        CHECK(b.group == two.group.value_or(a.group));
        CHECK(a.link_netnsid.has_value() == ((first == Where::b) != (second == Where::b)));
    }
    CHECK(names(spaces.a) == Names{"br"});
    CHECK(names(spaces.b) == Names{"br"});
}

TEST_CASE("veth pair: one namespace by two handles", "[kernel][veth_pair]") {
    const Netns a = Netns::create("A");
    const Netns again = a.run([] { return Netns::current(); });
    const VethPair pair{{.netns = a, .name = "x"}, {.netns = again, .name = "y"}};
    check_joined(pair);
    CHECK_FALSE(pair.first().state().link_netnsid);
    CHECK(pair.first().peer().name() == "y");
    CHECK_THROWS_WITH(VethPair({.netns = a, .name = "z"}, {.netns = again, .name = "z"}),
                      "create the veth pair: z (second end) in the current namespace: invalid name "
                      "(both ends have the same name in one namespace)");
    CHECK_THROWS_WITH(a.run([&] {
        return VethPair{{.name = "z"}, {.netns = a, .name = "z"}};
    }),
                      contains("both ends have the same name"));
    CHECK(names(a) == Names{"x", "y"});
}

TEST_CASE("veth pair: names", "[kernel][veth_pair]") {
    const Spaces spaces;
    SECTION("the same in two namespaces") {
        const VethPair pair{{.netns = spaces.a, .name = "eth0"},
                            {.netns = spaces.b, .name = "eth0"}};
        check_joined(pair);
        CHECK(names(spaces.a) == Names{"eth0"});
        CHECK(names(spaces.b) == Names{"eth0"});
    }
    SECTION("the same in one namespace") {
        check_error(
            refused(
                spaces, {.netns = spaces.a, .name = "eth0"}, {.netns = spaces.a, .name = "eth0"}),
            errc::invalid_name,
            "create the veth pair: eth0 (second end) in A: invalid name "
            "(both ends have the same name in one namespace)");
    }
    SECTION("made up") {
        const VethPair one{{.netns = spaces.a}, {.netns = spaces.a}};
        const VethPair two{{.netns = spaces.a}, {.netns = spaces.b}};
        check_joined(one);
        check_joined(two);
        const std::regex shape{"veth[0-9a-f]{8}[ab]"};
        for (const VethPair* pair : {&one, &two})
            for (const Link* link : {&pair->first(), &pair->second()}) {
                CHECK(std::regex_match(link->name(), shape));
                CHECK(link->state().name == link->name());
            }
        CHECK(one.first().name() != two.first().name());
    }
    SECTION("of the longest and the shortest kind") {
        const VethPair pair{{.netns = spaces.a, .name = "fifteen-bytes-x"},
                            {.netns = spaces.b, .name = "y"}};
        check_joined(pair);
    }
    SECTION("that no link can have") {
        for (const char* bad : {"sixteen-bytes-xx", ".", "..", "a/b", "a:b", "a b", "a%d"}) {
            const Error first =
                refused(spaces, {.netns = spaces.a, .name = bad}, {.netns = spaces.b, .name = "y"});
            CHECK(first.code() == errc::invalid_name);
            CHECK(first.context().end == "first end");
            CHECK(first.context().netns == "A");
            CHECK(first.context().object == "\"" + std::string{bad} + "\"");
            const Error second =
                refused(spaces, {.netns = spaces.a, .name = "x"}, {.netns = spaces.b, .name = bad});
            CHECK(second.code() == errc::invalid_name);
            CHECK(second.context().end == "second end");
            CHECK(second.context().netns == "B");
            if (std::string{bad}.size() > 15) continue;  // good for an alternative name
            CHECK(refused(spaces,
                          {.netns = spaces.a, .name = "x"},
                          {.netns = spaces.b, .name = "y", .alternative_names = {"ok", bad}})
                      .context()
                      .end == "second end");
        }
    }
}

TEST_CASE("veth pair: the end at fault is named, and nothing is left",
          "[kernel][veth_pair][only_vm]") {
    const Spaces spaces;
    const bool in_one = GENERATE(false, true);
    const Netns& second_netns = in_one ? spaces.a : spaces.b;
    const std::string second_label = in_one ? "A" : "B";
    const VethPair taken{{.netns = spaces.a, .name = "taken", .alternative_names = {"alttaken"}},
                         {.netns = spaces.a, .name = "br-port"}};
    const VethPair also{{.netns = spaces.b, .name = "taken", .alternative_names = {"alttaken"}},
                        {.netns = spaces.b, .name = "x"}};
    const Bridge in_a{{.netns = spaces.a, .name = "br"}};
    const Bridge in_b{{.netns = spaces.b, .name = "br"}};

    // What the faulty end wants, the sentence after "create the veth pair: NAME (END) in NETNS: ",
    // and its object if that is not its name.
    struct Case {
        LinkOptions options;
        int code;
        std::string sentence;
        std::string object = {};
    };
    const std::string queues = "Invalid argument (a link has 1 to 4096 queues of each kind); ";
    const auto bad = [&](const Bridge& own, const Bridge& elsewhere) {
        LinkOptions gone{};
        {
            const Bridge dies{{.netns = own.netns(), .name = "dies"}};
            gone.master = dies;
        }
        const std::string far_label{elsewhere.netns().label()};
        const std::string mtu = "Invalid argument (the MTU is 68 to 65535 bytes)";
        const std::string mac =
            "Cannot assign requested address "
            "(a link's MAC address is neither zero nor multicast)";
        const std::string port =
            "Numerical result out of range "
            "(a port's cost is 1 to 65535, its priority 0 to 63)";
        return std::vector<Case>{
            {{.name = "taken"}, EEXIST, "File exists (the name is taken)"},
            {{.name = "alttaken"}, EEXIST, "File exists (the name is taken)"},
            {{.mtu = 67}, EINVAL, mtu},
            {{.mtu = 65536}, EINVAL, mtu},
            {{.mac = "01:00:00:00:00:01"}, EADDRNOTAVAIL, mac},
            {{.mac = "00:00:00:00:00:00"}, EADDRNOTAVAIL, mac},
            {{.tx_queues = 0}, EINVAL, queues + "kernel: Invalid number of transmit queues"},
            {{.tx_queues = 4097}, EINVAL, queues + "kernel: Invalid number of transmit queues"},
            {{.rx_queues = 4097}, EINVAL, queues + "kernel: Invalid number of receive queues"},
            {gone, EINVAL, "Invalid argument (the master, dies, is gone)"},
            {{.master = taken.first()},  // only of A, see below
             EOPNOTSUPP,
             "Operation not supported (the master, taken, takes no ports)"},
            {{.alternative_names = {"fine", "alttaken"}},
             EEXIST,
             "File exists (an alternative name is taken)"},
            {{.master = own, .port = vethpp::BridgePortSettings{.cost = 0}}, ERANGE, port},
            {{.addresses = {"10.0.0.1/24", "10.0.0.1/24"}},
             EEXIST,
             "File exists" + reason(6006,
                                    "ipv4: Address already assigned",
                                    "the link has that address already"),
             "NAME, 10.0.0.1/24"},
            {{.addresses = {"fd00::1/64", "ff02::5/64", "fd00::2/64"}},
             EADDRNOTAVAIL,
             "Cannot assign requested address" +
                 reason(6006,
                        "ipv6: Cannot assign multicast address without \"IFA_F_MCAUTOJOIN\" flag",
                        "an IPv6 multicast address cannot be assigned"),
             "NAME, ff02::5/64"},
            {{.master = elsewhere},
             -static_cast<int>(errc::invalid_option),
             "invalid option (the master, br, is in another namespace, " + far_label + ")"},
            {{.master = Link{}},
             -static_cast<int>(errc::no_such_link),
             "no link to act on (the master refers to no link)"},
            {{.port = vethpp::BridgePortSettings{.cost = 1}},
             -static_cast<int>(errc::invalid_option),
             "invalid option (port settings without a master)"},
        };
    };
    // Each fault at each end; the other end is plain, wants a master (which decides what end the
    // message is about), or a group of its own.
    for (const bool faulty_first : {true, false}) {
        const Netns& faulty_netns = faulty_first ? spaces.a : second_netns;
        const Netns& other_netns = faulty_first ? second_netns : spaces.a;
        const std::string label = faulty_first ? "A" : second_label;
        const Bridge& own = label == "A" ? in_a : in_b;
        for (const Case& one : bad(own, label == "A" ? in_b : in_a)) {
            const bool of_other = one.options.master && one.options.master->name() == "taken";
            if (of_other && label == "B") continue;
            for (const int other_kind : {0, 1, 2}) {
                LinkOptions faulty = one.options;
                faulty.netns = faulty_netns;
                if (faulty.name.empty()) faulty.name = "faulty";
                LinkOptions other{.netns = other_netns, .name = "other", .up = true};
                if (other_kind == 1) other.master = &other_netns == &spaces.a ? in_a : in_b;
                if (other_kind == 2) {
                    other.group = 77;
                    faulty.group = 78;
                }
                CAPTURE(faulty_first, other_kind, one.sentence, in_one);
                const Error error =
                    faulty_first ? refused(spaces, faulty, other) : refused(spaces, other, faulty);
                std::string object = one.object.empty() ? "NAME" : one.object;
                object.replace(object.find("NAME"), 4, faulty.name);
                const std::string sentence =
                    "create the veth pair: " + object +
                    (faulty_first ? " (first end) in " : " (second end) in ") + label + ": " +
                    one.sentence;
                if (one.code < 0)
                    check_error(error, static_cast<errc>(-one.code), sentence);
                else
                    check_error(error, one.code, sentence);
            }
        }
    }
}

TEST_CASE("veth pair: sizes that are too big", "[kernel][veth_pair][only_vm]") {
    const Spaces spaces;
    for (const LinkOptions& wrong : {LinkOptions{.gso_max_size = 10'000'000},
                                     LinkOptions{.gso_max_segs = 10'000'000},
                                     LinkOptions{.gro_max_size = 10'000'000}}) {
        for (const bool first : {true, false}) {
            LinkOptions faulty = wrong;
            faulty.netns = spaces.a;
            faulty.name = "faulty";
            const LinkOptions other{.netns = spaces.b, .name = "other"};
            if (vethpp::System{}.kernel_version() < 6005) {
                // It takes what it is told: as many bits of a number of segments as it has for
                // that, and of the second end's size what the first end could take at most.
                const VethPair made{first ? faulty : other, first ? other : faulty};
                const LinkState state = (first ? made.first() : made.second()).state();
                if (wrong.gso_max_size)
                    CHECK(state.gso_max_size == (first ? *wrong.gso_max_size : 524280U));
                if (wrong.gso_max_segs)
                    CHECK(state.gso_max_segs == (*wrong.gso_max_segs & 0xffffU));
                if (wrong.gro_max_size) CHECK(state.gro_max_size == *wrong.gro_max_size);
                continue;
            }
            const Error error =
                first ? refused(spaces, faulty, other) : refused(spaces, other, faulty);
            CHECK(error.code() == boost::system::errc::invalid_argument);
            CHECK(error.context().end == (first ? "first end" : "second end"));
            CHECK(error.context().object == "faulty");
            CHECK_THAT(error.what(), contains("kernel: too big g"));
        }
    }
}

TEST_CASE("veth pair: the other end, wherever it is", "[kernel][veth_pair]") {
    const Spaces spaces;
    const Netns c = Netns::create("C");
    VethPair pair{{.netns = spaces.a, .name = "x"}, {.netns = spaces.b, .name = "y"}};
    CHECK(pair.first().peer_state().name == "y");
    CHECK(pair.first().peer(spaces.b).index() == pair.second().index());
    CHECK_FALSE(pair.first().peer(spaces.b).is_owned());
    // An end of a pair knows where the other was made; a link that was looked up does not.
    CHECK(pair.first().peer().name() == "y");
    CHECK(pair.second().peer().name() == "x");
    check_error(failure_of([&](OnError e) { (void)spaces.a.link("x").peer(e); }),
                errc::no_such_link,
                "get the other end: x in A: no link to act on (it has no other end in A)");
    check_error(failure_of([&](OnError e) { (void)pair.first().peer(c, e); }),
                errc::no_such_link,
                "get the other end: x in A: no link to act on (it has no other end in C)");
    pair.second().move_to(c, "z");
    CHECK(pair.first().peer_state().name == "z");
    CHECK(pair.first().peer(c).name() == "z");
    CHECK(c.run([&] { return pair.first().peer(vethpp::NetnsRef{}).name(); }) == "z");
    CHECK_THROWS_AS((void)pair.first().peer(spaces.b), Error);
    check_error(failure_of([&](OnError e) { (void)pair.first().peer(e); }),
                errc::no_such_link,
                "get the other end: x in A: no link to act on (it has no other end in A)");
    pair.second().move_to(spaces.a);
    CHECK(pair.first().peer().name() == "z");
    CHECK(pair.first().peer_state().name == "z");
    const Bridge br{{.netns = spaces.a, .name = "br"}};
    CHECK_THROWS_WITH((void)br.peer_state(),
                      "get the other end: br in A: no link to act on "
                      "(the link is not the end of a veth pair)");
}

TEST_CASE("veth pair: removed at once, and again by nobody", "[kernel][veth_pair]") {
    const Spaces spaces;
    for (int round = 0; round < 10; ++round) {
        VethPair pair{{.netns = spaces.a, .name = "x"}, {.netns = spaces.b, .name = "y"}};
        if (round % 2 == 0) {
            vethpp::error_code ec = make_error_code(errc::not_ready);
            pair.remove(ec);
            CHECK_FALSE(ec.failed());
            CHECK_FALSE(static_cast<bool>(pair));
            check_error(failure_of([&](OnError e) { pair.remove(e); }),
                        errc::no_such_link,
                        "remove the veth pair: no link to act on (the pair is empty)");
            CHECK_THROWS_WITH(pair.wait_ready(), contains("the pair is empty"));
        }
    }
    CHECK(names(spaces.a).empty());
    CHECK(names(spaces.b).empty());
}

TEST_CASE("veth pair: what somebody else did to it", "[kernel][veth_pair]") {
    const Spaces spaces;
    const Netns c = Netns::create("C");
    const bool own_group = GENERATE(false, true);
    const bool both_in_a = GENERATE(false, true);
    CAPTURE(own_group, both_in_a);
    const Netns& netns2 = both_in_a ? spaces.a : spaces.b;
    LinkOptions one{.netns = spaces.a, .name = "x"};
    LinkOptions two{.netns = netns2, .name = "y"};
    if (own_group) one.group = two.group = 7;
    std::optional<VethPair> pair{std::in_place, one, two};
    const auto all = [&] {
        Names found = names(spaces.a);
        for (const Netns* other : {&spaces.b, &c})
            for (const std::string& name : names(*other)) found.push_back(name);
        return found;
    };

    SECTION("the first end deleted") {
        spaces.a.link("x").remove();
        CHECK(failure_of([&](OnError e) { pair->remove(e); }).code() ==
              boost::system::errc::no_such_device);
        pair.reset();
        CHECK(all().empty());
    }
    SECTION("the second end deleted, and both names taken by others") {
        netns2.link("y").remove();
        const VethPair others{{.netns = spaces.a, .name = "x"}, {.netns = netns2, .name = "y"}};
        pair.reset();
        CHECK(all() == Names{"x", "y"});
    }
    SECTION("deleted, and its indexes, names and kind taken by others") {
        const auto first = pair->first().index();
        const auto second = pair->second().index();
        netns2.link("y").remove();
        make_foreign(spaces.a, first, "x");
        make_foreign(netns2, second, "y");
        REQUIRE(spaces.a.link("x").index() == first);
        CHECK(failure_of([&](OnError e) { pair->remove(e); }).code().failed());
        pair.reset();
        CHECK(all() == Names{"x", "y"});
    }
    SECTION("deleted, and its index taken by another of the same group") {
        const auto first = pair->first().index();
        spaces.a.link("x").remove();
        make_foreign(spaces.a, first, "z", 7);
        pair.reset();
        CHECK(all() == Names{"z"});
    }
    SECTION("the first end renamed") {
        spaces.a.link("x").rename("z");
        pair.reset();
        CHECK(all().empty());
    }
    SECTION("both ends renamed") {
        spaces.a.link("x").rename("z");
        netns2.link("y").rename("zz");
        if (own_group) {
            // Nothing proves that they are the same links any more.
            check_error(failure_of([&](OnError e) { pair->remove(e); }),
                        errc::no_such_link,
                        "remove the veth pair: x in A: no link to act on "
                        "(neither end is what it was: renamed, or regrouped)");
            pair.reset();
            CHECK(all() == Names{"z", "zz"});
        } else {
            pair.reset();
            CHECK(all().empty());
        }
    }
    SECTION("the first end moved") {
        Link handle = spaces.a.link("x");
        handle.move_to(c);
        pair.reset();
        CHECK(all().empty());
    }
    SECTION("the second end moved, and the first renamed") {
        Link handle = netns2.link("y");
        handle.move_to(c, "z");
        spaces.a.link("x").rename("w");
        pair.reset();
        // Of its own mark, one message finds it wherever it is.
        CHECK(all().size() == (own_group ? 2U : 0U));
    }
    SECTION("the first end put into another group") {
        spaces.a.link("x").set_group(99);
        pair.reset();
        CHECK(all().empty());
    }
    SECTION("both ends put into another group") {
        spaces.a.link("x").set_group(99);
        netns2.link("y").set_group(99);
        CHECK(failure_of([&](OnError e) { pair->remove(e); }).code().failed());
        pair.reset();
        CHECK(all() == Names{"x", "y"});
    }
    SECTION("everything moved and renamed through the pair itself") {
        pair->first().rename("first");
        pair->second().rename("second");
        pair->first().set_group(123);
        pair->second().set_group(124);
        pair->second().move_to(c, "moved");
        pair->remove();
        CHECK(all().empty());
    }
}

TEST_CASE("veth pair: a user's group is never removed as a whole", "[kernel][veth_pair]") {
    const Spaces spaces;
    const std::uint32_t group = GENERATE(0U, 7U);
    make_foreign(spaces.a, 0, "other", group);
    {
        const VethPair pair{{.netns = spaces.a, .name = "x", .group = group},
                            {.netns = spaces.a, .name = "y", .group = group}};
        CHECK(pair.first().state().group == group);
        CHECK(pair.second().state().group == group);
    }
    CHECK(names(spaces.a) == Names{"other"});
    vethpp::error_code ec;
    {
        const VethPair pair{{.netns = spaces.a, .name = "x", .group = group},
                            {.netns = spaces.a, .name = "other", .group = group},
                            ec};
    }
    CHECK(ec == boost::system::errc::file_exists);
    {
        const VethPair pair{
            {.netns = spaces.a, .name = "x", .group = group},
            {.netns = spaces.a, .name = "y", .group = group, .addresses = {"ff02::5/64"}},
            ec};
    }
    CHECK(ec == boost::system::errc::address_not_available);
    CHECK(names(spaces.a) == Names{"other"});
}

TEST_CASE("veth pair: released, moved from, assigned to", "[kernel][veth_pair]") {
    const Spaces spaces;
    const auto make = [&](const char* first, const char* second) {
        return VethPair{{.netns = spaces.a, .name = first}, {.netns = spaces.b, .name = second}};
    };
    SECTION("released: it stays") {
        { make("x", "y").release(); }
        CHECK(names(spaces.a) == Names{"x"});
        spaces.a.link("x").remove();
    }
    SECTION("a removed one can be released") {
        VethPair pair = make("x", "y");
        pair.remove();
        pair.release();
        CHECK(names(spaces.a).empty());
    }
    SECTION("moved: the new one owns it") {
        VethPair one = make("x", "y");
        {
            VethPair two = std::move(one);
            CHECK_FALSE(static_cast<bool>(one));
            CHECK(static_cast<bool>(two));
            check_joined(two);
        }
        CHECK(names(spaces.a).empty());
        CHECK_THROWS_WITH(one.remove(), contains("the pair is empty"));
    }
    SECTION("assigned to: the old one goes") {
        VethPair pair = make("x", "y");
        pair = make("x2", "y2");
        CHECK(names(spaces.a) == Names{"x2"});
        CHECK(names(spaces.b) == Names{"y2"});
        VethPair& same = pair;
        pair = std::move(same);
        check_joined(pair);
    }
    SECTION("an end taken out owns nothing") {
        VethPair pair = make("x", "y");
        { const Link taken = std::move(pair.first()); }
        CHECK(names(spaces.a) == Names{"x"});
        CHECK_FALSE(static_cast<bool>(pair));
        { const VethPair gone = std::move(pair); }
        CHECK(names(spaces.a).empty());
    }
    SECTION("an end removed takes the other along") {
        VethPair pair = make("x", "y");
        pair.second().remove();
        CHECK(names(spaces.a).empty());
        CHECK_FALSE(static_cast<bool>(pair.second()));
        CHECK(failure_of([&](OnError e) { pair.remove(e); }).code() ==
              boost::system::errc::no_such_device);
    }
}

TEST_CASE("veth pair: keeps its namespaces", "[kernel][veth_pair]") {
    std::optional<Netns> a{Netns::create("A")};
    const Netns b = Netns::create("B");
    std::optional<VethPair> pair{
        std::in_place, LinkOptions{.netns = *a, .name = "x"}, LinkOptions{.netns = b, .name = "y"}};
    a.reset();
    check_joined(*pair);
    CHECK(pair->first().netns().label() == "A");
    pair.reset();
    CHECK(names(b).empty());
}

TEST_CASE("veth pair: in the namespace of the calling thread, by whatever handle",
          "[kernel][veth_pair]") {
    const Netns a = Netns::create("A");
    a.run([&] {
        Bridge br{{.name = "br", .up = true}};
        VethPair pair{{.name = "x", .master = br, .up = true},
                      {.name = "y", .addresses = {"10.0.0.1/24"}, .up = true}};
        pair.wait_ready(long_enough);
        br.wait_ready(long_enough);
        CHECK(pair.first().netns().label() == "the current namespace");
        CHECK(br.ports().size() == 1);
        VethPair other{{.name = "v"}, {.name = "w"}};
        other.first().set_master(br);
        other.second().set_master(Netns::current().link("br"));
        CHECK(br.ports().size() == 3);
        const Error error = failure_of([&](OnError e) {
            const VethPair again{{.name = "q"}, {.name = "x"}, e};
        });
        check_error(error,
                    EEXIST,
                    "create the veth pair: x (second end) in the current namespace: "
                    "File exists (the name is taken)");
    });
    CHECK(names(a).empty());
}

namespace {

// A kernel older than it is.
class Linux61 final : public vethpp::System {
public:
    [[nodiscard]] unsigned kernel_version() const noexcept override { return 6001; }
};

}  // namespace

TEST_CASE("veth pair: before Linux 6.8 the ends have different indexes",
          "[kernel][veth_pair][only_vm]") {
    const auto system = std::make_shared<Linux61>();
    const Netns a = Netns::create("A", {.system = system});
    const Netns b = Netns::create("B", {.system = system});
    const VethPair pair{{.netns = a, .name = "x", .up = true},
                        {.netns = b, .name = "y", .up = true}};
    check_joined(pair);
    CHECK(pair.first().index() >= 0x10000);
    CHECK(pair.first().index() != pair.second().index());
    pair.wait_ready(long_enough);
    check_error(failure_of([&](OnError e) {
                    const VethPair again{{.netns = a, .name = "x"}, {.netns = b, .name = "z"}, e};
                }),
                EEXIST,
                "create the veth pair: x (first end) in A: File exists (the name is taken)");
    check_error(failure_of([&](OnError e) {
                    const VethPair again{{.netns = a, .name = "z"}, {.netns = b, .name = "y"}, e};
                }),
                EEXIST,
                "create the veth pair: y (second end) in B: File exists (the name is taken)");
}

TEST_CASE("veth pair: a namespace where one may not change links", "[kernel][veth_pair][only_vm]") {
    // The child is in a user namespace of its own, whose power ends at the namespace that it is in.
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::string text;
        if (::unshare(CLONE_NEWUSER) != 0) {
            text = "no user namespace";
        } else {
            try {
                const Netns own = Netns::create("own");
                for (const bool own_first : {true, false}) {
                    try {
                        const LinkOptions mine{.netns = own, .name = "mine"};
                        const LinkOptions theirs{.name = "theirs"};
                        const VethPair pair{own_first ? mine : theirs, own_first ? theirs : mine};
                        text += "made\n";
                    } catch (const Error& error) {
                        text += std::string{error.what()} + "\n";
                    }
                }
                if (!names(own).empty()) text += "left behind\n";
            } catch (const std::exception& error) {
                text = error.what();
            }
        }
        (void)!::write(pipe[1], text.data(), text.size());
        ::_exit(0);
    }
    ::close(pipe[1]);
    std::string text(4096, '\0');
    const auto size = ::read(pipe[0], text.data(), text.size());
    ::close(pipe[0]);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (text == "no user namespace") vethpp_test::skip("a forked child may not unshare its users");
    const std::string refused_first =
        "create the veth pair: theirs (first end) in the current namespace: Operation not "
        "permitted (CAP_NET_ADMIN is needed in the namespace)\n";
    const std::string refused_second =
        "create the veth pair: theirs (second end) in the current namespace: Operation not "
        "permitted (CAP_NET_ADMIN is needed in the namespace)\n";
    // The kernel did not ask for that capability in the namespace of the second end before Linux
    // 6.13; 6.12 learnt to in one of its updates.
    const unsigned version = vethpp::System{}.kernel_version();
    if (version < 6012 || (version == 6012 && text.starts_with("made")))
        CHECK(text == "made\n" + refused_first);
    else
        CHECK(text == refused_second + refused_first);
}

TEST_CASE("veth pair: many, and all gone", "[kernel][veth_pair]") {
    const Spaces spaces;
    {
        const Bridge br{{.netns = spaces.a, .name = "br", .up = true}};
        std::vector<VethPair> pairs;
        for (int i = 0; i < 20; ++i)
            pairs.push_back({{.netns = spaces.a, .master = br, .up = true},
                             {.netns = spaces.b, .addresses = {"10.0.0.1/24"}, .up = true}});
        CHECK(br.ports().size() == 20);
        spaces.a.wait_ready(long_enough);
        spaces.b.wait_ready(long_enough);
    }
    CHECK(names(spaces.a).empty());
    CHECK(names(spaces.b).empty());
}
