// SPDX-License-Identifier: BSL-1.0
// What is done with bytes from nowhere, and what must hold then. libFuzzer drives these functions
// for as long as one likes (see CMakeLists.txt), message/mutation_test.cpp with a fixed set of
// mutations.
#pragma once

#include "support/kinds.hpp"
#include "support/link_attributes.hpp"
#include <vethpp/message/address.hpp>
#include <vethpp/message/bridge_fields.hpp>
#include <vethpp/message/bridge_vlan.hpp>
#include <vethpp/message/ethtool.hpp>
#include <vethpp/message/fdb_entry.hpp>
#include <vethpp/message/format.hpp>
#include <vethpp/message/fou.hpp>
#include <vethpp/message/link_summary.hpp>
#include <vethpp/message/mdb_entry.hpp>
#include <vethpp/message/mptcp.hpp>
#include <vethpp/message/neighbour.hpp>
#include <vethpp/message/nexthop_message.hpp>
#include <vethpp/message/route.hpp>
#include <vethpp/message/route_message.hpp>
#include <vethpp/message/route_query.hpp>
#include <vethpp/message/rule.hpp>
#include <vethpp/message/wireguard.hpp>
#include <vethpp/message/xfrm_policy.hpp>
#include <vethpp/message/xfrm_state.hpp>
#include <vethpp/netlink/exchange.hpp>
#include <vethpp/value/interface_address.hpp>
#include <vethpp/value/interface_name.hpp>
#include <vethpp/value/mac_address.hpp>
#include <vethpp/wire/codec.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp_test {

inline void expect(bool condition, const char* what) {
    if (!condition) throw std::logic_error{what};
}

/// What was read can be written, and is then read as the same; it prints, too.
template <class T>
void check_described(const T& value) {
    namespace wire = vethpp::wire;
    const auto written = [](const T& v) {
        static std::vector<std::byte> buffer(1U << 18U);  // zeroing it each time would take longest
        wire::Writer writer{buffer};
        wire::write(writer, v);
        expect(!writer.overflow(), "what was read is too long to be written");
        return std::vector<std::byte>(writer.written().begin(), writer.written().end());
    };
    const auto once = written(value);
    T back{};
    expect(wire::read(wire::Bytes{once}, back), "what was written does not parse");
    expect(written(back) == once, "what was written is read as something else");
    expect(!fmt::format("{}", value).empty(), "it does not print");
}

/// The payload of a link message.
inline void fuzz_link(vethpp::wire::Bytes payload) {
    using namespace vethpp;
    LinkState state;
    if (wire::read_message(payload, state)) {
        check_described(state);
        message::LinkSummary summary;
        expect(wire::read_message(payload, summary), "a state is read, and its summary is not");
        expect(summary.index == state.index && summary.name == state.name &&
                   summary.operstate == state.operstate && summary.info == state.info,
               "a summary is of another link");
        if (const auto data = state.data<BridgeSettings>()) check_described(*data);
        if (const auto data = state.data<BridgeStatus>()) check_described(*data);
        for_each_kind([&]<class S>(const S&) {
            if (const auto data = state.data<S>()) check_described(*data);
            S settings;  // whatever kind it is
            if (read_data(state.info.data, settings)) check_described(settings);
        });
        for_each_derived_kind([&]<class S>(const S&) {
            S settings;
            if (wire::read(state.info.data, settings)) check_described(settings);
            S whole;
            if (read_data(state.info.data, whole)) (void)to_string(whole);
        });
        if (const auto data = state.port_data<VrfPortSettings>()) check_described(*data);
        if (const auto data = state.port_data<BondPortSettings>()) check_described(*data);
        if (VethData pair; wire::read(state.info.data, pair)) check_described(pair);
        if (const auto data = state.port_data<BridgePortSettings>()) check_described(*data);
    }
    for (std::size_t offset = 0; offset < payload.size(); offset += 7) {
        (void)request_names<VethData>.at(payload, offset);
        (void)request_names<BridgeSettings>.at(payload, offset);
    }
}

/// The payload of a message about the VLANs of a bridge or a port.
inline void fuzz_vlans(vethpp::wire::Bytes payload) {
    using namespace vethpp;
    message::VlanMessage vlans;
    if (!wire::read_message(payload, vlans)) return;
    check_described(vlans);
    for (const message::VlanEntry& one : vlans.entries) (void)one.vlan().to_string();
}

/// The payload of a request to create a pair, as if it were one that the kernel points into.
inline void fuzz_request(vethpp::wire::Bytes payload) {
    using namespace vethpp;
    LinkAttributes attributes;
    if (wire::read(payload, attributes)) check_described(attributes);
    LinkInfoRequest<VethData> info;
    if (wire::read(payload, info)) check_described(info);
}

/// The same for a route, but for what is only read.
inline void check_route(vethpp::Route route) {
    using namespace vethpp;
    static std::vector<std::byte> buffer(1U << 18U);
    wire::Writer writer{buffer};
    message::write_route(writer, route, false);
    expect(!writer.overflow(), "what was read is too long to be written");
    expect(!fmt::format("{}", route).empty(), "it does not print");
    if (!writer.refusal().empty()) return;
    Route back;
    expect(message::read_route(writer.written(), back), "what was written does not parse");
    back.flags = route.flags;
    back.expires = route.expires;  // comes back in another attribute
    for (std::size_t i = 0; i < route.nexthops.size() && i < back.nexthops.size(); ++i)
        back.nexthops[i].flags = route.nexthops[i].flags;
    // The family of one without addresses is told by a destination.
    if (route.destination && route.destination->length() == 0) route.destination = back.destination;
    if (back.table != RT_TABLE_UNSPEC) expect(back.table == route.table, "another table");
    back.table = route.table;
    if (back != route)
        throw std::logic_error{fmt::format("{} was written, and {} is read", route, back)};
}

/// The payload of an address message, of a route, of a neighbour, or of a rule.
inline void fuzz_address(vethpp::wire::Bytes payload) {
    using namespace vethpp;
    AddressState state;
    (void)message::is_own_route(payload);
    Neighbour neighbour;
    if (wire::read_message(payload, neighbour)) check_described(neighbour);
    FdbEntry entry;
    if (wire::read_message(payload, entry)) check_described(entry);
    (void)message::read_mdb(payload, [](MdbEntry&& one) {
        expect(!one.to_string().empty(), "it does not print");
        static std::vector<std::byte> buffer(1U << 17U);
        wire::Writer writer{buffer};
        wire::write_message(writer, message::mdb_request(1, one));
        expect(!writer.overflow(), "what was read is too long to be written");
    });
    Rule rule;
    if (wire::read_message(payload, rule)) check_described(rule);
    if (Route route; message::read_route(payload, route)) check_route(route);
    if (Nexthop nexthop; message::read_nexthop(payload, nexthop))
        expect(!fmt::format("{}", nexthop).empty(), "it does not print");
    if (message::read_address(payload, state)) {
        expect(state == AddressState{state}, "an address differs from its copy");
        static std::vector<std::byte> buffer(1U << 17U);
        wire::Writer writer{buffer};
        message::write_address(writer, state.link(), state);
        expect(!writer.overflow(), "what was read is too long to be written");
        AddressState back;
        expect(message::read_address(writer.written(), back), "what was written does not parse");
        expect(back.address() == state.address() && back.prefix_length() == state.prefix_length() &&
                   back.options().label == state.options().label,
               "what was written is read as something else");
    }
    for (std::size_t offset = 0; offset < payload.size(); ++offset) {
        (void)wire::message_names<message::AddressMessage>.at(payload, offset);
        (void)message::route_names().at(payload, offset);
    }
}

/// The attributes of a message of generic netlink.
inline void fuzz_generic(vethpp::wire::Bytes attributes) {
    using namespace vethpp;
    const auto check = [&]<class T>(T value) {
        if (wire::read(attributes, value)) check_described(value);
        for (std::size_t offset = 0; offset < attributes.size(); offset += 5)
            (void)message::generic_names<T>.at(attributes, offset);
    };
    check(message::EthtoolFeatures{});
    check(message::MptcpMessage{});
    check(message::FouMessage{});
    message::WireGuardMessage device;
    check(device);
    if (!wire::read(attributes, device)) return;
    auto peers = device.peers;
    message::append_peers(peers, std::vector{device.peers});
    expect(peers.size() <= 2 * device.peers.size(), "more peers than there were");
    std::vector<message::WireGuardPeerMessage> again;
    for (auto& part : message::split(device, 1024))
        message::append_peers(again, std::move(part.peers));
    expect(again.size() <= device.peers.size(), "peers come of nothing");
}

/// The payload of an IPsec state, or of a policy: also what stands in the header is written as
/// read.
inline void fuzz_xfrm(vethpp::wire::Bytes payload) {
    using namespace vethpp;
    const auto check = [&]<class T>(T value) {
        for (std::size_t offset = 0; offset < payload.size(); offset += 7)
            (void)wire::message_names<T>.at(payload, offset);
        if (!wire::read_message(payload, value)) return;
        expect(!fmt::format("{}", value).empty(), "it does not print");
        const auto written = [](const T& v) {
            static std::vector<std::byte> buffer(1U << 18U);
            wire::Writer writer{buffer};
            wire::write_message(writer, v);
            expect(!writer.overflow(), "what was read is too long to be written");
            // A window or a key beyond what the kernel has.
            const auto bytes = writer.refusal().empty() ? writer.written() : wire::Bytes{};
            return std::vector<std::byte>(bytes.begin(), bytes.end());
        };
        const auto once = written(value);
        if (once.empty()) return;
        T back{};
        expect(wire::read_message(wire::Bytes{once}, back), "what was written does not parse");
        expect(written(back) == once, "what was written is read as something else");
    };
    check(XfrmState{});
    check(XfrmPolicy{});
}

/// Datagrams that answer a batch of three requests with the sequence numbers 1 to 3; each begins
/// with its length in two bytes.
inline void fuzz_exchange(vethpp::wire::Bytes script) {
    using namespace vethpp;
    using Step = netlink::Exchange::Step;
    constexpr std::size_t count = 3;
    const std::size_t total = script.size();
    std::size_t answers = 0;
    const auto on_message = [&](std::size_t index, const wire::RawMessage& message) {
        expect(index >= answers && index < count, "an object of no request");
        expect(message.payload.size() < total, "an object longer than what was received");
    };
    const auto on_answer = [&](std::size_t index, const netlink::Answer& answer) {
        expect(index == answers++, "an answer twice, or out of order");
        (void)answer.code.message();
    };
    netlink::Exchange exchange{1, count, 0, on_message, on_answer};
    expect(exchange.start() == Step::send, "nothing to send");
    Step step = exchange.sent({});
    while (step == Step::receive && script.size() >= 2) {
        const auto length = *wire::load<std::uint16_t>(script);
        script = script.subspan(2);
        const auto datagram = script.first(std::min<std::size_t>(length, script.size()));
        script = script.subspan(datagram.size());
        // A length beyond the end stands for a datagram that did not fit into the buffer.
        step = exchange.received({}, {.buffer = datagram, .size = length});
    }
    if (step == Step::receive)
        step = exchange.received({EAGAIN, boost::system::system_category()}, {});
    expect(step == Step::done && answers == count, "not every request has its answer");
}

/// Text that a user typed.
inline void fuzz_text(vethpp::wire::Bytes bytes) {
    using namespace vethpp;
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    error_code ec;
    const MacAddress mac = MacAddress::parse(text, ec);
    if (!ec)
        expect(MacAddress{mac.to_string()} == mac, "a MAC address does not print as it parses");
    const InterfaceAddress address = InterfaceAddress::parse(text, ec);
    if (!ec)
        expect(InterfaceAddress{address.to_string()} == address,
               "an interface address does not print as it parses");
    if (name_problem(text).empty()) {
        expect(!text.empty() && text.size() <= max_name, "a name of a wrong length");
        expect(text.find_first_of(std::string_view{"/:% \t\n\v\f\r\0\xa0", 11}) == text.npos,
               "a name with a byte that the kernel refuses");
    }
}

}  // namespace vethpp_test
