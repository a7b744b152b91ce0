// SPDX-License-Identifier: BSL-1.0
#include "support/bytes.hpp"
#include "support/described.hpp"
#include "support/recorded.hpp"
#include <vethpp/message/format.hpp>

#include <fmt/format.h>

#include <chrono>
#include <string>

namespace {

using namespace std::chrono_literals;
using namespace vethpp::message;
using namespace vethpp;
using namespace vethpp_test;

template <class T, class... F>
void check_that_all_are_printed(const std::string& text, vethpp::wire::Fields<F...>) {
    for (const std::string_view name : {F::attribute::name..., std::string_view{"{"}}) {
        const std::string shown = name == "{" ? "{" : std::string{name} + "=";
        CHECK_THAT(text, contains(shown));
    }
}

}  // namespace

TEST_CASE("format: what is set, by name") {
    CHECK(fmt::format("{}", LinkAttributes{.name = "veth0", .mtu = 1400}) ==
          "{name=veth0 mtu=1400}");
    CHECK(fmt::format("{}", LinkInfoRequest<NoData>{KindData<NoData>{.kind = "veth"}}) ==
          "{linkinfo={kind=veth}}");
    CHECK(fmt::format("{}", LinkAttributes{}) == "{}");
    CHECK(fmt::format("{}", NoData{}) == "{}");
    CHECK(fmt::format("{}", VethData{.peer = LinkAttributes{}}) == "{peer={}}");
    CHECK(fmt::format("{:>6}|", NoData{}) == "    {}|");
}

TEST_CASE("format: every field of every described type") {
    vethpp_test::for_each_described_type([]<class T>(const char* name, T) {
        CAPTURE(name);
        const std::string text = fmt::format("{}", vethpp_test::filled<T>());
        CAPTURE(text);
        check_that_all_are_printed<T>(text, vethpp::wire::fields_of<T>());
    });
}

TEST_CASE("format: values") {
    CHECK(fmt::format("{}",
                      LinkAttributes{.name = "",
                                     .mac = MacAddress{"02:00:00:00:00:01"},
                                     .linkmode = std::uint8_t{1},
                                     .alias = "a \"b\" \\ \n{}",
                                     .alternative_names = std::vector<std::string>{"one", "t=o"},
                                     .target_netnsid = -2}) ==
          R"({name="" mac=02:00:00:00:00:01 linkmode=1 alias="a \"b\" \\ \x0a{}" )"
          R"(alternative_names=[one "t=o"] target_netnsid=-2})");
    CHECK(fmt::format("{}", LinkAttributes{.alternative_names = std::vector<std::string>{}}) ==
          "{alternative_names=[]}");
    CHECK(fmt::format("{}", LinkAttributes{.alias = "größe"}) == "{alias=größe}");
    CHECK(fmt::format("{}",
                      BridgeSettings{.stp = true,
                                     .forward_delay = 15s,
                                     .hello_time = BridgeSettings::Time{150},
                                     .max_age = BridgeSettings::Time{605},
                                     .priority = 4096,
                                     .multicast_router = MulticastRouter::permanent}) ==
          "{stp=true forward_delay=15s hello_time=1.5s max_age=6.05s priority=4096 "
          "multicast_router=permanent}");
    CHECK(fmt::format("{}", BridgePortSettings{.state = PortState::blocking, .isolated = false}) ==
          "{state=blocking isolated=false}");
    CHECK(fmt::format("{}", LinkInfo{.kind = "dummy", .data = bytes("00ff")}) ==
          R"({kind=dummy data=00ff port_kind="" port_data=})");
    CHECK(fmt::format("{}",
                      AddressMessage{.local = boost::asio::ip::make_address("10.1.1.2"),
                                     .lifetimes = ifa_cacheinfo{1, 2, 3, 4}}) ==
          "{family=0 prefix_length=0 first_flags=0 scope=0 link=0 local=10.1.1.2 "
          "lifetimes={preferred=1 valid=2 created=3 updated=4}}");
    BridgeStatus status;
    status.root = {.priority = 0x8000, .mac = MacAddress{"02:00:00:00:00:01"}};
    CHECK_THAT(fmt::format("{}", status), contains("{root=8000.02:00:00:00:00:01 bridge=0000."));
}

TEST_CASE("format: a link as a real kernel reports it") {
    const auto message = bytes(vethpp_test::recorded_port);
    LinkState state;
    REQUIRE(wire::read_message(vethpp::wire::Bytes{message}.subspan(sizeof(nlmsghdr)), state));
    const std::string text = fmt::format("{}", state);
    CAPTURE(text);
    CHECK(text.starts_with("{index=4 type=1 flags=0x00011043 name=veth0 operstate=up mtu=1400 "));
    CHECK_THAT(text, contains("statistics={rx_packets=2 tx_packets=6 rx_bytes=160 tx_bytes=500 "));
    CHECK_THAT(text, contains("linkinfo={kind=veth data= port_kind=bridge port_data=05000100"));
    CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("format: words of enumerations") {
    CHECK(to_string(PortState::forwarding) == "forwarding");
    CHECK(to_string(static_cast<PortState>(5)) == "unknown");
    CHECK(to_string(MulticastRouter::never) == "never");
    CHECK(to_string(static_cast<MulticastRouter>(4)) == "unknown");
    LinkState state;
    state.operstate = vethpp::Operstate::lower_layer_down;
    CHECK_THAT(fmt::format("{}", state), contains(R"( operstate="lower layer down" )"));
}
