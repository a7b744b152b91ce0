// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_in.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/message/xfrm.hpp>
#include <vethpp/message/xfrm_algorithm.hpp>
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <optional>
#include <string>

namespace vethpp {

/// ESP inside UDP, through NATs (RFC 3948). Whoever receives needs a UDP socket on that port with
/// the option UDP_ENCAP (udp(7)), to which no policy applies.
struct XfrmEncapsulation {
    std::uint16_t source_port = 4500;
    std::uint16_t destination_port = 4500;
    std::uint16_t type = UDP_ENCAP_ESPINUDP;  ///< UDP_ENCAP_* of <linux/udp.h>
    friend bool operator==(const XfrmEncapsulation&, const XfrmEncapsulation&) = default;
};

/// Packets that come twice are dropped: those whose number is within the window, and older ones.
struct XfrmReplay {
    std::uint32_t window = 0;        ///< in packets, up to 4096; 0 takes all
    bool extended = false;           ///< numbers of 64 bits (ESN, RFC 4304); both ends agree on it
    std::uint64_t sequence = 0;      ///< the last one that was received
    std::uint64_t out_sequence = 0;  ///< the last one that was sent
    friend bool operator==(const XfrmReplay&, const XfrmReplay&) = default;
};

namespace message {

/// In XFRMA_REPLAY_ESN_VAL, where it is more than the header can say.
struct LongReplay {
    using Value = XfrmReplay;
    static bool has(const XfrmReplay& v) noexcept { return v.extended || v.window > 32; }
    static void write(wire::Writer& w, std::uint16_t id, const XfrmReplay& v) noexcept;
    static bool read(wire::Bytes bytes, XfrmReplay& v) noexcept;
};
/// In XFRMA_REPLAY_VAL otherwise.
struct ShortReplay {
    using Value = XfrmReplay;
    static void write(wire::Writer& w, std::uint16_t id, const XfrmReplay& v) noexcept;
    static bool read(wire::Bytes bytes, XfrmReplay& v) noexcept;
};
struct Encapsulated {
    using Value = XfrmEncapsulation;
    static void write(wire::Writer& w, std::uint16_t id, const XfrmEncapsulation& v) noexcept;
    static bool read(wire::Bytes bytes, XfrmEncapsulation& v) noexcept;
};

}  // namespace message

/// A state, or security association: how packets of one direction are protected (ip-xfrm(8)). A
/// state is known by its destination, protocol, SPI and mark.
struct XfrmState {
    std::optional<IpAddress> source{};
    IpAddress destination{};
    XfrmProtocol protocol = XfrmProtocol::esp;
    std::uint32_t spi = 0;
    XfrmMode mode = XfrmMode::transport;
    std::uint32_t request_id = 0;  ///< by which the template of a policy finds it
    std::optional<XfrmAlgorithm> authentication{};
    std::optional<XfrmAlgorithm> encryption{};
    std::optional<XfrmAlgorithm> aead{};  ///< both in one
    std::optional<XfrmAlgorithm> compression{};
    std::optional<XfrmEncapsulation> encapsulation{};
    XfrmReplay replay{};
    std::optional<XfrmMark> mark{};
    std::optional<std::uint32_t> if_id{};  ///< of the xfrm link whose packets are meant
    /// Of what is inside; without an address, of the family of the outside. What carries IPv6 in
    /// IPv4 needs one, such as {.source = "::/0"}, or XFRM_STATE_AF_UNSPEC.
    XfrmSelector selector{};
    std::uint32_t flags = 0;  ///< XFRM_STATE_*, but that of the extended sequence numbers
    std::optional<std::uint32_t> extra_flags{};  ///< XFRM_SA_XFLAG_*
    XfrmLimits limits{};
    std::optional<std::uint32_t> output_mark{};  ///< what its packets are marked by
    std::optional<std::uint32_t> output_mark_mask{};
    std::optional<std::uint32_t> padding{};  ///< to that length, against analysis of traffic
    std::optional<XfrmOffload> offload{};
    XfrmUse use{};

    [[nodiscard]] bool is_v6() const noexcept { return destination.is_v6(); }
    /// "src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000100 reqid 7 mode tunnel ...": as
    /// `ip xfrm state list nokeys`, on one line. Keys are never shown.
    [[nodiscard]] std::string to_string() const;
    /// What it is known by: "src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000100".
    [[nodiscard]] std::string name() const;
    friend bool operator==(const XfrmState&, const XfrmState&) = default;

    void complete(xfrm_usersa_info& header) const noexcept;
    void adopt(const xfrm_usersa_info& header);
    static constexpr auto header() {
        using wire::Fixed;
        return wire::Header<xfrm_usersa_info,
                            Fixed<&XfrmState::mode, &xfrm_usersa_info::mode, "mode">,
                            Fixed<&XfrmState::request_id, &xfrm_usersa_info::reqid, "reqid">>{};
    }
    static constexpr auto fields() {
        using message::U32, message::Algorithm;
        using S = XfrmState;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&S::authentication, Attribute<XFRMA_ALG_AUTH_TRUNC, Algorithm<true>, "auth">>,
            Field<&S::encryption, Attribute<XFRMA_ALG_CRYPT, Algorithm<false>, "enc">>,
            Field<&S::aead, Attribute<XFRMA_ALG_AEAD, Algorithm<true>, "aead">>,
            Field<&S::compression, Attribute<XFRMA_ALG_COMP, Algorithm<false>, "comp">>,
            Field<&S::encapsulation, Attribute<XFRMA_ENCAP, message::Encapsulated, "encap">>,
            Field<&S::replay, Attribute<XFRMA_REPLAY_VAL, message::ShortReplay, "replay">>,
            Field<&S::replay, Attribute<XFRMA_REPLAY_ESN_VAL, message::LongReplay, "replay_esn">>,
            Field<&S::mark, Attribute<XFRMA_MARK, message::Marked, "mark">>,
            Field<&S::if_id, Attribute<XFRMA_IF_ID, U32, "if_id">>,
            Field<&S::extra_flags, Attribute<XFRMA_SA_EXTRA_FLAGS, U32, "extra_flags">>,
            Field<&S::output_mark, Attribute<XFRMA_SET_MARK, U32, "output_mark">>,
            Field<&S::output_mark_mask, Attribute<XFRMA_SET_MARK_MASK, U32, "output_mark_mask">>,
            Field<&S::padding, Attribute<XFRMA_TFCPAD, U32, "padding">>,
            Field<&S::offload, Attribute<XFRMA_OFFLOAD_DEV, message::OffloadTo, "offload">>>{};
    }
};

namespace message {

/// By what a state is asked for.
struct XfrmStateKey {
    const XfrmState* state = nullptr;
    std::optional<IpAddress> source{};
    std::optional<XfrmMark> mark{};

    void complete(xfrm_usersa_id& header) const noexcept;
    static constexpr auto header() { return wire::Header<xfrm_usersa_id>{}; }
    static constexpr auto fields() {
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&XfrmStateKey::source, Attribute<XFRMA_SRCADDR, XfrmAddress, "source">>,
            Field<&XfrmStateKey::mark, Attribute<XFRMA_MARK, Marked, "mark">>>{};
    }
};

}  // namespace message
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/xfrm_state.ipp>
#endif
