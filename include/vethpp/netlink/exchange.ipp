// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/exchange.hpp>

#include <cerrno>
#include <linux/netlink.h>

namespace vethpp::netlink {

inline constexpr int max_losses = 64;

[[nodiscard]] inline bool is_errno(const error_code& ec, int number) noexcept {
    return ec.value() == number && ec.category() == boost::system::system_category();
}

[[nodiscard]] inline std::optional<std::uint32_t> number(wire::Bytes bytes) noexcept {
    return wire::load<std::uint32_t>(bytes);
}

[[nodiscard]] inline error_code to_code(std::int32_t number) noexcept {
    // The kernel sends negative errnos; what is not in their range cannot be negated blindly.
    if (number == 0) return {};
    if (number > 0 || number < -4095) return make_error_code(errc::malformed_reply);
    return {-number, boost::system::system_category()};
}

inline void parse_attributes(wire::Bytes bytes, ExtendedAck& ack) {
    // Damage here costs the explanation, never the errno.
    wire::Attributes list{bytes};
    for (const auto& attribute : list) {
        switch (attribute.type) {
            case NLMSGERR_ATTR_MSG:
                ack.message = wire::text(attribute.payload);
                break;
            case NLMSGERR_ATTR_OFFS:
                ack.offset = number(attribute.payload);
                break;
            case NLMSGERR_ATTR_MISS_TYPE:
                ack.missing_type = number(attribute.payload);
                break;
            case NLMSGERR_ATTR_MISS_NEST:
                ack.missing_nest = number(attribute.payload);
                break;
            default:
                break;
        }
    }
}

[[nodiscard]] inline Answer parse_error(const wire::RawMessage& message) {
    nlmsgerr error{};
    if (!wire::load(message.payload, error))
        return {.code = make_error_code(errc::malformed_reply)};
    Answer result{.code = to_code(error.error)};
    if ((message.header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return result;
    // Unless capped, the failed request stands between the error and the attributes.
    std::size_t skip = sizeof(nlmsgerr);
    if ((message.header.nlmsg_flags & NLM_F_CAPPED) == 0 && error.error != 0)
        skip = sizeof error.error + wire::align(error.msg.nlmsg_len);
    parse_attributes(wire::after(message.payload, skip), result.ack);
    return result;
}

[[nodiscard]] inline Answer parse_done(const wire::RawMessage& message) {
    // The kernel's documentation allows an end without a code; it means success.
    if (message.payload.empty()) return {};
    std::int32_t number = 0;
    if (!wire::load(message.payload, number))
        return {.code = make_error_code(errc::malformed_reply)};
    Answer result{.code = to_code(number)};
    if ((message.header.nlmsg_flags & NLM_F_ACK_TLVS) != 0)
        parse_attributes(wire::after(message.payload, sizeof number), result.ack);
    return result;
}

VETHPP_INLINE Exchange::Step Exchange::sent(error_code ec) {
    if (is_errno(ec, EINTR)) return Step::send;
    if (ec) return finish(ec);
    sent_ = true;
    return Step::receive;
}

VETHPP_INLINE Exchange::Step Exchange::received(error_code ec, const Datagram& datagram) {
    // The kernel has done the work when sendmsg(2) returns, and has queued its answers. An
    // empty queue means that they are lost; no timer is needed to find that out.
    if (is_errno(ec, EAGAIN)) return finish(make_error_code(errc::reply_lost));
    if (is_errno(ec, EINTR)) return Step::receive;
    // Reported ahead of what is still queued, and once for each loss.
    if (is_errno(ec, ENOBUFS) && ++losses_ < max_losses) return Step::receive;
    if (ec) return finish(ec);
    if (datagram.sender != 0) return Step::receive;
    if (datagram.size > datagram.buffer.size()) {
        if (needed_ < datagram.size) needed_ = datagram.size;
        return Step::receive;  // the answer itself comes in a datagram of its own
    }
    wire::Messages messages{datagram.buffer.first(datagram.size)};
    for (const auto& message : messages)
        if (accept(message) == Step::done) return Step::done;
    malformed_ = malformed_ || messages.malformed();
    return Step::receive;
}

VETHPP_INLINE Exchange::Step Exchange::accept(const wire::RawMessage& message) {
    const std::size_t index = message.header.nlmsg_seq - first_;  // wraps like the counter does
    if (index >= count_ || index < next_) return Step::receive;
    if (port_ != 0 && message.header.nlmsg_pid != port_) return Step::receive;
    interrupted_ = interrupted_ || (message.header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    switch (message.header.nlmsg_type) {
        case NLMSG_NOOP:
            return Step::receive;
        case NLMSG_OVERRUN:
            return Step::receive;
        case NLMSG_ERROR:
            return answer(index, parse_error(message));
        case NLMSG_DONE:
            return answer(index, parse_done(message));
        default:
            on_message_(index, message);
            return Step::receive;
    }
}

VETHPP_INLINE Exchange::Step Exchange::answer(std::size_t index, Answer&& parsed) {
    // Answers come in order, so those that were passed over will never come.
    while (next_ < index) on_answer_(next_++, {.code = make_error_code(errc::reply_lost)});
    if (!parsed.code && needed_ != 0) parsed.code = make_error_code(errc::truncated_reply);
    if (!parsed.code && malformed_) parsed.code = make_error_code(errc::malformed_reply);
    on_answer_(next_++, parsed);
    return next_ == count_ ? Step::done : Step::receive;
}

VETHPP_INLINE Exchange::Step Exchange::finish(error_code ec) {
    if (needed_ != 0) ec = make_error_code(errc::truncated_reply);
    if (malformed_) ec = make_error_code(errc::malformed_reply);
    while (next_ < count_) on_answer_(next_++, {.code = ec});
    return Step::done;
}

}  // namespace vethpp::netlink
