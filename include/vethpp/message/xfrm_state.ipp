// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/xfrm_state.hpp>

#include <array>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

namespace vethpp {
namespace message {

inline std::uint64_t joined(std::uint32_t high, std::uint32_t low) noexcept {
    return (std::uint64_t{high} << 32U) | low;
}

VETHPP_INLINE void LongReplay::write(wire::Writer& w,
                                     std::uint16_t id,
                                     const XfrmReplay& v) noexcept {
    if (!has(v)) return;
    if (v.window > 4096) return w.refuse("a replay window has at most 4096 packets");
    // struct xfrm_replay_state_esn, without its bitmap: no packet has come yet.
    const std::array<std::uint32_t, 6> words{(v.window + 31) / 32,
                                             static_cast<std::uint32_t>(v.out_sequence),
                                             static_cast<std::uint32_t>(v.sequence),
                                             static_cast<std::uint32_t>(v.out_sequence >> 32U),
                                             static_cast<std::uint32_t>(v.sequence >> 32U),
                                             v.window};
    w.attribute(id, words.data(), sizeof words);
}

VETHPP_INLINE bool LongReplay::read(wire::Bytes bytes, XfrmReplay& v) noexcept {
    std::array<std::uint32_t, 6> words{};
    if (!wire::load(bytes, words)) return false;
    v.window = words[5];
    v.sequence = joined(words[4], words[2]);
    v.out_sequence = joined(words[3], words[1]);
    return true;
}

VETHPP_INLINE void ShortReplay::write(wire::Writer& w,
                                      std::uint16_t id,
                                      const XfrmReplay& v) noexcept {
    if (LongReplay::has(v) || (v.sequence == 0 && v.out_sequence == 0)) return;
    if (!std::in_range<std::uint32_t>(v.sequence) || !std::in_range<std::uint32_t>(v.out_sequence))
        return w.refuse("sequence numbers of more than 32 bits are the extended ones");
    xfrm_replay_state out{};
    out.oseq = static_cast<std::uint32_t>(v.out_sequence);
    out.seq = static_cast<std::uint32_t>(v.sequence);
    wire::Scalar<xfrm_replay_state>::write(w, id, out);
}

VETHPP_INLINE bool ShortReplay::read(wire::Bytes bytes, XfrmReplay& v) noexcept {
    xfrm_replay_state in{};
    if (!wire::load(bytes, in)) return false;
    v.sequence = in.seq;
    v.out_sequence = in.oseq;
    return true;
}

VETHPP_INLINE void Encapsulated::write(wire::Writer& w,
                                       std::uint16_t id,
                                       const XfrmEncapsulation& v) noexcept {
    xfrm_encap_tmpl out{};
    out.encap_type = v.type;
    out.encap_sport = htons(v.source_port);
    out.encap_dport = htons(v.destination_port);
    wire::Scalar<xfrm_encap_tmpl>::write(w, id, out);
}

VETHPP_INLINE bool Encapsulated::read(wire::Bytes bytes, XfrmEncapsulation& v) noexcept {
    xfrm_encap_tmpl in{};
    if (!wire::load(bytes, in)) return false;
    v = {.source_port = ntohs(in.encap_sport),
         .destination_port = ntohs(in.encap_dport),
         .type = in.encap_type};
    return true;
}

VETHPP_INLINE void XfrmStateKey::complete(xfrm_usersa_id& header) const noexcept {
    header.daddr = to_kernel(state->destination);
    header.spi = htonl(state->spi);
    header.family = state->is_v6() ? AF_INET6 : AF_INET;
    header.proto = static_cast<__u8>(state->protocol);
}

inline void append_flags(std::string& out, const XfrmState& state) {
    struct Word {
        std::uint32_t flag;
        const char* name;
    };
    static constexpr Word words[] = {{XFRM_STATE_NOECN, " noecn"},
                                     {XFRM_STATE_DECAP_DSCP, " decap-dscp"},
                                     {XFRM_STATE_NOPMTUDISC, " nopmtudisc"},
                                     {XFRM_STATE_WILDRECV, " wildrecv"},
                                     {XFRM_STATE_ICMP, " icmp"},
                                     {XFRM_STATE_AF_UNSPEC, " af-unspec"},
                                     {XFRM_STATE_ALIGN4, " align4"},
                                     {XFRM_STATE_ESN, " esn"}};
    static constexpr Word extra[] = {{XFRM_SA_XFLAG_DONT_ENCAP_DSCP, " dont-encap-dscp"},
                                     {XFRM_SA_XFLAG_OSEQ_MAY_WRAP, " oseq-may-wrap"}};
    const std::uint32_t flags = state.flags | (state.replay.extended ? XFRM_STATE_ESN : 0U);
    if (flags != 0) out += " flag";
    for (const auto& [flag, name] : words)
        if ((flags & flag) != 0) out += name;
    if (state.extra_flags.value_or(0) != 0) out += " extra_flag";
    for (const auto& [flag, name] : extra)
        if ((state.extra_flags.value_or(0) & flag) != 0) out += name;
}

inline std::string name_of(std::uint16_t encapsulation) {
    switch (encapsulation) {
        case UDP_ENCAP_ESPINUDP_NON_IKE:
            return "espinudp-nonike";
        case UDP_ENCAP_ESPINUDP:
            return "espinudp";
        case 7:  // TCP_ENCAP_ESPINTCP
            return "espintcp";
        default:
            return std::to_string(encapsulation);
    }
}

}  // namespace message

VETHPP_INLINE void XfrmState::complete(xfrm_usersa_info& header) const noexcept {
    const unsigned family = is_v6() ? AF_INET6 : AF_INET;
    header.family = static_cast<__u16>(family);
    header.id.daddr = message::to_kernel(destination);
    header.id.spi = htonl(spi);
    header.id.proto = static_cast<__u8>(protocol);
    if (source) header.saddr = message::to_kernel(*source);
    header.sel = message::to_kernel(selector, AF_UNSPEC);
    header.lft = message::to_kernel(limits);
    if (!message::LongReplay::has(replay)) header.replay_window = static_cast<__u8>(replay.window);
    header.flags = static_cast<__u8>(flags | (replay.extended ? XFRM_STATE_ESN : 0U));
}

VETHPP_INLINE void XfrmState::adopt(const xfrm_usersa_info& header) {
    source = message::from_kernel(header.saddr, header.family);
    destination = message::from_kernel(header.id.daddr, header.family).value_or(IpAddress{});
    protocol = static_cast<XfrmProtocol>(header.id.proto);
    spi = ntohl(header.id.spi);
    selector = message::from_kernel(header.sel);
    limits = message::from_kernel(header.lft);
    if (header.replay_window != 0) replay.window = header.replay_window;
    replay.extended = (header.flags & XFRM_STATE_ESN) != 0;
    flags = header.flags & ~std::uint32_t{XFRM_STATE_ESN};
    use = {.bytes = header.curlft.bytes,
           .packets = header.curlft.packets,
           .replayed = header.stats.replay,
           .integrity_failed = header.stats.integrity_failed};
}

VETHPP_INLINE std::string XfrmState::name() const {
    return detail::concat({"src ",
                           source    ? source->to_string()
                           : is_v6() ? std::string{"::"}
                                     : std::string{"0.0.0.0"},
                           " dst ",
                           destination.to_string(),
                           " proto ",
                           vethpp::to_string(protocol),
                           " spi 0x",
                           detail::hex(spi, 8)});
}

VETHPP_INLINE std::string XfrmState::to_string() const {
    std::string out = detail::concat({name(),
                                      " reqid ",
                                      std::to_string(request_id),
                                      " mode ",
                                      vethpp::to_string(mode),
                                      " replay-window ",
                                      std::to_string(replay.window)});
    message::append_flags(out, *this);
    message::append(out, " mark ", mark);
    if (output_mark)
        message::append(
            out,
            " output-mark ",
            XfrmMark{.value = *output_mark, .mask = output_mark_mask.value_or(0xffffffffU)});
    const auto algorithm = [&](const char* what, const std::optional<XfrmAlgorithm>& which) {
        if (which) out += what + vethpp::to_string(*which);
    };
    algorithm(" auth-trunc ", authentication);
    algorithm(" aead ", aead);
    algorithm(" enc ", encryption);
    algorithm(" comp ", compression);
    if (encapsulation)
        out += detail::concat({" encap type ",
                               message::name_of(encapsulation->type),
                               " sport ",
                               std::to_string(encapsulation->source_port),
                               " dport ",
                               std::to_string(encapsulation->destination_port)});
    message::append(out, offload);
    if (if_id) out += " if_id " + message::hex_number(*if_id);
    if (padding) out += " tfcpad " + std::to_string(*padding);
    return out + " sel " + selector.to_string();
}

}  // namespace vethpp
