// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/wire/reader.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <linux/netlink.h>
#include <optional>
#include <string_view>

namespace vethpp::netlink {

/// What the kernel adds to an answer (NETLINK_EXT_ACK); views into the received datagram.
struct ExtendedAck {
    std::string_view message{};  ///< of an error, or a warning beside a success
    std::optional<std::uint32_t>
        offset{};  ///< of the offending attribute, from its message's header
    std::optional<std::uint32_t> missing_type{};  ///< the attribute that should have been there
    std::optional<std::uint32_t> missing_nest{};  ///< the offset of the nest it is missing from
};

/// The kernel's answer to one request.
struct Answer {
    error_code code{};
    ExtendedAck ack{};
};

/// A received datagram. `size` is its real length: if it exceeds buffer.size(), the tail is lost.
struct Datagram {
    wire::Bytes buffer{};
    std::size_t size = 0;
    std::uint32_t sender = 0;  ///< port id from the socket address; 0 is the kernel
};

/// One send and everything that the kernel answers to it, without I/O: the caller performs each
/// step and hands the outcome back. The same object serves blocking and asynchronous callers.
///
/// A batch of n requests has consecutive sequence numbers and gets one answer each, in order. A
/// dump is one request whose answer is its NLMSG_DONE. What does not carry these sequence numbers,
/// or was not sent by the kernel, is skipped: stale answers of an abandoned exchange, forgeries.
class Exchange {
public:
    enum class Step { send, receive, done };

    /// An object that belongs to request number `index` of the batch.
    using OnMessage = detail::FunctionRef<void(std::size_t index, const wire::RawMessage&)>;
    using OnAnswer = detail::FunctionRef<void(std::size_t index, const Answer&)>;

    /// port: the socket's own port id, which the kernel puts into every answer; 0 to accept any.
    Exchange(std::uint32_t first_sequence,
             std::size_t count,
             std::uint32_t port,
             OnMessage on_message,
             OnAnswer on_answer) noexcept
        : first_{first_sequence},
          count_{count},
          port_{port},
          on_message_{on_message},
          on_answer_{on_answer} {}

    [[nodiscard]] Step start() noexcept { return count_ == 0 ? Step::done : Step::send; }

    [[nodiscard]] Step sent(error_code ec) {
        if (is(ec, EINTR)) return Step::send;
        if (ec) return finish(ec);
        sent_ = true;
        return Step::receive;
    }

    [[nodiscard]] Step received(error_code ec, const Datagram& datagram) {
        // The kernel has done the work when sendmsg(2) returns, and has queued its answers. An
        // empty queue means that they are lost; no timer is needed to find that out.
        if (is(ec, EAGAIN)) return finish(make_error_code(errc::reply_lost));
        if (is(ec, EINTR)) return Step::receive;
        // Reported ahead of what is still queued, and once for each loss.
        if (is(ec, ENOBUFS) && ++losses_ < max_losses) return Step::receive;
        if (ec) return finish(ec);
        if (datagram.sender != 0) return Step::receive;
        if (datagram.size > datagram.buffer.size()) {
            needed_ = std::max(needed_, datagram.size);
            return Step::receive;  // the answer itself comes in a datagram of its own
        }
        wire::Messages messages{datagram.buffer.first(datagram.size)};
        for (const auto& message : messages)
            if (accept(message) == Step::done) return Step::done;
        malformed_ = malformed_ || messages.malformed();
        return Step::receive;
    }

    /// The request left the process: the kernel may have carried it out even if answers are
    /// missing.
    [[nodiscard]] bool sent() const noexcept { return sent_; }
    /// Some part of a dump was flagged NLM_F_DUMP_INTR: its result is not a consistent snapshot.
    [[nodiscard]] bool interrupted() const noexcept { return interrupted_; }
    /// Something did not fit into the receive buffer (ENOBUFS): objects may be missing.
    [[nodiscard]] bool lost() const noexcept { return losses_ != 0; }
    /// The buffer that would have been needed, if a datagram was truncated; otherwise 0.
    [[nodiscard]] std::size_t needed() const noexcept { return needed_; }

private:
    static constexpr int max_losses = 64;

    [[nodiscard]] static bool is(const error_code& ec, int number) noexcept {
        return ec.value() == number && ec.category() == boost::system::system_category();
    }

    [[nodiscard]] Step accept(const wire::RawMessage& message) {
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

    [[nodiscard]] Step answer(std::size_t index, Answer&& parsed) {
        // Answers come in order, so those that were passed over will never come.
        while (next_ < index) on_answer_(next_++, {.code = make_error_code(errc::reply_lost)});
        if (!parsed.code && needed_ != 0) parsed.code = make_error_code(errc::truncated_reply);
        if (!parsed.code && malformed_) parsed.code = make_error_code(errc::malformed_reply);
        on_answer_(next_++, parsed);
        return next_ == count_ ? Step::done : Step::receive;
    }

    [[nodiscard]] Step finish(error_code ec) {
        if (needed_ != 0) ec = make_error_code(errc::truncated_reply);
        if (malformed_) ec = make_error_code(errc::malformed_reply);
        while (next_ < count_) on_answer_(next_++, {.code = ec});
        return Step::done;
    }

    [[nodiscard]] static Answer parse_error(const wire::RawMessage& message) {
        const auto number = wire::load<std::int32_t>(message.payload);
        const auto inner = wire::load<nlmsgerr>(message.payload);
        if (!inner) return {.code = make_error_code(errc::malformed_reply)};
        Answer result{.code = to_code(*number)};
        if ((message.header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return result;
        // Unless capped, the failed request stands between the error and the attributes.
        std::size_t skip = sizeof(nlmsgerr);
        if ((message.header.nlmsg_flags & NLM_F_CAPPED) == 0 && *number != 0)
            skip = sizeof(std::int32_t) + wire::align(inner->msg.nlmsg_len);
        parse_attributes(wire::after(message.payload, skip), result.ack);
        return result;
    }

    [[nodiscard]] static Answer parse_done(const wire::RawMessage& message) {
        // The kernel's documentation allows an end without a code; it means success.
        if (message.payload.empty()) return {};
        const auto number = wire::load<std::int32_t>(message.payload);
        if (!number) return {.code = make_error_code(errc::malformed_reply)};
        Answer result{.code = to_code(*number)};
        if ((message.header.nlmsg_flags & NLM_F_ACK_TLVS) != 0)
            parse_attributes(wire::after(message.payload, sizeof(std::int32_t)), result.ack);
        return result;
    }

    [[nodiscard]] static error_code to_code(std::int32_t number) noexcept {
        // The kernel sends negative errnos; what is not in their range cannot be negated blindly.
        if (number == 0) return {};
        if (number > 0 || number < -4095) return make_error_code(errc::malformed_reply);
        return {-number, boost::system::system_category()};
    }

    static void parse_attributes(wire::Bytes bytes, ExtendedAck& ack) {
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

    [[nodiscard]] static std::optional<std::uint32_t> number(wire::Bytes bytes) noexcept {
        return wire::load<std::uint32_t>(bytes);
    }

    std::uint32_t first_;
    std::size_t count_;
    std::uint32_t port_;
    OnMessage on_message_;
    OnAnswer on_answer_;
    std::size_t next_ = 0;
    std::size_t needed_ = 0;
    int losses_ = 0;
    bool sent_ = false;
    bool interrupted_ = false;
    bool malformed_ = false;
};

}  // namespace vethpp::netlink
