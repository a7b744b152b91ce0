// SPDX-License-Identifier: BSL-1.0
#include "support/bytes.hpp"
#include "support/recorded.hpp"
#include "support/recorder.hpp"
#include "support/requests.hpp"
#include <vethpp/message/address.hpp>
#include <vethpp/netlink/addresses.hpp>

#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;
using vethpp::message::AddressMessage;
using vethpp::message::read_address;
using vethpp::netlink::AddressChange;
using vethpp::netlink::Session;
using vethpp::wire::Bytes;

vethpp::IpAddress ip(const char* text) { return boost::asio::ip::make_address(text); }

ByteVector change(AddressChange how, const InterfaceAddress& address) {
    const auto messages = sent_by([&](Session& session) {
        Failure failure;
        vethpp::netlink::change_addresses(session, how, 3, std::span{&address, 1}, failure);
        CHECK_FALSE(failure);
    });
    REQUIRE(messages.size() == 1);
    return messages[0];
}

bool reads_address(Bytes payload, AddressState& state) {
    const ByteVector exact = vethpp_test::copy(payload);
    return read_address(exact, state);
}

// What the kernel would report for such a request.
AddressState read(const ByteVector& message) {
    AddressState state;
    REQUIRE(reads_address(payload_of(message), state));
    return state;
}

InterfaceAddress every_option_v4() {
    return {"10.1.1.2/24",
            {.peer = ip("10.1.1.1"),
             .broadcast = ip("10.1.1.255"),
             .label = "veth0:1",
             .scope = AddressScope::site,
             .no_prefix_route = true,
             .valid_lifetime = 3600s,
             .preferred_lifetime = 1000s,
             .metric = 50,
             .protocol = std::uint8_t{42}}};
}

InterfaceAddress every_option_v6() {
    return {"fd00::2/64",
            {.peer = ip("fd00::1"),
             .scope = AddressScope::universe,
             .home_address = true,
             .no_prefix_route = true,
             .valid_lifetime = 3600s,
             .metric = 50,
             .protocol = std::uint8_t{42}}};
}

}  // namespace

TEST_CASE("Address: a request to add an IPv4 address with every option") {
    const ByteVector message = change(AddressChange::add, every_option_v4());
    const std::string_view dump = R"(
        68000000 1400 0506 00000000 00000000  # RTM_NEWADDR, REQUEST ACK EXCL CREATE
        02 18 00 c8 03000000                  # AF_INET, /24, no flags here, scope site, link 3
        0800 0200 0a010102                    # local
        0800 0100 0a010101                    # address: the peer
        0800 0400 0a0101ff                    # broadcast
        0c00 0300 "veth0:1" 00                # label
        1400 0600 e8030000 100e0000 00000000 00000000  # lifetimes: preferred, valid
        0800 0800 00020000                    # flags: NOPREFIXROUTE
        0800 0900 32000000                    # metric
        0500 0b00 2a 000000                   # protocol
        )";
    CHECK(hex(message) == hex(dump));

    const Request<ifaddrmsg> request{bytes(dump)};
    CHECK(request.header.nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK | NLM_F_EXCL | NLM_F_CREATE));
    const auto attributes = request.get<AddressMessage>();
    CHECK(attributes.local == ip("10.1.1.2"));
    CHECK(attributes.address == ip("10.1.1.1"));
    const AddressState state = read(bytes(dump));
    CHECK(static_cast<const InterfaceAddress&>(state) == every_option_v4());
    CHECK(state.link() == 3);
    CHECK(state.flags() == IFA_F_NOPREFIXROUTE);
}

TEST_CASE("Address: a request to add an IPv6 address with every option") {
    const ByteVector message = change(AddressChange::add, every_option_v6());
    const std::string_view dump = R"(
        6c000000 1400 0506 00000000 00000000
        0a 40 00 00 03000000                  # AF_INET6, /64, scope universe, link 3
        1400 0200 fd000000 00000000 00000000 00000002  # local
        1400 0100 fd000000 00000000 00000000 00000001  # address: the peer
        1400 0600 100e0000 100e0000 00000000 00000000  # lifetimes: preferred is no longer than valid
        0800 0800 12020000                    # flags: NODAD, HOMEADDRESS, NOPREFIXROUTE
        0800 0900 32000000                    # metric
        0500 0b00 2a 000000                   # protocol
        )";
    CHECK(hex(message) == hex(dump));

    InterfaceAddress expected = every_option_v6();
    expected.options().preferred_lifetime = 3600s;
    CHECK(static_cast<const InterfaceAddress&>(read(bytes(dump))) == expected);
}

TEST_CASE("Address: requests with an address and nothing else") {
    CHECK(hex(change(AddressChange::add, "10.1.1.2/24")) == hex(R"(
        28000000 1400 0506 00000000 00000000
        02 18 00 00 03000000
        0800 0200 0a010102
        0800 0100 0a010102)"));
    CHECK(hex(change(AddressChange::replace, "fd00::2/64")) == hex(R"(
        48000000 1400 0505 00000000 00000000  # REQUEST ACK REPLACE CREATE
        0a 40 00 00 03000000
        1400 0200 fd000000 00000000 00000000 00000002
        1400 0100 fd000000 00000000 00000000 00000002
        0800 0800 02000000                    # NODAD)"));
    CHECK(hex(change(AddressChange::add, {"fe80::1/64", {.duplicate_address_detection = true}})) ==
          hex(R"(
        40000000 1400 0506 00000000 00000000
        0a 40 00 00 03000000                  # the kernel knows the scope of an IPv6 address
        1400 0200 fe800000 00000000 00000000 00000001
        1400 0100 fe800000 00000000 00000000 00000001)"));
    CHECK(hex(change(AddressChange::add, "127.0.0.2/8")) == hex(R"(
        28000000 1400 0506 00000000 00000000
        02 08 00 fe 03000000                  # scope host, as ip(8) does
        0800 0200 7f000002
        0800 0100 7f000002)"));
}

TEST_CASE("Address: a request to remove one") {
    CHECK(hex(change(AddressChange::remove, "10.1.1.2/24")) == hex(R"(
        28000000 1500 0500 00000000 00000000  # RTM_DELADDR
        02 18 00 00 03000000
        0800 0200 0a010102
        0800 0100 0a010102)"));
    // As flush_addresses() does it with what the kernel listed.
    CHECK(hex(change(AddressChange::remove, read(bytes(vethpp_test::recorded_v4)))) == hex(R"(
        34000000 1500 0500 00000000 00000000
        02 18 00 00 03000000
        0800 0200 0a010102
        0800 0100 0a010102
        0a00 0300 "veth1" 00 0000)"));
}

TEST_CASE("Address: a request for many goes out in one datagram") {
    const std::vector<InterfaceAddress> addresses{"10.1.1.2/24", "10.1.1.3/24", "fd00::2/64"};
    auto record = std::make_shared<vethpp_test::Recorder::Record>();
    Session session{std::make_unique<vethpp_test::Recorder>(record)};
    Failure failure;
    vethpp::netlink::change_addresses(session, AddressChange::add, 3, addresses, failure);
    CHECK(record->datagrams == 1);
    REQUIRE(record->messages.size() == 3);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(hex(record->messages[i]) == hex(change(AddressChange::add, addresses[i])));
}

TEST_CASE("Address: a request to list those of a link") {
    const auto messages = sent_by(
        [](Session& session) {
            Failure failure;
            const auto found = vethpp::netlink::list_addresses(session, 3, failure);
            CHECK(found.size() == 1);
            CHECK_FALSE(failure);
        },
        {{RTM_NEWADDR, payload_of(bytes(vethpp_test::recorded_v6))},
         {RTM_NEWADDR, bytes("02 18 00 00 04000000 0800 0200 0a010102")}});  // of another link
    REQUIRE(messages.size() == 1);
    CHECK(hex(messages[0]) == hex(R"(
        18000000 1600 0503 00000000 00000000  # RTM_GETADDR, REQUEST ACK DUMP
        00 00 00 00 03000000)"));
}

TEST_CASE("Address: extreme lifetimes") {
    // As the kernel reads them from the request: 24 bytes of headers, IFA_LOCAL, IFA_ADDRESS, and
    // the second number of IFA_CACHEINFO.
    const auto lifetime = [](std::chrono::seconds valid) {
        const ByteVector message =
            change(AddressChange::add, {"10.1.1.2/24", {.valid_lifetime = valid}});
        std::uint32_t number = 0;
        REQUIRE(wire::load(wire::after(message, 24 + 8 + 8 + 4 + 4), number));
        return number;
    };
    CHECK(lifetime(0s) == 0);
    CHECK(lifetime(-5s) == 0);
    CHECK(lifetime(std::chrono::seconds{0xfffffffeL}) == 0xfffffffeU);
    CHECK(lifetime(std::chrono::seconds{0xffffffffL}) == 0xfffffffeU);  // that would be forever
    CHECK(lifetime(std::chrono::seconds::max()) == 0xfffffffeU);
}

TEST_CASE("read_address: as a real kernel reports them") {
    const AddressState v4 = read(bytes(vethpp_test::recorded_v4));
    CHECK(v4.to_string() == "10.1.1.2/24");
    CHECK(v4.link() == 3);
    CHECK(v4.is_permanent());
    CHECK_FALSE(v4.is_tentative());
    CHECK(v4.options() == AddressOptions{.label = "veth1", .scope = AddressScope::universe});

    const AddressState v6 = read(bytes(vethpp_test::recorded_v6));
    CHECK(v6.to_string() == "fd00::2/64");
    CHECK(v6.is_v6());
    CHECK(v6.flags() == (IFA_F_PERMANENT | IFA_F_NODAD));
    CHECK(v6.options() ==
          AddressOptions{.scope = AddressScope::universe, .preferred_lifetime = 1000s});
}

TEST_CASE("read_address: IPv6 says the address itself only when there is a peer") {
    AddressState state;
    REQUIRE(reads_address(bytes(R"(
        0a 80 40 00 03000000
        1400 0100 fd000000 00000000 00000000 00000001
        1400 0200 fd000000 00000000 00000000 00000002)"),
                          state));
    CHECK(state.to_string() == "fd00::2/128");
    CHECK(state.options().peer == ip("fd00::1"));
    // Without IFA_FLAGS the 8 bits of the header count.
    CHECK(state.is_tentative());
    CHECK(state.options().duplicate_address_detection);
}

TEST_CASE("read_address: flags") {
    const auto with = [](std::uint32_t flags) {
        return AddressState{InterfaceAddress{"fd00::1/64"}, 1, flags};
    };
    CHECK(with(IFA_F_TENTATIVE).is_tentative());
    CHECK_FALSE(with(IFA_F_TENTATIVE | IFA_F_OPTIMISTIC).is_tentative());  // RFC 4429: usable
    CHECK(with(IFA_F_TENTATIVE | IFA_F_DADFAILED).is_duplicate());
    CHECK_FALSE(with(0).is_permanent());
}

TEST_CASE("read_address: a prefix is malformed, says no address, or ends between attributes") {
    for (const auto dump : {vethpp_test::recorded_v4, vethpp_test::recorded_v6}) {
        const ByteVector whole = payload_of(bytes(dump));
        std::size_t good = 0;
        for (std::size_t n = 0; n <= whole.size(); ++n) {
            CAPTURE(n);
            AddressState state;
            const bool read = reads_address(Bytes{whole}.first(n), state);
            vethpp::wire::Attributes list{
                vethpp::wire::after(Bytes{whole}.first(n), sizeof(ifaddrmsg))};
            std::size_t attributes = 0;
            for (const auto& attribute : list) attributes += attribute.payload.empty() ? 0 : 1;
            // Both begin with IFA_ADDRESS, of which all of it must be there.
            REQUIRE(read == (n >= sizeof(ifaddrmsg) && attributes > 0 && !list.malformed()));
            good += read ? 1 : 0;
        }
        CHECK(good >= 3);
    }
}

TEST_CASE("read_address: malformed messages are refused") {
    AddressState state;
    CHECK_FALSE(reads_address({}, state));
    CHECK_FALSE(reads_address(bytes("02 18 00 00 030000"), state));
    CHECK_FALSE(reads_address(bytes("02 18 00 00 03000000"), state));  // no address
    CHECK_FALSE(reads_address(bytes("02 18 00 00 03000000 0700 0200 0a0101"), state));
    CHECK_FALSE(reads_address(bytes("02 18 00 00 03000000 0800 0200 0a010102 ff"), state));
    // Longer and shorter lifetimes are those of other kernels.
    CHECK(
        reads_address(bytes("02 18 00 00 03000000 0800 0200 0a010102 0800 0600 05000000"), state));
    CHECK(state.options().preferred_lifetime == 5s);
    CHECK(reads_address(bytes(R"(02 18 00 00 03000000 0800 0200 0a010102
        1800 0600 05000000 06000000 00000000 00000000 00000000)"),
                        state));
    CHECK(state.options().valid_lifetime == 6s);
    // Repeated: the last one.
    CHECK(
        reads_address(bytes("02 18 00 00 03000000 0800 0200 0a010102 0800 0200 0a010103"), state));
    CHECK(state.to_string() == "10.1.1.3/24");
}

TEST_CASE("AddressMessage: the name of the attribute at every offset of a request") {
    vethpp_test::check_paths(wire::message_names<vethpp::message::AddressMessage>,
                             payload_of(change(AddressChange::add, every_option_v4())),
                             {{0, ""},
                              {8, "local"},
                              {16, "address"},
                              {24, "broadcast"},
                              {32, "label"},
                              {44, "lifetimes"},
                              {64, "flags"},
                              {72, "metric"},
                              {80, "protocol"},
                              {85, ""}});
}
