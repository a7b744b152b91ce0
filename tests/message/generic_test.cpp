// SPDX-License-Identifier: BSL-1.0
// Generic netlink: how a family is found and asked, and the bytes of the messages that it carries.
#include "support/requests.hpp"
#include "support/scripted.hpp"
#include <vethpp/ethtool.hpp>
#include <vethpp/message/ethtool.hpp>
#include <vethpp/netlink/generic.hpp>

#include <cerrno>
#include <string>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using message::EthtoolBits;
using message::EthtoolFeatures;
using message::EthtoolTarget;

constexpr std::uint16_t family = 0x15;

// The answer to the question for a family.
ByteVector number_of_family() {
    return raw_message({GENL_ID_CTRL, 0}, bytes(R"(
        01 02 00 00           # CTRL_CMD_NEWFAMILY
        0c00 0200 "ethtool" 00
        0600 0100 1500 0000   # id
        0800 0300 01000000    # version
    )"));
}

template <class T>
void check_both_ways(const T& value, const char* dump) {
    CHECK(hex(written(value)) == hex(dump));
    T back{};
    REQUIRE(reads(bytes(dump), back));
    CHECK(back == value);
}

}  // namespace

TEST_CASE("Generic: the family is found first, and then asked") {
    const ByteVector object = bytes("01 01 00 00  0800 0600 02000000");
    ScriptedSession kernel{{datagrams({number_of_family(), ack(0)}),
                            datagrams({raw_message({family, 0}, object),
                                       raw_message({family + 1, 0}, object),  // of somebody else
                                       ack(0)}),
                            datagrams({ack(0)}),
                            datagrams({raw_message({family, 0, NLM_F_MULTI}, object),
                                       raw_message({family, 0, NLM_F_MULTI}, object),
                                       done(0)})}};
    Failure failure;
    netlink::Generic generic{kernel.session, {.name = "ethtool"}, failure};
    const auto write = [](wire::Writer& w) { wire::write(w, Channels{.rx = 2}); };
    std::vector<Channels> found;
    generic.request(
        {17},
        write,
        [&](wire::Bytes bytes) { CHECK(wire::read(bytes, found.emplace_back())); },
        failure);
    CHECK(found == std::vector<Channels>{{.rx = 2}});
    generic.request({18}, {}, failure);
    CHECK(generic.list<Channels>({17}, {}, failure) == std::vector<Channels>{{.rx = 2}, {.rx = 2}});
    CHECK_FALSE(failure);
    REQUIRE(kernel.script->sent.size() == 4);
    const auto sent = [&](std::size_t n) { return kernel.script->sent[n].at(0); };
    CHECK(hex(payload_of(sent(0))) == hex(R"(
        03 01 00 00             # CTRL_CMD_GETFAMILY
        0c00 0200 "ethtool" 00)"));
    CHECK(header_of(sent(0)).nlmsg_type == GENL_ID_CTRL);
    CHECK(hex(payload_of(sent(1))) == hex("11 01 00 00  0800 0600 02000000"));
    CHECK(header_of(sent(1)).nlmsg_type == family);
    CHECK(header_of(sent(1)).nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK));
    CHECK(hex(payload_of(sent(2))) == hex("12 01 00 00"));
    CHECK(header_of(sent(3)).nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP));
}

TEST_CASE("Generic: what goes wrong") {
    const auto refused = [](std::vector<Replies> replies) {
        ScriptedSession kernel{std::move(replies)};
        Failure failure;
        netlink::Generic generic{kernel.session, {.name = "ethtool", .needs = "more"}, failure};
        generic.request(
            {1, &message::generic_names_with<EthtoolTarget, Channels>},
            [](wire::Writer& w) {
                wire::write(w, EthtoolTarget{{.index = 3}});
                wire::write(w, Channels{.rx = 2});
            },
            failure);
        (void)generic.list<Channels>({1}, {}, failure);
        CHECK(failure);
        return failure;
    };
    const Failure none = refused({datagrams({ack(0, -ENOENT)})});
    CHECK(none.code == boost::system::errc::no_such_file_or_directory);
    CHECK(none.context.hint == "the kernel has no generic netlink family \"ethtool\": more");
    CHECK(refused({datagrams({ack(0, -EPERM)})}).code ==
          boost::system::errc::operation_not_permitted);
    // An answer without the number.
    CHECK(refused({datagrams({raw_message({GENL_ID_CTRL, 0}, bytes("01020000")), ack(0)})}).code ==
          errc::malformed_reply);
    CHECK(refused({datagrams({ack(0)})}).code == errc::malformed_reply);
    // The kernel points at an attribute: "rx" stands behind the two headers and the link.
    const Failure attribute = refused(
        {datagrams({number_of_family(), ack(0)}),
         datagrams({ack(0, -EINVAL, bytes("0800 0200 20000000  0900 0100 \"wrong\" 000000"))})});
    CHECK(attribute.context.attribute == "rx");
    CHECK(attribute.context.kernel_message == "wrong");
    CHECK(refused({datagrams({number_of_family(), ack(0)}),
                   datagrams({ack(0)}),
                   datagrams(
                       {raw_message({family, 0}, bytes("01010000 0700 0600 02000000")), done(0)})})
              .code == errc::malformed_reply);
}

TEST_CASE("Generic: a request is not repeated for the number of its family") {
    // 0x16 & 3 == 2, by which rtnetlink's types tell that they ask.
    ByteVector number = number_of_family();
    number[sizeof(nlmsghdr) + 4 + 12 + 4] = std::byte{0x16};
    ScriptedSession kernel{{datagrams({number, ack(0)}),
                            datagrams({raw_message({0x16, 0}, ByteVector(40000)), ack(0)})}};
    Failure failure;
    netlink::Generic generic{kernel.session, {.name = "ethtool"}, failure};
    generic.request({18}, {}, failure);
    CHECK(failure.code == errc::truncated_reply);
    CHECK(kernel.script->sent.size() == 2);
}

TEST_CASE("Ethtool: bytes of the features") {
    check_both_ways(
        EthtoolFeatures{.header = {.index = 3, .flags = ETHTOOL_FLAG_OMIT_REPLY},
                        .wanted = EthtoolBits{.bits = {{.name = "rx-gro-list", .value = true},
                                                       {.name = "rx-gro"}}}},
        R"(
        1400 0180                        # header
          0800 0100 03000000             #   index
          0800 0300 02000000             #   flags
        3000 0380                        # wanted
          2c00 0380                      #   bits
            1800 0180                    #     bit
              1000 0200 "rx-gro-list" 00 #       name
              0400 0300                  #       value: on
            1000 0180                    #     bit, off
              0b00 0200 "rx-gro" 00 00   #       name
        )");
    // As the kernel answers.
    EthtoolFeatures answer;
    REQUIRE(reads(bytes(R"(
        1800 0180 0800 0100 03000000 0a00 0200 "veth0" 00 0000
        3000 0280
          0800 0200 40000000             # size
          2400 0380
            2000 0180
              0800 0100 00000000         #   index
              1400 0200 "tx-scatter-gathe" # name, without its NUL
        1c00 0480
          0400 0100                      # no mask
          1400 0380
            1000 0180 0800 0100 00000000 0400 0300
        )"),
                  answer));
    CHECK(
        answer ==
        EthtoolFeatures{
            .header = {.index = 3, .name = "veth0"},
            .hardware = EthtoolBits{.size = 64, .bits = {{.index = 0, .name = "tx-scatter-gathe"}}},
            .active = EthtoolBits{.no_mask = true, .bits = {{.index = 0, .value = true}}}});
    check_paths(message::generic_names<EthtoolFeatures>,
                bytes(R"(00000000 0c00 0180 0800 0100 03000000
                         1400 0380 1000 0380 0c00 0180 0800 0200 "abc" 00)"),
                {{0, ""},
                 {4, "header"},
                 {8, "header.index"},
                 {16, "wanted"},
                 {20, "wanted.bits"},
                 {24, "wanted.bits.bit"},
                 {28, "wanted.bits.bit.name"}});
}

TEST_CASE("Ethtool: bytes of channels and rings") {
    check_both_ways(Channels{.rx = 1, .tx = 2, .other = 3, .combined = 4},
                    "0800 0600 01000000  0800 0700 02000000  0800 0800 03000000"
                    "0800 0900 04000000");
    check_both_ways(Rings{.rx = 1, .rx_mini = 2, .rx_jumbo = 3, .tx = 4},
                    "0800 0600 01000000  0800 0700 02000000  0800 0800 03000000"
                    "0800 0900 04000000");
    CHECK(to_string(Channels{.rx = 1, .tx = 2}) == "{rx=1 tx=2}");
    CHECK(Feature{.name = "rx-lro", .fixed = true}.to_string() == "rx-lro: off [fixed]");
    CHECK(Feature{.name = "rx-gro", .wanted = true}.to_string() == "rx-gro: off [requested on]");
}
