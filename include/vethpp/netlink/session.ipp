// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/random.hpp>
#include <vethpp/netlink/session.hpp>

#include <limits>
#include <linux/netlink.h>
#include <utility>

namespace vethpp::netlink {

VETHPP_INLINE Session::Session(std::unique_ptr<Transport> transport, Prelude* prelude)
    : transport_{std::move(transport)},
      prelude_{prelude},
      // Random, so that a message meant for another socket with our port id never looks like ours.
      sequence_{static_cast<std::uint32_t>(detail::random_bits())} {
    BackgroundSend::prepare();
}

VETHPP_INLINE void Session::check_is_ours(Failure& failure) const {
    if (!birthplace_.is_here()) failure.fail(errc::used_after_fork);
}

// Asked before the lock is taken: in a child, a thread that is not there any more may hold it.
VETHPP_INLINE bool Session::may_go_on(const RequestType& type, Failure& failure) {
    check_is_ours(failure);
    if (!failure && prelude_ != nullptr && type.has_prelude) prelude_->before_request(*this);
    return !failure;
}

// RTM_GET*
[[nodiscard]] inline bool is_question(const RequestType& type) noexcept {
    constexpr unsigned question = 2;
    return type.type_tells && (type.type & 3U) == question;
}

VETHPP_INLINE bool Session::request(const RequestType& type,
                                    WriteOne write,
                                    OnObject on_object,
                                    Failure& failure) {
    if (!may_go_on(type, failure)) return false;
    const std::lock_guard lock{mutex_};
    bool interrupted = false;
    Failure once;
    bool sent = attempt(type, write, on_object, once, interrupted);
    // The buffer has grown by now, and asking again changes nothing.
    if (once.code == errc::truncated_reply && is_question(type)) {
        once = {};
        sent = attempt(type, write, on_object, once, interrupted);
    }
    failure.take(std::move(once));
    return sent;
}

VETHPP_INLINE bool Session::request(const RequestType& type, WriteOne write, Failure& failure) {
    return request(type, write, {}, failure);
}

VETHPP_INLINE void Session::dump(const RequestType& type,
                                 WriteOne write,
                                 detail::FunctionRef<void()> restart,
                                 OnObject on_object,
                                 Failure& failure,
                                 int attempts) {
    if (!may_go_on(type, failure)) return;
    RequestType dump = type;
    dump.flags |= NLM_F_DUMP;
    const std::lock_guard lock{mutex_};
    for (int i = 0; i < attempts; ++i) {
        Failure once;
        bool interrupted = false;
        bool sent = false;
        restart();
        try {
            sent = attempt(dump, write, on_object, once, interrupted);
        } catch (...) {  // of on_object: no memory for what it keeps
            drain();
            throw;
        }
        if (once && sent) drain();
        // The buffer has grown by now, so a second attempt gets the whole of it.
        if (interrupted || once.code == errc::truncated_reply) {
            if (i + 1 < attempts || !once) continue;
        }
        failure.take(std::move(once));
        return;
    }
    failure.fail(errc::dump_interrupted);
}

VETHPP_INLINE void Session::batch(std::size_t count,
                                  TypeOf type,
                                  WritePayload write,
                                  OnBatchObject on_object,
                                  OnFailure on_failure,
                                  Failure& failure) {
    check_is_ours(failure);
    if (failure || count == 0 || !may_go_on(type(0), failure)) return;
    const auto report = [&](std::size_t index, const Failure& one) {
        if (on_failure) on_failure(index, one);
        failure.take(Failure{one});
    };
    const std::lock_guard lock{mutex_};
    for (std::size_t done = 0; done < count;)
        done += send_some(done, count, type, write, on_object, report);
}

VETHPP_INLINE void Session::batch(const RequestType& type,
                                  std::size_t count,
                                  WritePayload write,
                                  OnFailure on_failure,
                                  Failure& failure) {
    const auto same = [one = &type](std::size_t) -> const RequestType& { return *one; };
    batch(count, same, write, {}, on_failure, failure);
}

VETHPP_INLINE void Session::append(wire::Writer& writer, const RequestType& type, WriteOne body) {
    const auto flags = static_cast<std::uint16_t>(type.flags | NLM_F_REQUEST | NLM_F_ACK);
    writer.message(type.type, flags, sequence_++, body);
}

// Sequence numbers of one send are consecutive, and 0 belongs to events.
VETHPP_INLINE void Session::reserve_sequence(std::size_t count) noexcept {
    if (sequence_ == 0 || sequence_ > std::numeric_limits<std::uint32_t>::max() - count)
        sequence_ = 1;
}

// How many acknowledgements an answer counts for: questions and echoes are more.
[[nodiscard]] inline std::size_t weight(const RequestType& type) noexcept {
    return is_question(type) || (type.flags & NLM_F_ECHO) != 0 ? 3 : 1;
}

inline void explain(const RequestType& type,
                    wire::Bytes message,
                    const Answer& answer,
                    Failure& failure) {
    failure.fail(answer.code);
    failure.context.kernel_message = answer.ack.message;
    if (failure.code == boost::system::errc::operation_not_permitted)
        failure.explain("CAP_NET_ADMIN is needed in the namespace");
    if (!answer.ack.offset || *answer.ack.offset < sizeof(nlmsghdr)) return;
    if (type.names == nullptr || message.size() < sizeof(nlmsghdr)) return;
    failure.context.attribute = type.names->at(wire::after(message, sizeof(nlmsghdr)),
                                               *answer.ack.offset - sizeof(nlmsghdr));
}

// Whether a codec had no way to say a value.
[[nodiscard]] inline bool is_refused(const RequestType& type,
                                     const wire::Writer& writer,
                                     std::size_t start,
                                     Failure& failure) {
    if (writer.refusal().empty()) return false;
    failure.fail(errc::invalid_option, std::string{writer.refusal()});
    constexpr std::size_t header = sizeof(nlmsghdr);
    const std::size_t offset = writer.refused_at() - start;
    if (type.names != nullptr && offset >= header)
        failure.context.attribute =
            type.names->at(wire::after(writer.written().subspan(start), header), offset - header);
    return true;
}

// As many requests as fit into one send, and their answers into the receive buffer; returns how
// many are done with.
VETHPP_INLINE std::size_t Session::send_some(std::size_t done,
                                             std::size_t count,
                                             TypeOf type,
                                             WritePayload write,
                                             OnBatchObject on_object,
                                             OnFailure on_failure) {
    reserve_sequence(batch_limit);
    const std::uint32_t first = sequence_;
    wire::Writer writer{request_};
    std::size_t starts[batch_limit];
    std::size_t n = 0;
    std::size_t weight_of_answers = 0;
    while (n < batch_limit && done + n < count) {
        const RequestType& one = type(done + n);
        weight_of_answers += weight(one);
        if (weight_of_answers > batch_limit) break;
        wire::Writer attempt = writer;  // one that does not fit leaves no trace
        const auto body = [&](wire::Writer& w) { write(w, done + n); };
        append(attempt, one, body);
        if (attempt.overflow() || (n != 0 && !attempt.refusal().empty())) break;
        if (Failure failure; is_refused(one, attempt, writer.size(), failure)) {
            on_failure(done, failure);
            return 1;
        }
        starts[n++] = writer.size();
        writer = attempt;
    }
    sequence_ = first + static_cast<std::uint32_t>(n);
    if (n == 0) {
        Failure failure;
        failure.fail(errc::request_too_large);
        on_failure(done, failure);
        return 1;
    }
    const auto object = [&](std::size_t index, const wire::RawMessage& message) {
        if (on_object) on_object(done + index, message);
    };
    const auto answered = [&](std::size_t index, const Answer& answer) {
        if (!answer.code) return;
        Failure failure;
        explain(type(done + index), writer.written().subspan(starts[index]), answer, failure);
        on_failure(done + index, failure);
    };
    Exchange exchange{first, n, transport_->port(), object, answered};
    drive(exchange, writer.written());
    return n;
}

// One request, under the lock; the objects of the answer go to on_object.
VETHPP_INLINE bool Session::attempt(const RequestType& type,
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
    if (is_refused(type, writer, 0, failure)) return false;
    const auto object = [&](std::size_t, const wire::RawMessage& m) {
        if (on_object) on_object(m);
    };
    const auto answered = [&](std::size_t, const Answer& answer) {
        if (answer.code) explain(type, writer.written(), answer, failure);
    };
    Exchange exchange{first, 1, transport_->port(), object, answered};
    drive(exchange, writer.written());
    if (exchange.needed() > reply_.size()) reply_.resize(exchange.needed());
    interrupted = exchange.interrupted() || exchange.lost();
    return exchange.sent();
}

VETHPP_INLINE Session::Progress Session::request_in_background(const RequestType& type,
                                                               WriteOne write,
                                                               std::span<const int> groups,
                                                               IsDone is_done,
                                                               Failure& failure) {
    if (!may_go_on(type, failure)) return Progress::finished;
    const std::lock_guard lock{mutex_};
    reserve_sequence(1);
    const std::uint32_t sequence = sequence_;
    wire::Writer writer{request_};
    // Without an acknowledgement: it would come when nobody waits for it any more.
    const auto flags = static_cast<std::uint16_t>(type.flags | NLM_F_REQUEST);
    writer.message(type.type, flags, sequence_++, write);
    if (writer.overflow() || !writer.refusal().empty()) return Progress::none;  // request() says so
    const auto object = [](std::size_t, const wire::RawMessage&) {};
    const auto answered = [&](std::size_t, const Answer& answer) {
        explain(type, writer.written(), answer, failure);
    };
    Exchange exchange{sequence, 1, transport_->port(), object, answered};

    const Progress progress = BackgroundRequest{*transport_, reply_, sequence}.run(
        writer.written(), groups, is_done, exchange, failure);
    drain();
    return progress;
}

// A dump that is given up half-way would make the next one fail with EBUSY.
VETHPP_INLINE void Session::drain() noexcept {
    for (int guard = 0; guard < 100000; ++guard) {
        error_code ec;
        transport_->receive(reply_, ec);
        // A loss is reported ahead of what is still queued.
        if (ec && ec != boost::system::errc::no_buffer_space &&
            ec != boost::system::errc::interrupted)
            return;
    }
}

VETHPP_INLINE void Session::drive(Exchange& exchange, wire::Bytes request) {
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

}  // namespace vethpp::netlink
