// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/wire/reader.hpp>

#include <cstdint>
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

    [[nodiscard]] Step sent(error_code ec);
    [[nodiscard]] Step received(error_code ec, const Datagram& datagram);

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
    [[nodiscard]] Step accept(const wire::RawMessage& message);
    [[nodiscard]] Step answer(std::size_t index, Answer&& parsed);
    [[nodiscard]] Step finish(error_code ec);

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

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/exchange.ipp>
#endif
