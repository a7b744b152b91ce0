// SPDX-License-Identifier: BSL-1.0
#include "support/bytes.hpp"
#include "support/recorder.hpp"
#include "support/requests.hpp"
#include <vethpp/netlink/links.hpp>

#include <string>

namespace {

using namespace vethpp::message;
using namespace vethpp;
using namespace vethpp_test;
using vethpp::netlink::Session;

}  // namespace

TEST_CASE("VethData: a request to create a pair, every attribute at both ends") {
    const auto messages = sent_by(
        [](Session& session) {
            Failure failure;
            vethpp_test::create_link<VethData>(
                session,
                vethpp::netlink::link_header(7, IFF_UP, IFF_UP | IFF_NOARP),
                every_attribute("veth0"),
                "veth",
                VethData{.peer = every_attribute("veth1")},
                failure);
            CHECK_FALSE(failure);
        },
        // The echo, so that nothing else is asked: index 7.
        {{RTM_NEWLINK, bytes("0000 0000 07000000 00000000 00000000")}});
    REQUIRE(messages.size() == 1);

    const std::string dump = std::string{R"(
        d8010000 1000 0d06 00000000 00000000  # RTM_NEWLINK, REQUEST ACK ECHO EXCL CREATE
        00 00 0000 07000000                   # family, type, index
        01000000 81000000                     # flags, mask
        0a00 0300 "veth0" 00 0000)"} +
                             std::string{every_attribute_but_the_name} + R"(
        f000 1280                             # linkinfo
          0900 0100 "veth" 00 000000          #   kind
          e000 0280                           #   data
            dc00 0100                         #     peer: not a pure nest, no flag
              00 00 0000 00000000 00000000 00000000
              0a00 0300 "veth1" 00 0000)" +
                             std::string{every_attribute_but_the_name};
    CHECK(hex(messages[0]) == hex(dump));

    const Request<ifinfomsg> request{bytes(dump)};
    CHECK(request.header.nlmsg_type == RTM_NEWLINK);
    CHECK(request.header.nlmsg_flags ==
          (NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO | NLM_F_EXCL | NLM_F_CREATE));
    CHECK(request.fixed.ifi_index == 7);
    CHECK(request.fixed.ifi_flags == IFF_UP);
    CHECK(request.fixed.ifi_change == (IFF_UP | IFF_NOARP));
    CHECK(request.get<LinkAttributes>() == every_attribute("veth0"));
    const auto info = request.get<LinkInfoRequest<VethData>>().info;
    REQUIRE(info);
    CHECK(info->kind == "veth");
    CHECK(info->data == VethData{.peer = every_attribute("veth1")});
    CHECK_FALSE(info->port_kind);
    CHECK_FALSE(info->port_data);
}

TEST_CASE("VethData: a pair of nothing but names") {
    const auto messages = sent_by(
        [](Session& session) {
            Failure failure;
            vethpp_test::create_link<VethData>(
                session,
                vethpp::netlink::link_header(0),
                {.name = "a"},
                "veth",
                VethData{.peer = LinkAttributes{.name = "b", .netns_fd = 5}},
                failure);
        },
        {{RTM_NEWLINK, bytes("0000 0000 07000000 00000000 00000000")}});
    REQUIRE(messages.size() == 1);
    CHECK(hex(messages[0]) == hex(R"(
        60000000 1000 0d06 00000000 00000000
        00 00 0000 00000000 00000000 00000000
        0600 0300 "a" 00 0000
        3800 1280
          0900 0100 "veth" 00 000000
          2800 0280
            2400 0100
              00 00 0000 00000000 00000000 00000000
              0600 0300 "b" 00 0000
              0800 1c00 05000000
        )"));
}

TEST_CASE("VethData: the name of the attribute at every offset of a request") {
    const ByteVector payload = bytes(R"(
        00 00 0000 00000000 00000000 00000000      #  0
        0600 0300 "a" 00 0000                      # 16 name
        0800 0400 78050000                         # 24 mtu
        4400 1280                                  # 32 linkinfo
          0900 0100 "veth" 00 000000               # 36 linkinfo.kind
          3400 0280                                # 48 linkinfo.data
            3000 0100                              # 52 linkinfo.data.peer
              00 00 0000 00000000 00000000 00000000
              0600 0300 "b" 00 0000                # 72 linkinfo.data.peer.name
              0800 0400 05000000                   # 80 linkinfo.data.peer.mtu
              0c00 3480                            # 88 linkinfo.data.peer.alternative_names
                0800 3500 "alt" 00
        0800 6300 00000000                         # 100 not described
        )");
    CHECK(payload.size() == 108);
    vethpp_test::check_paths(request_names<VethData>,
                             payload,
                             {{0, ""},
                              {16, "name"},
                              {22, "mtu"},  // padding counts as what follows
                              {32, "linkinfo"},
                              {36, "linkinfo.kind"},
                              {45, "linkinfo.data"},
                              {52, "linkinfo.data.peer"},
                              {72, "linkinfo.data.peer.name"},
                              {78, "linkinfo.data.peer.mtu"},
                              {88, "linkinfo.data.peer.alternative_names"},
                              {100, "99"}});
}
