// SPDX-License-Identifier: BSL-1.0
// Entries of the forwarding database and of the multicast database.
#include "support/described.hpp"
#include "support/recorded.hpp"
#include "support/requests.hpp"
#include <vethpp/message/fdb_entry.hpp>
#include <vethpp/message/mdb_entry.hpp>

#include <linux/rtnetlink.h>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace vethpp;
using namespace vethpp_test;

template <class T>
std::string written_message(const T& value) {
    ByteVector buffer(1024);
    wire::Writer writer{buffer};
    wire::write_message(writer, value);
    REQUIRE_FALSE(writer.overflow());
    return hex(writer.written());
}

}  // namespace

TEST_CASE("FdbEntry: what is set goes out, in the header and behind it") {
    CHECK(written_message(FdbEntry{.mac = "02:00:00:00:00:06",
                                   .link = 5,
                                   .destination = "10.0.0.2",
                                   .vlan = 100,
                                   .port = 4790,
                                   .vni = 43,
                                   .source_vni = 77,
                                   .via = 3,
                                   .state = FdbState::permanent,
                                   .self = true}) == hex(R"(
        07 00 0000 05000000 c000 02 00        # AF_BRIDGE, link, permanent and noarp, self
        0a00 0200 02000000 0006 0000          # mac
        0800 0100 0a000002                    # destination
        0600 0500 6400 0000                   # vlan
        0600 0600 12b6 0000                   # port, in network byte order
        0800 0700 2b000000                    # vni
        0800 0b00 4d000000                    # source_vni
        0800 0800 03000000                    # via)"));
    CHECK(written_message(FdbEntry{.mac = "02:00:00:00:00:06",
                                   .nexthop = 9,
                                   .state = FdbState::static_,
                                   .of_master = true,
                                   .router = true,
                                   .extern_learn = true,
                                   .sticky = true}) == hex(R"(
        07 00 0000 00000000 4200 d4 00        # reachable and noarp; master, learnt, sticky, router
        0a00 0200 02000000 0006 0000
        0800 0d00 09000000                    # nexthop)"));
    CHECK(written_message(FdbEntry{.link = 1, .state = FdbState::dynamic}) ==
          hex("07 00 0000 01000000 0200 00 00"));
}

TEST_CASE("FdbEntry: as a real kernel lists it") {
    FdbEntry entry;
    const ByteVector payload = payload_of(recorded_fdb_entry);
    REQUIRE(wire::read_message(payload, entry));
    CHECK(entry == FdbEntry{.mac = "02:00:00:00:00:06",
                            .link = 5,
                            .destination = "10.0.0.9",
                            .state = FdbState::permanent,
                            .self = true,
                            .ages = NeighbourAges{.used = wire::Centiseconds{22},
                                                  .updated = wire::Centiseconds{10}}});
    CHECK(entry.to_string() == "02:00:00:00:00:06 dev if5 dst 10.0.0.9 self permanent");
    for (std::size_t n = 0; n < payload.size(); ++n) {
        FdbEntry part;
        (void)wire::read_message(copy(wire::Bytes{payload}.first(n)), part);
    }
    check_paths(wire::message_names<FdbEntry>,
                payload,
                {{0, ""}, {12, "mac"}, {22, "destination"}, {32, "ages"}});
    // Of a bridge: that of a port, and its own.
    const std::string_view of_a_bridge =
        "07 00 0000 04000000 2000 50 01 0a00 0200 02000000 0006 0000 0800 0900 02000000 "
        "0800 0f00 02000000";
    FdbEntry port;
    REQUIRE(wire::read_message(bytes(of_a_bridge), port));
    CHECK(port.to_string() == "02:00:00:00:00:06 dev if4 extern_learn sticky locked master if2");
    CHECK(port.of_master);
    CHECK(port.as_sent().to_string() == "02:00:00:00:00:06 dev if4 extern_learn sticky master");
    port.link = 2;
    CHECK(port.as_sent().to_string() == "02:00:00:00:00:06 dev if2 self extern_learn sticky");
}

TEST_CASE("FdbEntry: as text") {
    CHECK(FdbEntry{}.to_string() == "no address");
    CHECK(FdbEntry{.mac = "00:00:00:00:00:00",
                   .destination = "fd00::2",
                   .vlan = 1,
                   .port = 2,
                   .vni = 3,
                   .source_vni = 4,
                   .via = 5,
                   .nexthop = 6,
                   .router = true,
                   .offloaded = true}
              .to_string() ==
          "00:00:00:00:00:00 dst fd00::2 vlan 1 port 2 vni 3 src_vni 4 via if5 "
          "nhid 6 router offload");
    for (const auto& [bits, state, word] : {std::tuple{"80", FdbState::permanent, "permanent"},
                                            {"40", FdbState::static_, "static"},
                                            {"02", FdbState::dynamic, "dynamic"},
                                            {"04", FdbState::stale, "stale"}}) {
        FdbEntry entry;
        REQUIRE(wire::read_message(bytes(std::string{"07 00 0000 01000000 "} + bits + "00 00 00"),
                                   entry));
        CHECK(entry.state == state);
        CHECK(to_string(state) == std::string_view{word});
    }
    CHECK(to_string(static_cast<FdbState>(77)) == "unknown");
}

TEST_CASE("MdbEntry: a request") {
    const auto request = [](const MdbEntry& entry) {
        return written_message(message::mdb_request(2, entry));
    };
    CHECK(request({.link = 4,
                   .group = "ff0e::1",
                   .source = "2001:db8::1",
                   .vlan = 100,
                   .filter = MulticastFilter::include,
                   .sources = {"2001:db8::2"},
                   .protocol = 33}) == hex(R"(
        07 00 0000 02000000                   # AF_BRIDGE, the bridge
        2000 0100 04000000 00 00 6400         # entry: port, temporary, VLAN
          ff0e0000 00000000 00000000 00000001 86dd 0000
        4400 0280                             # attributes
          1400 0100 20010db8 00000000 00000000 00000001
          1c00 0280                           #   sources
            1800 0180
              1400 0100 20010db8 00000000 00000000 00000002
          0500 0300 01 000000                 #   filter
          0500 0400 21 000000                 #   protocol)"));
    CHECK(request({.link = 4, .group = "239.1.1.1", .permanent = true}) == hex(R"(
        07 00 0000 02000000
        2000 0100 04000000 01 00 0000 ef010101 00000000 00000000 00000000 0800 0000)"));
    CHECK(request({.link = 4, .mac = "01:00:5e:01:02:03"}) == hex(R"(
        07 00 0000 02000000
        2000 0100 04000000 00 00 0000 01005e01 02030000 00000000 00000000 0000 0000)"));
}

TEST_CASE("MdbEntry: as a real kernel lists it") {
    const ByteVector payload = payload_of(recorded_mdb);
    std::vector<MdbEntry> found;
    const auto read = [&](wire::Bytes bytes) {
        found.clear();
        return message::read_mdb(copy(bytes), [&](MdbEntry&& one) { found.push_back(one); });
    };
    REQUIRE(read(payload));
    REQUIRE(found.size() == 2);
    CHECK(found[0] == MdbEntry{.link = 4,
                               .mac = "01:00:5e:01:02:03",
                               .permanent = true,
                               .protocol = 4,
                               .bridge = 2,
                               .expires = wire::Centiseconds{0}});
    CHECK(found[0].to_string() == "dev if2 port if4 grp 01:00:5e:01:02:03 permanent");
    CHECK(found[1].to_string() == "dev if2 port if4 grp ff0e::1 src 2001:db8::1 temp");
    CHECK(found[1].expires == wire::Centiseconds{25992});
    for (std::size_t n = 0; n < payload.size(); ++n) (void)read(wire::Bytes{payload}.first(n));
    CHECK_FALSE(read(bytes("0000")));

    MdbEntry all{.group = "239.1.1.1",
                 .vlan = 7,
                 .filter = MulticastFilter::exclude,
                 .sources = {"10.0.0.1", "10.0.0.2"},
                 .offloaded = true,
                 .fast_leave = true,
                 .by_exclusion = true,
                 .blocked = true};
    CHECK(all.to_string() ==
          "grp 239.1.1.1 temp filter_mode exclude source_list 10.0.0.1,10.0.0.2 offload fast_leave "
          "added_by_star_ex blocked vid 7");
    CHECK(MdbEntry{.filter = MulticastFilter::include}.to_string() ==
          "no group temp filter_mode include");
}
