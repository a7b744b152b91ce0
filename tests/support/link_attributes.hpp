// SPDX-License-Identifier: BSL-1.0
// What requests say about links, described apart from the library, which writes them attribute by
// attribute: tests compose requests of it, and read the library's with it.
#pragma once

#include "bytes.hpp"
#include <vethpp/message/any_data.hpp>
#include <vethpp/message/format.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/links.hpp>

#include <cstdint>
#include <linux/veth.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp_test {

// They print as the library's described types do.
using vethpp::is_of_vethpp;
using vethpp::to_string;

struct LinkAttributes {
    std::optional<std::string> name{};
    std::optional<vethpp::MacAddress> mac{};
    std::optional<vethpp::MacAddress> broadcast{};
    std::optional<std::uint32_t> mtu{};
    std::optional<std::uint32_t> txqlen{};
    std::optional<std::uint32_t> group{};
    std::optional<std::uint32_t> tx_queues{};
    std::optional<std::uint32_t> rx_queues{};
    std::optional<std::uint32_t> gso_max_size{};
    std::optional<std::uint32_t> gso_max_segs{};
    std::optional<std::uint32_t> gro_max_size{};
    std::optional<std::uint32_t> gso_ipv4_max_size{};
    std::optional<std::uint32_t> gro_ipv4_max_size{};
    std::optional<std::uint32_t> link{};
    std::optional<std::uint32_t> master{};  ///< 0 takes the link out of its master
    std::optional<std::uint8_t> linkmode{};
    std::optional<std::string> alias{};
    std::optional<std::vector<std::string>> alternative_names{};
    std::optional<std::uint32_t> netns_fd{};
    std::optional<std::int32_t> target_netnsid{};
    std::optional<std::uint32_t> ext_mask{};

    static constexpr auto fields() {
        namespace ifla = vethpp::message::ifla;
        using vethpp::wire::Field, vethpp::wire::Fields;
        using L = LinkAttributes;
        return Fields<Field<&L::name, ifla::name>,
                      Field<&L::mac, ifla::mac>,
                      Field<&L::broadcast, ifla::broadcast>,
                      Field<&L::mtu, ifla::mtu>,
                      Field<&L::txqlen, ifla::txqlen>,
                      Field<&L::group, ifla::group>,
                      Field<&L::tx_queues, ifla::tx_queues>,
                      Field<&L::rx_queues, ifla::rx_queues>,
                      Field<&L::gso_max_size, ifla::gso_max_size>,
                      Field<&L::gso_max_segs, ifla::gso_max_segs>,
                      Field<&L::gro_max_size, ifla::gro_max_size>,
                      Field<&L::gso_ipv4_max_size, ifla::gso_ipv4_max_size>,
                      Field<&L::gro_ipv4_max_size, ifla::gro_ipv4_max_size>,
                      Field<&L::link, ifla::link>,
                      Field<&L::master, ifla::master>,
                      Field<&L::linkmode, ifla::linkmode>,
                      Field<&L::alias, ifla::alias>,
                      Field<&L::alternative_names, ifla::alternative_names>,
                      Field<&L::netns_fd, ifla::netns_fd>,
                      Field<&L::target_netnsid, ifla::target_netnsid>,
                      Field<&L::ext_mask, ifla::ext_mask>>{};
    }
    /// As what writes the attributes of a request.
    void operator()(vethpp::wire::Writer& w) const { vethpp::wire::write(w, *this); }

    friend bool operator==(const LinkAttributes&, const LinkAttributes&) = default;
};

/// The other end of a pair inside the request for the first: a whole message.
struct LinkEnd : LinkAttributes {
    LinkEnd() = default;
    // NOLINTNEXTLINE(google-explicit-constructor)
    LinkEnd(LinkAttributes attributes) : LinkAttributes{std::move(attributes)} {}
    static constexpr auto header() { return vethpp::wire::Header<ifinfomsg>{}; }
    friend bool operator==(const LinkEnd&, const LinkEnd&) = default;
};

/// The data of kind "veth".
struct VethData {
    std::optional<LinkEnd> peer{};

    static constexpr auto fields() {
        using namespace vethpp::wire;
        return Fields<
            Field<&VethData::peer, Attribute<VETH_INFO_PEER, Enclosed<LinkEnd>, "peer">>>{};
    }
    friend bool operator==(const VethData&, const VethData&) = default;
};

/// For kinds that take no data of their own.
struct NoData {
    static constexpr vethpp::wire::Fields<> fields() { return {}; }
};

/// IFLA_LINKINFO in a request: the kind, and the data of that kind, or of the master's kind for
/// what a link is as a port.
template <vethpp::wire::Described Data>
struct KindData {
    std::optional<std::string> kind{};
    std::optional<Data> data{};
    std::optional<std::string> port_kind{};
    std::optional<Data> port_data{};

    static constexpr auto fields() {
        using namespace vethpp::wire;
        return Fields<
            Field<&KindData::kind, Attribute<IFLA_INFO_KIND, Text, "kind">>,
            Field<&KindData::data, Attribute<IFLA_INFO_DATA, Nested<Data>, "data">>,
            Field<&KindData::port_kind, Attribute<IFLA_INFO_SLAVE_KIND, Text, "port_kind">>,
            Field<&KindData::port_data,
                  Attribute<IFLA_INFO_SLAVE_DATA, Nested<Data>, "port_data">>>{};
    }
};

template <vethpp::wire::Described Data>
struct LinkInfoRequest {
    std::optional<KindData<Data>> info{};
    static constexpr auto fields() {
        using namespace vethpp::wire;
        return Fields<Field<&LinkInfoRequest::info,
                            Attribute<IFLA_LINKINFO, Nested<KindData<Data>>, "linkinfo">>>{};
    }
};

/// The names of the attributes of a request about a link, with the data of its kind.
template <vethpp::wire::Described Data>
inline constexpr vethpp::wire::Names request_names{
    .header = sizeof(ifinfomsg),
    .fields = vethpp::wire::NamesOf<decltype(LinkInfoRequest<Data>::fields())>::value,
    .also = &vethpp::message::link_request_names};

/// netlink::create_link with everything as a value.
template <vethpp::wire::Described Data = NoData>
vethpp::netlink::CreatedLink create_link(vethpp::netlink::Session& session,
                                         const ifinfomsg& header,
                                         const LinkAttributes& attributes,
                                         std::string_view kind,
                                         const std::optional<Data>& data,
                                         vethpp::Failure& failure) {
    return vethpp::netlink::create_link(
        session,
        {.header = header,
         .name = attributes.name ? std::string_view{*attributes.name} : std::string_view{},
         .attributes = attributes,
         .kind = kind,
         .data = data ? vethpp::message::any_data(*data) : vethpp::message::AnyData{}},
        failure);
}

/// A RTM_SETLINK with flags and attributes.
inline void set_link(vethpp::netlink::Session& session,
                     std::uint32_t index,
                     const LinkAttributes& attributes,
                     std::uint32_t flags,
                     std::uint32_t mask,
                     vethpp::Failure& failure) {
    vethpp::netlink::set_link(
        session, vethpp::netlink::link_header(index, flags, mask), attributes, failure);
}

}  // namespace vethpp_test
