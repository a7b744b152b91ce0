// SPDX-License-Identifier: BSL-1.0
#include "support/bytes.hpp"
#include "support/described.hpp"
#include "support/recorded.hpp"
#include "support/requests.hpp"
#include <vethpp/message/xfrm_policy.hpp>
#include <vethpp/message/xfrm_state.hpp>

#include <chrono>
#include <cstddef>
#include <linux/xfrm.h>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

template <class T>
std::string message_of(const T& value) {
    ByteVector buffer(4096);
    wire::Writer writer{buffer};
    wire::write_message(writer, value);
    REQUIRE_FALSE(writer.overflow());
    REQUIRE(writer.refusal().empty());
    return hex(writer.written());
}
template <class T>
std::string refusal(const T& value) {
    ByteVector buffer(4096);
    wire::Writer writer{buffer};
    wire::write_message(writer, value);
    return std::string{writer.refusal()};
}

const std::string name_padding =
    "00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
    "00000000 00000000 00000000 00000000 00000000 ";

const std::string state_header = R"(
    0a080000 00000000 00000000 00000000  0a090000 00000000 00000000 00000000  # selector: to, from
    0007 ffff 0005 ffff  0200 18 18 11000000  00000000 00000000  # ports, family, lengths, UDP, link
    0a000002 00000000 00000000 00000000 00000100 32000000        # destination, SPI, ESP
    0a000001 00000000 00000000 00000000                          # source
    e8030000 00000000 ffffffff ffffffff                          # bytes: soft, hard
    ffffffff ffffffff ffffffff ffffffff                          # packets
    00000000 00000000 3c000000 00000000                          # seconds since it was added
    00000000 00000000 00000000 00000000                          # and used
    00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000  # used so far
    00000000 00000000 00000000 00000000                          # statistics, sequence
    07000000 0200 01 00 c0000000 00000000                        # request, family, tunnel, flags
)";

const std::string digest = "6c001400 \"hmac(sha256)\" 00000000 " + name_padding + R"(
    00010000 80000000                                            # key and digest, in bits
    00112233 44556677 8899aabb ccddeeff 00112233 44556677 8899aabb ccddeeff )";
const std::string cipher = "58000200 \"cbc(aes)\" 00000000 00000000 " + name_padding +
                           "80000000 00112233 44556677 8899aabb ccddeeff ";
const std::string encapsulation =
    "1c000400 0200 1194 1195 0000 00000000 00000000 00000000 00000000 ";

XfrmState full_state() {
    const std::string key = "0x00112233445566778899aAbbccddeeff";
    return {.source = "10.0.0.1",
            .destination = "10.0.0.2",
            .spi = 0x100,
            .mode = XfrmMode::tunnel,
            .request_id = 7,
            .authentication = XfrmAlgorithm{"hmac(sha256)", key + key.substr(2), 128},
            .encryption = XfrmAlgorithm{"cbc(aes)", key},
            .encapsulation = XfrmEncapsulation{.destination_port = 4501},
            .replay = {.window = 128, .extended = true},
            .mark = XfrmMark{5, 0xff},
            .if_id = 9,
            .selector = {.source = "10.9.0.0/24",
                         .destination = "10.8.0.0/24",
                         .protocol = 17,
                         .source_port = 5,
                         .destination_port = 7},
            .flags = XFRM_STATE_ALIGN4,
            .limits = {.soft_bytes = 1000, .hard_time = 60s},
            .output_mark = 0x33,
            .output_mark_mask = 0xff};
}

XfrmPolicy full_policy() {
    return {.selector = {.source = "fd00::/64", .destination = "fd00:1::/64"},
            .priority = 100,
            .mark = XfrmMark{5, 0xff},
            .if_id = 9,
            .templates = {{.source = "fd00::1",
                           .destination = "fd00::2",
                           .mode = XfrmMode::tunnel,
                           .request_id = 7},
                          {.optional = true}}};
}

const std::string policy_header = R"(
    fd000001 00000000 00000000 00000000  fd000000 00000000 00000000 00000000  # selector: to, from
    0000 0000 0000 0000  0a00 40 40 00000000  00000000 00000000  # ports, family, lengths
    ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff  # no limits
    00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000  # used so far
    64000000 00000000 01 00 00 00 00000000                       # priority, index, out, allow)";

}  // namespace

TEST_CASE("XfrmState: bytes, there and back") {
    const std::string dump = state_header + digest + cipher + encapsulation + R"(
        1c001700 04000000 00000000 00000000 00000000 00000000 80000000  # the window of 128
        0c001500 05000000 ff000000                               # mark
        08001f00 09000000                                        # if_id
        08001d00 33000000 08001e00 ff000000                      # output mark)";
    CHECK(message_of(full_state()) == hex(dump));
    XfrmState back;
    REQUIRE(wire::read_message(bytes(dump), back));
    CHECK(back == full_state());
    CHECK(back.to_string() ==
          "src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000100 reqid 7 mode tunnel replay-window "
          "128 flag align4 esn mark 0x5/0xff output-mark 0x33/0xff auth-trunc hmac(sha256) <<Keys "
          "hidden>> 128 enc cbc(aes) <<Keys hidden>> encap type espinudp sport 4500 dport 4501 "
          "if_id 0x9 sel src 10.9.0.0/24 dst 10.8.0.0/24 proto udp sport 5 dport 7");
    check_paths(wire::message_names<XfrmState>,
                bytes(dump),
                {{0, ""},
                 {224, "auth"},
                 {332, "enc"},
                 {420, "encap"},
                 {448, "replay_esn"},
                 {476, "mark"},
                 {488, "if_id"},
                 {496, "output_mark"},
                 {504, "output_mark_mask"}});
}

TEST_CASE("XfrmState: as a real kernel lists it") {
    XfrmState state;
    REQUIRE(wire::read_message(payload_of(recorded_xfrm_state), state));
    XfrmState expected = full_state();
    expected.encapsulation = XfrmEncapsulation{};
    CHECK(state == expected);
    XfrmState none;
    CHECK_FALSE(wire::read_message(bytes("00000000"), none));
    CHECK(none.to_string() ==
          "src 0.0.0.0 dst 0.0.0.0 proto esp spi 0x00000000 reqid 0 mode "
          "transport replay-window 0 sel src 0.0.0.0/0 dst 0.0.0.0/0");
}

TEST_CASE("XfrmState: what else it has") {
    // What stands in the header, and what goes with it.
    const XfrmState state{
        .source = "fd00::1",
        .destination = "fd00::2",
        .protocol = XfrmProtocol::ah,
        .spi = 1,
        .aead = XfrmAlgorithm{"aead", "text", 96},
        .compression = XfrmAlgorithm{"deflate"},
        .replay = {.window = 32, .sequence = 6, .out_sequence = 7},
        .extra_flags = XFRM_SA_XFLAG_DONT_ENCAP_DSCP,
        .padding = 9,
        .offload = XfrmOffload{.link = 3, .inbound = true, .packet = true},
    };
    ByteVector buffer(4096);
    wire::Writer writer{buffer};
    wire::write_message(writer, state);
    CHECK(hex(writer.written().subspan(224)) ==
          hex("50001200 \"aead\" 00000000 00000000 00000000 " + name_padding +
              "20000000 60000000 \"text\" 48000300 \"deflate\" 00 00000000 00000000 " +
              name_padding + R"( 00000000
              10000a00 07000000 06000000 00000000                # sequence: sent, received
              08001800 01000000                                  # extra flags
              08001600 09000000                                  # padding
              0c001c00 03000000 06000000                         # offload: link, inbound, packet)"));
    XfrmState back;
    REQUIRE(wire::read_message(writer.written(), back));
    XfrmState expected = state;
    CHECK(back.selector.to_string() == "src 0.0.0.0/0 dst 0.0.0.0/0");
    CHECK(back == expected);
    CHECK(back.name() == "src fd00::1 dst fd00::2 proto ah spi 0x00000001");
    CHECK_THAT(back.to_string(), contains("packet offload parameters: dev 3 dir in tfcpad 9 sel "));
    // Numbers of 64 bits.
    const XfrmReplay counted{
        .window = 64, .extended = true, .sequence = 0x200000001, .out_sequence = 0x400000003};
    wire::Writer again{buffer};
    message::LongReplay::write(again, XFRMA_REPLAY_ESN_VAL, counted);
    CHECK(hex(again.written()) ==
          hex("1c001700 02000000 03000000 01000000 04000000 02000000 40000000"));
    XfrmReplay read{.extended = true};
    REQUIRE(message::LongReplay::read(again.written().subspan(4), read));
    CHECK(read == counted);
}

TEST_CASE("XfrmStateKey: by what a state is asked for") {
    const XfrmState state = full_state();
    const message::XfrmStateKey key{.state = &state, .source = state.source, .mark = state.mark};
    CHECK(message_of(key) == hex(R"(
        0a000002 00000000 00000000 00000000 00000100 0200 32 00  # destination, SPI, family, ESP
        14000d00 0a000001 00000000 00000000 00000000             # source
        0c001500 05000000 ff000000                               # mark)"));
}

TEST_CASE("XfrmKey: text and digits") {
    CHECK(XfrmKey{"0x00fF"}.bytes() == std::vector{std::byte{0}, std::byte{0xff}});
    CHECK(XfrmKey{"ab"}.bytes() == std::vector{std::byte{'a'}, std::byte{'b'}});
    CHECK(XfrmKey{"0x"}.bytes().empty());
    CHECK(XfrmKey{"0x"}.is_valid());
    CHECK(XfrmKey{""}.is_valid());
    for (const char* wrong : {"0x0", "0x0g", "0x00 0", "0xg0"}) {
        CHECK_FALSE(XfrmKey{wrong}.is_valid());
        CHECK(refusal(XfrmState{.encryption = XfrmAlgorithm{"cbc(aes)", wrong}}) ==
              "a key is 0x and pairs of hexadecimal digits, or text");
    }
    // A key that is longer than its attribute, and one that fits to the bit.
    XfrmAlgorithm algorithm;
    const std::string head = "\"a\" 000000 00000000 00000000 00000000 " + name_padding;
    CHECK_FALSE(message::read_algorithm(bytes(head + "11000000 0102"), algorithm, false));
    CHECK(message::read_algorithm(bytes(head + "0f000000 0102ff"), algorithm, false));
    CHECK(algorithm == XfrmAlgorithm{"a", "0x0102"});
    CHECK_FALSE(message::read_algorithm(bytes(head + "10000000 0102"), algorithm, true));
    CHECK_FALSE(message::read_algorithm(bytes(head), algorithm, false));
    CHECK(to_string(algorithm) == "a <<Keys hidden>>");
}

TEST_CASE("XfrmPolicy: bytes, there and back") {
    const std::string dump = policy_header + R"(
        0c001500 05000000 ff000000                               # mark
        08001f00 09000000                                        # if_id
        84000500                                                 # templates
        fd000000 00000000 00000000 00000002  00000000 32000000   # destination, any SPI, ESP
        0a00 0000 fd000000 00000000 00000000 00000001            # family, source
        07000000 01 00 00 00 ffffffff ffffffff ffffffff          # request, tunnel, algorithms
        00000000 00000000 00000000 00000000  00000000 32000000
        0000 0000 00000000 00000000 00000000 00000000
        00000000 00 00 01 00 ffffffff ffffffff ffffffff          # optional)";
    CHECK(message_of(full_policy()) == hex(dump));
    XfrmPolicy back;
    REQUIRE(wire::read_message(bytes(dump), back));
    CHECK(back == full_policy());
    check_paths(wire::message_names<XfrmPolicy>,
                bytes(dump),
                {{0, ""}, {168, "mark"}, {180, "if_id"}, {188, "templates"}});
    CHECK(refusal(XfrmPolicy{.templates = std::vector<XfrmTemplate>(7)}) ==
          "a policy has at most 6 templates");
    CHECK(refusal(XfrmPolicy{.type = 256}) == "the type of a policy is 0 to 255");
}

TEST_CASE("XfrmPolicy: as a real kernel lists it") {
    XfrmPolicy policy;
    REQUIRE(wire::read_message(payload_of(recorded_xfrm_policy), policy));
    XfrmPolicy expected = full_policy();
    expected.index = 1;
    expected.type = XFRM_POLICY_TYPE_MAIN;
    expected.templates[1].source = "::";
    expected.templates[1].destination = "::";
    CHECK(policy == expected);
    CHECK(policy.to_string() ==
          "src fd00::/64 dst fd00:1::/64 dir out priority 100 ptype main mark 0x5/0xff tmpl src "
          "fd00::1 dst fd00::2 proto esp reqid 7 mode tunnel tmpl src :: dst :: proto esp reqid 0 "
          "mode transport level use if_id 0x9");
    XfrmPolicy none;
    CHECK_FALSE(wire::read_message(bytes("00000000"), none));
}

TEST_CASE("XfrmPolicyKey: by what a policy is asked for") {
    const XfrmPolicy policy = full_policy();
    CHECK(message_of(message::XfrmPolicyKey{
              .policy = &policy, .mark = policy.mark, .if_id = 9, .type = 1}) == hex(R"(
        fd000001 00000000 00000000 00000000 fd000000 00000000 00000000 00000000
        0000 0000 0000 0000  0a00 40 40 00000000  00000000 00000000
        00000000 01 000000                                       # index, out
        0c001500 05000000 ff000000                               # mark
        08001f00 09000000                                        # if_id
        0a001000 01000000 0000 0000                              # type)"));
}

TEST_CASE("XfrmPolicy: its family") {
    CHECK_FALSE(XfrmPolicy{}.is_v6());
    CHECK(XfrmPolicy{.templates = {{}, {.source = "::1"}}}.is_v6());
    CHECK_FALSE(
        XfrmPolicy{.selector = {.source = "10.0.0.0/8"}, .templates = {{.source = "::1"}}}.is_v6());
    CHECK(XfrmPolicy{.templates = {{.destination = "::1"}}}.name() == "src ::/0 dst ::/0 dir out");
    CHECK(XfrmSelector{.protocol = 99, .link = 4}.to_string() ==
          "src 0.0.0.0/0 dst 0.0.0.0/0 proto 99 dev 4");
    CHECK(XfrmSelector{.protocol = 1, .source_port = 8, .destination_port = 0}.to_string() ==
          "src 0.0.0.0/0 dst 0.0.0.0/0 proto icmp type 8 code 0");
}

TEST_CASE("xfrm: words for what is not known") {
    CHECK(to_string(XfrmProtocol::compression) == "comp");
    CHECK(to_string(XfrmProtocol{43}) == "43");
    CHECK(to_string(XfrmMode::beet) == "beet");
    CHECK(to_string(XfrmMode{9}) == "9");
    CHECK(to_string(XfrmDirection{4}) == "out (socket)");
    CHECK(to_string(XfrmDirection{9}) == "9");
    CHECK(to_string(XfrmAction::block) == "block");
    CHECK(to_string(XfrmAction{9}) == "9");
}
