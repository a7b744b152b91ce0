// SPDX-License-Identifier: BSL-1.0
// Values as text, where a person reads them: fmt, streams, and with those what Catch2 says of a
// failed check.
#include "support/catch.hpp"
#include <vethpp/message/bridge.hpp>
#include <vethpp/message/link.hpp>
#include <vethpp/ping/result.hpp>
#include <vethpp/value/interface_address.hpp>
#include <vethpp/value/mac_address.hpp>
#include <vethpp/value/prefix.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;

// All three ways say the same, and Catch2 takes one of them.
template <class T>
void check_text(const T& value, const std::string& text) {
    CHECK(fmt::format("{}", value) == text);
    std::ostringstream out;
    out << value;
    CHECK(out.str() == text);
    CHECK(Catch::Detail::stringify(value) == text);
    CHECK(fmt::format("{:>30}|", value) ==
          std::string(text.size() < 30 ? 30 - text.size() : 0, ' ') + text + "|");
    CHECK(fmt::format("{}", std::vector<T>{value, value}) == "[" + text + ", " + text + "]");
}

Error an_error() {
    Failure failure;
    failure.context.operation = "set the MTU";
    failure.fail_errno(22, "why");
    return Error{std::move(failure)};
}

}  // namespace

TEST_CASE("print: words of enumerations") {
    check_text(Operstate::lower_layer_down, "lower layer down");
    check_text(PortState::forwarding, "forwarding");
    check_text(MulticastRouter::permanent, "permanent");
    check_text(PingOutcome::timed_out, "timed out");
}

TEST_CASE("print: values") {
    check_text(MacAddress{"02:00:00:00:00:01"}, "02:00:00:00:00:01");
    check_text(IpAddress{"fd00::1"}, "fd00::1");
    check_text(Prefix{"10.0.0.0/8"}, "10.0.0.0/8");
    check_text(InterfaceAddress{"10.1.1.2/24"}, "10.1.1.2/24");
    check_text(AddressState{"fd00::2/64", 3, 0}, "fd00::2/64");
    check_text(BridgeId{.priority = 1, .mac = "02:00:00:00:00:01"}, "0001.02:00:00:00:00:01");
    check_text(BridgeSettings{.stp = true}, "{stp=true}");
    check_text(BridgePortSettings{.cost = 3}, "{cost=3}");
    check_text(an_error(), "set the MTU: Invalid argument (why)");
}

TEST_CASE("print: the state of a link, and states are compared") {
    LinkState state;
    state.name = "veth0";
    state.operstate = Operstate::up;
    const std::string text = fmt::format("{}", state);
    CHECK(text.starts_with("{index=0 type=0 flags=0x00000000 name=veth0 operstate=up "));
    check_text(state, text);
    LinkState other = state;
    CHECK(state == other);
    other.statistics.rx_bytes = 1;
    CHECK(state != other);
    other = state;
    other.index = 2;
    CHECK(state != other);
    other = state;
    other.info.kind = "veth";
    CHECK(state != other);
}
