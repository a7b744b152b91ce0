// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/mdb_entry.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

namespace vethpp {

VETHPP_INLINE std::string_view to_string(MulticastFilter filter) noexcept {
    return filter == MulticastFilter::include ? "include" : "exclude";
}

VETHPP_INLINE std::string MdbEntry::to_string() const {
    std::string out;
    const auto word = [&](std::string_view text) {
        if (!out.empty()) out += ' ';
        out += text;
    };
    if (bridge) word("dev " + bridge->to_string());
    if (link) word("port " + link->to_string());
    word(group ? "grp " + group->to_string() : mac ? "grp " + mac->to_string() : "no group");
    if (source) word("src " + source->to_string());
    word(permanent ? "permanent" : "temp");
    if (filter) word("filter_mode " + std::string{vethpp::to_string(*filter)});
    for (const IpAddress& one : sources)
        out += (&one == sources.data() ? " source_list " : ",") + one.to_string();
    if (offloaded) word("offload");
    if (fast_leave) word("fast_leave");
    if (by_exclusion) word("added_by_star_ex");
    if (blocked) word("blocked");
    if (vlan) word("vid " + std::to_string(*vlan));
    return out;
}

namespace message {

VETHPP_INLINE void SourceList::write(wire::Writer& w, std::uint16_t id, const Value& v) {
    w.nest(id, [&](wire::Writer& list) {
        for (const IpAddress& one : v)
            list.nest(MDBA_MDB_SRCLIST_ENTRY, [&](wire::Writer& entry) {
                Ip::write(entry, MDBA_MDB_SRCATTR_ADDRESS, one);
            });
    });
}

VETHPP_INLINE bool SourceList::read(wire::Bytes bytes, Value& v) {
    v.clear();
    wire::Attributes list{bytes};
    for (const auto& entry : list) {
        wire::Attributes attributes{entry.payload};
        for (const auto& one : attributes)
            if (one.type == MDBA_MDB_SRCATTR_ADDRESS && !Ip::read(one.payload, v.emplace_back()))
                return false;
        if (attributes.malformed()) return false;
    }
    return !list.malformed();
}

VETHPP_INLINE void MdbRequest::complete(br_port_msg& header) const noexcept {
    header.family = AF_BRIDGE;
}

VETHPP_INLINE MdbRequest mdb_request(std::uint32_t bridge, const MdbEntry& entry) {
    MdbRequest request{.bridge = bridge};
    br_mdb_entry& fixed = request.entry;
    if (entry.link) fixed.ifindex = entry.link->index();
    fixed.state = entry.permanent ? MDB_PERMANENT : MDB_TEMPORARY;
    fixed.vid = static_cast<__u16>(entry.vlan.value_or(0));
    const auto put = [&](const auto& bytes, std::uint16_t protocol) {
        std::memcpy(&fixed.addr.u, bytes.data(), bytes.size());
        fixed.addr.proto = htons(protocol);
    };
    if (entry.group && entry.group->is_v6())
        put(entry.group->to_v6().to_bytes(), ETH_P_IPV6);
    else if (entry.group)
        put(entry.group->to_v4().to_bytes(), ETH_P_IP);
    else if (entry.mac)
        put(entry.mac->bytes(), 0);
    if (entry.source || entry.filter || !entry.sources.empty() || entry.protocol) {
        request.attributes = MdbAttributes{
            .source = entry.source, .filter = entry.filter, .protocol = entry.protocol};
        if (!entry.sources.empty()) request.attributes->sources = entry.sources;
    }
    return request;
}

// What is listed of an entry behind its fixed part (MDBA_MDB_EATTR_*).
struct MdbInfo {
    std::optional<std::uint32_t> timer{};
    std::optional<std::vector<IpAddress>> sources{};
    std::optional<MulticastFilter> filter{};
    std::optional<IpAddress> source{};
    std::optional<std::uint32_t> protocol{};

    static constexpr auto fields() {
        using wire::As, wire::Attribute, wire::Field;
        using I = MdbInfo;
        return wire::Fields<
            Field<&I::timer, Attribute<MDBA_MDB_EATTR_TIMER, U32, "timer">>,
            Field<&I::sources, Attribute<MDBA_MDB_EATTR_SRC_LIST, SourceList, "sources">>,
            Field<
                &I::filter,
                Attribute<MDBA_MDB_EATTR_GROUP_MODE, As<MulticastFilter, std::uint8_t>, "filter">>,
            Field<&I::source, Attribute<MDBA_MDB_EATTR_SOURCE, Ip, "source">>,
            Field<&I::protocol, Attribute<MDBA_MDB_EATTR_RTPROT, Number8, "protocol">>>{};
    }
};

[[nodiscard]] inline bool read_mdb_info(wire::Bytes payload, MdbEntry& entry) {
    br_mdb_entry fixed{};
    MdbInfo info;
    if (!wire::load(payload, fixed) ||
        !wire::read(wire::after(payload, wire::align(sizeof fixed)), info))
        return false;
    if (fixed.ifindex != 0) entry.link = LinkIndex{fixed.ifindex};
    if (fixed.vid != 0) entry.vlan = fixed.vid;
    entry.permanent = fixed.state == MDB_PERMANENT;
    const unsigned flags = fixed.flags;
    entry.offloaded = (flags & unsigned{MDB_FLAGS_OFFLOAD}) != 0;
    entry.fast_leave = (flags & unsigned{MDB_FLAGS_FAST_LEAVE}) != 0;
    entry.by_exclusion = (flags & unsigned{MDB_FLAGS_STAR_EXCL}) != 0;
    entry.blocked = (flags & unsigned{MDB_FLAGS_BLOCKED}) != 0;
    const auto take = [&](auto bytes) {
        std::memcpy(bytes.data(), &fixed.addr.u, bytes.size());
        return bytes;
    };
    if (fixed.addr.proto == htons(ETH_P_IP))
        entry.group = boost::asio::ip::address_v4{take(boost::asio::ip::address_v4::bytes_type{})};
    else if (fixed.addr.proto == htons(ETH_P_IPV6))
        entry.group = boost::asio::ip::address_v6{take(boost::asio::ip::address_v6::bytes_type{})};
    else
        entry.mac = MacAddress{take(std::array<std::uint8_t, 6>{})};
    if (info.timer) entry.expires = wire::Centiseconds{*info.timer};
    if (info.sources) entry.sources = *std::move(info.sources);
    entry.filter = info.filter;
    entry.source = info.source;
    entry.protocol = info.protocol;
    return true;
}

VETHPP_INLINE bool read_mdb(wire::Bytes payload, detail::FunctionRef<void(MdbEntry&&)> take) {
    br_port_msg header{};
    if (!wire::load(payload, header)) return false;
    wire::Attributes all{wire::after(payload, wire::align(sizeof header))};
    for (const auto& database : all) {
        if (database.type != MDBA_MDB) continue;
        wire::Attributes entries{database.payload};
        for (const auto& entry : entries) {
            if (entry.type != MDBA_MDB_ENTRY) continue;
            wire::Attributes infos{entry.payload};
            for (const auto& info : infos) {
                if (info.type != MDBA_MDB_ENTRY_INFO) continue;
                MdbEntry one{.bridge = LinkIndex{header.ifindex}};
                if (!read_mdb_info(info.payload, one)) return false;
                take(std::move(one));
            }
            if (infos.malformed()) return false;
        }
        if (entries.malformed()) return false;
    }
    return !all.malformed();
}

}  // namespace message
}  // namespace vethpp
