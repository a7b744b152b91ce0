// SPDX-License-Identifier: BSL-1.0
// Entries of the forwarding database and of the multicast database.
#include "support/described.hpp"
#include "support/recorded.hpp"
#include "support/requests.hpp"
#include <vethpp/message/fdb_entry.hpp>

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
