// SPDX-License-Identifier: BSL-1.0
#include "support/described.hpp"
#include "support/recorded.hpp"
#include "support/requests.hpp"
#include <vethpp/message/neighbour.hpp>

#include <linux/rtnetlink.h>
#include <string>
#include <vector>

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

// Every part of a message that is cut short is read or refused, and nothing beyond it is touched.
template <class T>
void check_cut_short(const ByteVector& whole) {
    for (std::size_t n = 0; n < whole.size(); ++n) {
        T part;
        (void)wire::read_message(copy(wire::Bytes{whole}.first(n)), part);
    }
}

}  // namespace

TEST_CASE("Neighbour: what is set goes out, in the header and behind it") {
    CHECK(written_message(Neighbour{.address = "10.0.0.2",
                                    .mac = "02:00:00:00:00:01",
                                    .link = 3,
                                    .state = NeighbourState::permanent,
                                    .router = true,
                                    .extern_learn = true,
                                    .managed = true,
                                    .protocol = 33}) == hex(R"(
        02 00 0000 03000000 8000 90 00        # AF_INET, link, permanent, router and extern_learn
        0800 0100 0a000002                    # address
        0a00 0200 02000000 0001 0000          # mac
        0500 0c00 21 000000                   # protocol
        0800 0f00 01000000                    # managed)"));
    CHECK(written_message(Neighbour{.address = "fd00::2", .proxy = true, .use = true}) == hex(R"(
        0a 00 0000 00000000 0000 09 00        # AF_INET6, proxy and use
        1400 0100 fd000000 00000000 00000000 00000002)"));
}

TEST_CASE("Neighbour: as a real kernel lists it") {
    Neighbour one;
    REQUIRE(wire::read_message(payload_of(recorded_neighbour), one));
    CHECK(one == Neighbour{.address = "10.0.0.5",
                           .mac = "02:00:00:00:00:01",
                           .link = 3,
                           .state = NeighbourState::permanent,
                           .extern_learn = true,
                           .protocol = 33,
                           .probes = 0,
                           .ages = NeighbourAges{.used = wire::Centiseconds{2},
                                                 .confirmed = wire::Centiseconds{2},
                                                 .updated = wire::Centiseconds{2}}});
    CHECK(one.to_string() ==
          "10.0.0.5 dev if3 lladdr 02:00:00:00:00:01 extern_learn PERMANENT proto 33");
    check_cut_short<Neighbour>(payload_of(recorded_neighbour));
    Neighbour none;
    CHECK_FALSE(wire::read_message(bytes("02 00 0000"), none));
    const ByteVector payload = payload_of(recorded_neighbour);
    check_paths(
        wire::message_names<Neighbour>,
        wire::Bytes{payload}.first(65),  // the rest is padding
        {{0, ""}, {12, "address"}, {20, "mac"}, {30, "probes"}, {40, "ages"}, {60, "protocol"}});
}

TEST_CASE("Neighbour: as text") {
    CHECK(Neighbour{}.to_string() == "no address");
    CHECK(Neighbour{.address = "10.0.0.2",
                    .state = NeighbourState::none,
                    .proxy = true,
                    .router = true,
                    .managed = true,
                    .use = true,
                    .offloaded = true}
              .to_string() == "10.0.0.2 router proxy managed offload use");
    const std::vector<std::pair<NeighbourState, const char*>> words{
        {NeighbourState::none, "NONE"},
        {NeighbourState::incomplete, "INCOMPLETE"},
        {NeighbourState::reachable, "REACHABLE"},
        {NeighbourState::stale, "STALE"},
        {NeighbourState::delay, "DELAY"},
        {NeighbourState::probe, "PROBE"},
        {NeighbourState::failed, "FAILED"},
        {NeighbourState::noarp, "NOARP"},
        {NeighbourState::permanent, "PERMANENT"},
        {static_cast<NeighbourState>(3), "UNKNOWN"}};
    for (const auto& [state, word] : words) CHECK(to_string(state) == word);
}

TEST_CASE("LinkIndex: an index, and a name where it is known") {
    LinkIndex link{7};
    CHECK(link.to_string() == "if7");
    link.set_name("eth0");
    CHECK(link.to_string() == "eth0");
    CHECK(link == LinkIndex{7U});
    CHECK(link != LinkIndex{8});
    CHECK(LinkIndex{-1}.index() == 0);
    CHECK(LinkIndex{0x100000000LL}.index() == 0);
    CHECK_FALSE(link.netns());
}
