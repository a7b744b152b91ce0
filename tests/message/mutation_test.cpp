// SPDX-License-Identifier: BSL-1.0
// Real replies with one byte changed: nothing crashes (run it under the sanitizers), and what is
// read is what would be written.
#include "fuzz/targets.hpp"
#include "support/bytes.hpp"
#include "support/recorded.hpp"
#include "support/requests.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using vethpp::wire::Bytes;
using namespace vethpp;
using namespace vethpp_test;

// Which bits of a byte are turned. Without optimisation, as under the sanitizers, all of them would
// take minutes.
constexpr unsigned turned[] = {
    0x01U,
    0x80U,
    0xffU,
#ifdef __OPTIMIZE__
    0x02U,
    0x04U,
    0x08U,
    0x10U,
    0x20U,
    0x40U,
#endif
};

// Calls f with the bytes after each change of one byte; exactly as long as they are, on the heap.
template <class F>
void mutate(const ByteVector& original, F&& f) {
    ByteVector changed = vethpp_test::copy(original);
    for (std::size_t i = 0; i < changed.size(); ++i) {
        for (const unsigned other : turned) {
            changed[i] = original[i] ^ static_cast<std::byte>(other);
            f(Bytes{changed}, i);
        }
        changed[i] = original[i];
    }
}

template <class F>
void run(const ByteVector& original, F&& target) {
    target(Bytes{original});
    mutate(original, [&](Bytes changed, std::size_t at) {
        try {
            target(changed);
        } catch (const std::exception& error) {
            FAIL("byte " << at << " is " << std::to_integer<int>(changed[at]) << ": "
                         << error.what());
        }
    });
    // And cut short.
    for (std::size_t n = 0; n < original.size(); ++n) {
        const ByteVector prefix = vethpp_test::copy(Bytes{original}.first(n));
        target(Bytes{prefix});
    }
    SUCCEED();
}

}  // namespace

TEST_CASE("Mutations: links") {
    for (const auto dump : {vethpp_test::recorded_bridge,
                            vethpp_test::recorded_port,
                            vethpp_test::recorded_veth,
                            vethpp_test::recorded_loopback})
        run(payload_of(dump), vethpp_test::fuzz_link);
}

TEST_CASE("Mutations: every value of every byte") {
    ByteVector payload = payload_of(vethpp_test::recorded_port);
    std::size_t good = 0;
    std::size_t bad = 0;
    for (auto& byte : payload) {
        const std::byte original = byte;
        for (unsigned value = 0; value < 256; ++value) {
            byte = static_cast<std::byte>(value);
            vethpp::LinkState state;
            ++(wire::read_message(payload, state) ? good : bad);
        }
        byte = original;
    }
    CHECK(good + bad == payload.size() * 256);
    CHECK(good > payload.size());  // most bytes are values
    CHECK(bad > payload.size());   // lengths are not
}

TEST_CASE("Mutations: requests") {
    run(vethpp_test::written(vethpp_test::every_attribute("veth0")), vethpp_test::fuzz_request);
    using Data = vethpp_test::VethData;
    run(vethpp_test::written(vethpp_test::LinkInfoRequest<Data>{vethpp_test::KindData<Data>{
            .kind = "veth", .data = Data{vethpp_test::every_attribute("veth1")}}}),
        vethpp_test::fuzz_request);
}

TEST_CASE("Mutations: addresses") {
    for (const auto dump : {vethpp_test::recorded_v4, vethpp_test::recorded_v6})
        run(payload_of(dump), vethpp_test::fuzz_address);
}

TEST_CASE("Mutations: routes") {
    run(payload_of(vethpp_test::recorded_route), vethpp_test::fuzz_address);
    ByteVector buffer(1024);
    vethpp::wire::Writer writer{buffer};
    // Not in one expression, of which GCC 12 takes a part to be uninitialized.
    vethpp::Route route{
        .destination = "10.0.0.0/8",
        .tos = 4,
        .nexthops = {{.via = "10.0.1.1", .weight = 3}, {.via = "fe80::1", .link = 5}}};
    route.metrics.mtu = 1400;
    route.metrics.congestion_control = "reno";
    route.encapsulation = {.type = 1, .data = bytes("0800 0100 00064100")};
    vethpp::message::write_route(writer, route, false);
    run(copy(writer.written()), vethpp_test::fuzz_address);
}

TEST_CASE("Mutations: neighbours, rules") {
    for (const auto dump : {vethpp_test::recorded_neighbour,
                            vethpp_test::recorded_rule,
                            vethpp_test::recorded_fdb_entry,
                            vethpp_test::recorded_mdb})
        run(payload_of(dump), vethpp_test::fuzz_address);
}

TEST_CASE("Mutations: generic netlink") {
    run(vethpp_test::written(message::EthtoolFeatures{
            .header = {.index = 3, .name = "veth0"},
            .hardware = message::EthtoolBits{.size = 64, .bits = {{.index = 1, .name = "rx-gro"}}},
            .active = message::EthtoolBits{.no_mask = true, .bits = {{.index = 1}, {}}}}),
        vethpp_test::fuzz_generic);
    run(vethpp_test::written(message::WireGuardMessage{
            .name = "wg0",
            .public_key = WireGuardKey{},
            .peers = {{.public_key = WireGuardKey{},
                       .endpoint = UdpEndpoint{"[fd00::2]:1"},
                       .last_handshake = message::Moment{1, 2},
                       .allowed = {{.family = std::uint16_t{2}, .address = "10.0.0.1"}, {}}},
                      {.endpoint = UdpEndpoint{"10.0.0.2:1"}, .keepalive = std::uint16_t{5}}}}),
        vethpp_test::fuzz_generic);
    run(vethpp_test::written(message::MptcpMessage{
            message::MptcpAddress{.family = std::uint16_t{2}, .id = 1, .v4 = "10.0.0.1"}}),
        vethpp_test::fuzz_generic);
    run(vethpp_test::written(
            message::FouMessage{.port = 5555, .local_v6 = "fd00::1", .peer_port = 7, .link = 3}),
        vethpp_test::fuzz_generic);
}

TEST_CASE("Mutations: IPsec") {
    for (const auto dump : {vethpp_test::recorded_xfrm_state, vethpp_test::recorded_xfrm_policy})
        run(payload_of(dump), vethpp_test::fuzz_xfrm);
}

TEST_CASE("Mutations: answers") {
    run(bytes(R"(
        1400 14000000 1000 0000 01000000 00000000 00000000       # an object for the first
        2400 24000000 0200 0001 01000000 00000000                # its acknowledgement, capped
             00000000 14000000 1000 0d06 01000000 00000000
        4c00 4c000000 0200 0003 02000000 00000000                # a refusal with a text
             eaffffff 14000000 1000 0d06 02000000 00000000       # -EINVAL, the request
             1700 0100 "no such parameter" 0000 00               # NLMSGERR_ATTR_MSG
             0800 0200 18000000                                  # NLMSGERR_ATTR_OFFS
        1400 14000000 0300 0000 03000000 00000000 00000000       # the end of a dump
        )"),
        vethpp_test::fuzz_exchange);
}

TEST_CASE("Mutations: text") {
    for (const char* text : {R"("02:ab:cd:ef:00:1f")",
                             R"("10.1.1.2/24")",
                             R"("fd00::2/64")",
                             R"("fe80::1%2/64")",
                             R"("veth0")"})
        run(bytes(text), vethpp_test::fuzz_text);
}

TEST_CASE("Mutations: VLANs of bridges") {
    run(vethpp_test::bytes(R"(
        07 00 0000 05000000
        5c00 0180
          0800 0100 0200 0a00   0600 0200 1400 0000   0500 0300 02 000000
          0c00 0480 0800 0100 e8030000
          3400 0580
            0c00 0100 0100000000000000   0c00 0200 0200000000000000
            0c00 0300 0300000000000000   0c00 0400 0400000000000000
        2000 0280 0600 0100 0a00 0000   0500 0f00 01 000000   0c00 0c00 d430000000000000)"),
        vethpp_test::fuzz_vlans);
}
