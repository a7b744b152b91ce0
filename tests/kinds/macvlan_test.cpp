// SPDX-License-Identifier: BSL-1.0
#include "support/recorder.hpp"
#include "support/requests.hpp"
#include <vethpp/kinds/ifb.hpp>
#include <vethpp/kinds/macvlan.hpp>

#include <fmt/core.h>

#include <optional>
#include <string>

namespace {

using namespace vethpp;
using namespace vethpp_test;

template <class Settings>
std::string created(const Settings& settings) {
    const auto messages = sent_by(
        [&](netlink::Session& session) {
            Failure failure;
            const LinkAttributes attributes{.name = "m0", .link = 5};
            const auto link = netlink::create_link(session,
                                                   {.header = netlink::link_header(0),
                                                    .name = "m0",
                                                    .attributes = attributes,
                                                    .kind = Settings::kind,
                                                    .data = message::any_data(settings)},
                                                   failure);
            CHECK(link.index == 7);
            CHECK_FALSE(failure);
        },
        {{RTM_NEWLINK, bytes("0000 0000 07000000 00000000 00000000")}});
    REQUIRE(messages.size() == 1);
    return hex(messages[0]);
}

}  // namespace

TEST_CASE("Macvlan: a request to create one") {
    CHECK(created(MacvlanSettings{.mode = MacvlanMode::bridge,
                                  .flags = std::uint16_t{1},
                                  .broadcast_queue_length = 500}) == hex(R"(
        5c000000 1000 0d06 00000000 00000000  # RTM_NEWLINK, REQUEST ACK ECHO EXCL CREATE
        00 00 0000 00000000 00000000 00000000
        0700 0300 "m0" 00 00                  # name
        0800 0500 05000000                    # link
        2c00 1280                             # linkinfo
          0c00 0100 "macvlan" 00              #   kind
          1c00 0280                           #   data
            0800 0100 04000000                #     mode
            0600 0200 0100 0000               #     flags
            0800 0700 f4010000                #     broadcast_queue_length
        )"));
    const std::string only_kind = created(MacvlanSettings{});
    CHECK(only_kind.size() < created(MacvlanSettings{.mode = MacvlanMode::vepa}).size());
}

TEST_CASE("Ifb: a kind without data says none") {
    CHECK(created(IfbSettings{}) == hex(R"(
        3c000000 1000 0d06 00000000 00000000
        00 00 0000 00000000 00000000 00000000
        0700 0300 "m0" 00 00
        0800 0500 05000000
        0c00 1280
          0800 0100 "ifb" 00
        )"));
}

TEST_CASE("Kinds: settings are read of a state of their kind only, and print") {
    LinkState state;
    state.info = {.kind = "macvlan", .data = bytes("0800 0100 04000000 0600 0200 0000 0000")};
    const auto settings = state.data<MacvlanSettings>();
    REQUIRE(settings);
    CHECK(*settings == MacvlanSettings{.mode = MacvlanMode::bridge, .flags = 0});
    CHECK(fmt::format("{}", *settings) == "{mode=bridge flags=0x00000000}");
    CHECK_FALSE(state.data<IfbSettings>());
    state.info.data = bytes("0800 0100 04");
    CHECK_FALSE(state.data<MacvlanSettings>());
    CHECK(to_string(MacvlanMode::private_) == "private");
    CHECK(to_string(static_cast<MacvlanMode>(3)) == "unknown");
}
