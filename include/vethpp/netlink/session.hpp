// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/exchange.hpp>
#include <vethpp/netlink/transport.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/wire/writer.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <linux/netlink.h>
#include <memory>
#include <mutex>
#include <string>
#include <sys/random.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace vethpp::netlink {

/// What a request is: the message type (RTM_*), its flags beside NLM_F_REQUEST and NLM_F_ACK, and
/// how to name the attribute that an extended acknowledgement points at.
struct RequestType {
    using NameAttribute = std::string (*)(wire::Bytes payload, std::size_t offset);
    std::uint16_t type = 0;
    std::uint16_t flags = 0;
    NameAttribute name_attribute = nullptr;
};

/// Requests and dumps over one transport: sequence numbers, buffers, retries.
///
/// Blocking: a request is carried out inside send(2) on the calling thread; there is no timeout,
/// because nothing could be undone by one. Several threads may use one session; they take turns.
/// After fork(2) the child's copy refuses to work, so that it cannot take the parent's answers or
/// remove the parent's links.
class Session {
public:
    /// Objects that come with an answer. It runs while the session is locked and must not use it.
    using OnObject = detail::FunctionRef<void(const wire::RawMessage&)>;
    /// Writes the payload of a request.
    using WriteOne = detail::FunctionRef<void(wire::Writer&)>;
    /// Writes the payload of request number `index` of a batch.
    using WritePayload = detail::FunctionRef<void(wire::Writer&, std::size_t index)>;
    using TypeOf = detail::FunctionRef<const RequestType&(std::size_t index)>;
    using OnBatchObject = detail::FunctionRef<void(std::size_t index, const wire::RawMessage&)>;
    using OnFailure = detail::FunctionRef<void(std::size_t index, Failure&&)>;

    static constexpr std::size_t request_size = 16384;
    static constexpr std::size_t reply_size = 32768;  ///< the kernel's largest part of a dump
    /// Answers wait in a receive buffer of 212,992 bytes by default. An acknowledgement takes 832
    /// of them, and one with an object, such as a bridge, 5 KiB: 64 a send of the former leave
    /// room, and 21 of the latter.
    static constexpr std::size_t batch_limit = 64;
    static constexpr int dump_attempts = 10;

    explicit Session(std::unique_ptr<Transport> transport)
        : transport_{std::move(transport)}, owner_{::getpid()} {
        // Random, so that a message meant for another socket with our port id never looks like
        // ours.
        if (::getrandom(&sequence_, sizeof sequence_, 0) < 0) sequence_ = 1;
    }

    [[nodiscard]] Transport& transport() noexcept { return *transport_; }

    /// Sends one request and waits for its answer. Returns whether the request was sent: if so, the
    /// kernel may have acted even on failure.
    bool request(const RequestType& type, WriteOne write, OnObject on_object, Failure& failure) {
        if (!ours(failure) || failure) return false;
        const std::lock_guard lock{mutex_};
        bool interrupted = false;
        return attempt(type, write, on_object, failure, interrupted);
    }
    bool request(const RequestType& type, WriteOne write, Failure& failure) {
        return request(
            type, write, [](const wire::RawMessage&) {}, failure);
    }

    /// Lists objects. restart() is called before each attempt and forgets what came before: a
    /// listing that changed while it was read, or of which something was lost, is read again, up to
    /// 10 times (dump_interrupted).
    void dump(const RequestType& type,
              WriteOne write,
              detail::FunctionRef<void()> restart,
              OnObject on_object,
              Failure& failure) {
        if (!ours(failure)) return;
        RequestType dump = type;
        dump.flags |= NLM_F_DUMP;
        const std::lock_guard lock{mutex_};
        bool again = true;
        for (int i = 0; again && i < dump_attempts; ++i) {
            failure.code = {};
            bool interrupted = false;
            restart();
            bool sent = false;
            try {
                sent = attempt(dump, write, on_object, failure, interrupted);
            } catch (...) {  // of on_object: no memory for what it keeps
                drain();
                throw;
            }
            // The buffer has grown by now, so a second attempt gets the whole of it.
            again = interrupted || failure.code == errc::truncated_reply;
            if (failure && sent) drain();
        }
        if (again && !failure) failure.fail(errc::dump_interrupted);
    }

    /// Sends requests 0 to count - 1, many in one datagram, and reports each that fails; a failed
    /// one does not stop the others.
    void batch(std::size_t count,
               TypeOf type,
               WritePayload write,
               OnBatchObject on_object,
               OnFailure on_failure) {
        if (Failure foreign; !ours(foreign)) {
            for (std::size_t i = 0; i < count; ++i) on_failure(i, Failure{foreign});
            return;
        }
        const std::lock_guard lock{mutex_};
        for (std::size_t done = 0; done < count;)
            done += send_some(done, count, type, write, on_object, on_failure);
    }
    void batch(const RequestType& type,
               std::size_t count,
               WritePayload write,
               OnFailure on_failure) {
        const auto same = [&type](std::size_t) -> const RequestType& { return type; };
        batch(count, same, write, ignore, on_failure);
    }

    /// Whether the kernel is expected to echo what was created (NLM_F_ECHO for links: Linux 6.2).
    [[nodiscard]] bool expects_echo() const noexcept { return expects_echo_; }
    void expect_echo(bool expected) noexcept { expects_echo_ = expected; }

private:
    static constexpr auto ignore = [](std::size_t, const wire::RawMessage&) {};

    // Asked before the lock is taken: in a child, a thread that is not there any more may hold it.
    [[nodiscard]] bool ours(Failure& failure) const {
        if (::getpid() == owner_) return true;
        failure.fail(errc::used_after_fork);
        return false;
    }

    void append(wire::Writer& writer, const RequestType& type, WriteOne body) {
        const auto flags = static_cast<std::uint16_t>(type.flags | NLM_F_REQUEST | NLM_F_ACK);
        writer.message(type.type, flags, sequence_++, body);
    }

    // Sequence numbers of one send are consecutive, and 0 belongs to events.
    void reserve_sequence(std::size_t count) noexcept {
        if (sequence_ == 0 || sequence_ > std::numeric_limits<std::uint32_t>::max() - count)
            sequence_ = 1;
    }

    // How many acknowledgements an answer counts for: questions (RTM_GET*) and echoes are more.
    [[nodiscard]] static std::size_t weight(const RequestType& type) noexcept {
        constexpr unsigned question = 2;
        return (type.type & 3U) == question || (type.flags & NLM_F_ECHO) != 0 ? 3 : 1;
    }

    // As many requests as fit into one send, and their answers into the receive buffer; returns how
    // many are done with.
    std::size_t send_some(std::size_t done,
                          std::size_t count,
                          TypeOf type,
                          WritePayload write,
                          OnBatchObject on_object,
                          OnFailure on_failure) {
        reserve_sequence(batch_limit);
        const std::uint32_t first = sequence_;
        wire::Writer writer{request_};
        std::array<std::size_t, batch_limit> starts{};
        std::size_t n = 0;
        std::size_t weight_of_answers = 0;
        while (n < batch_limit && done + n < count) {
            const RequestType& one = type(done + n);
            weight_of_answers += weight(one);
            if (weight_of_answers > batch_limit) break;
            wire::Writer attempt = writer;  // one that does not fit leaves no trace
            append(attempt, one, [&](wire::Writer& w) { write(w, done + n); });
            if (attempt.overflow()) break;
            starts[n++] = writer.size();
            writer = attempt;
        }
        sequence_ = first + static_cast<std::uint32_t>(n);
        if (n == 0) {
            Failure failure;
            failure.fail(errc::request_too_large);
            on_failure(done, std::move(failure));
            return 1;
        }
        const auto object = [&](std::size_t index, const wire::RawMessage& message) {
            on_object(done + index, message);
        };
        const auto answered = [&](std::size_t index, const Answer& answer) {
            if (!answer.code) return;
            Failure failure;
            explain(type(done + index), writer.written().subspan(starts[index]), answer, failure);
            on_failure(done + index, std::move(failure));
        };
        Exchange exchange{first, n, transport_->port(), object, answered};
        drive(exchange, writer.written());
        return n;
    }

    // One request, under the lock; the objects of the answer go to on_object.
    bool attempt(const RequestType& type,
                 WriteOne write,
                 OnObject on_object,
                 Failure& failure,
                 bool& interrupted) {
        reserve_sequence(1);
        const std::uint32_t first = sequence_;
        wire::Writer writer{request_};
        append(writer, type, write);
        if (writer.overflow()) {
            failure.fail(errc::request_too_large);
            return false;
        }
        const auto object = [&](std::size_t, const wire::RawMessage& m) { on_object(m); };
        const auto answered = [&](std::size_t, const Answer& answer) {
            if (answer.code) explain(type, writer.written(), answer, failure);
        };
        Exchange exchange{first, 1, transport_->port(), object, answered};
        drive(exchange, writer.written());
        if (exchange.needed() > reply_.size()) reply_.resize(exchange.needed());
        interrupted = exchange.interrupted() || exchange.lost();
        return exchange.sent();
    }

    // A dump that is given up half-way would make the next one fail with EBUSY.
    void drain() {
        for (int guard = 0; guard < 100000; ++guard) {
            error_code ec;
            transport_->receive(reply_, ec);
            // A loss is reported ahead of what is still queued.
            if (ec && ec != boost::system::errc::no_buffer_space &&
                ec != boost::system::errc::interrupted)
                return;
        }
    }

    void drive(Exchange& exchange, wire::Bytes request) {
        using Step = Exchange::Step;
        for (Step step = exchange.start(); step != Step::done;) {
            error_code ec;
            if (step == Step::send) {
                transport_->send(request, ec);
                step = exchange.sent(ec);
            } else {
                const Datagram datagram = transport_->receive(reply_, ec);
                step = exchange.received(ec, datagram);
            }
        }
    }

    static void explain(const RequestType& type,
                        wire::Bytes message,
                        const Answer& answer,
                        Failure& failure) {
        failure.fail(answer.code);
        failure.context.kernel_message = answer.ack.message;
        if (!answer.ack.offset || *answer.ack.offset < sizeof(nlmsghdr)) return;
        if (type.name_attribute == nullptr || message.size() < sizeof(nlmsghdr)) return;
        failure.context.attribute = type.name_attribute(wire::after(message, sizeof(nlmsghdr)),
                                                        *answer.ack.offset - sizeof(nlmsghdr));
    }

    std::unique_ptr<Transport> transport_;
    pid_t owner_;
    std::mutex mutex_;
    std::atomic<bool> expects_echo_ = true;
    std::uint32_t sequence_ = 0;
    std::array<std::byte, request_size> request_;
    std::vector<std::byte> reply_ = std::vector<std::byte>(reply_size);
};

}  // namespace vethpp::netlink
