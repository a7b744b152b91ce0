// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "bytes.hpp"
#include <vethpp/netlink/session.hpp>

#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace vethpp_test {

/// A transport without a kernel behind it: keeps each message that is sent, with its sequence
/// number set to zero, and answers it with success; before that, with the objects that the test put
/// there.
class Recorder final : public vethpp::netlink::Transport {
public:
    struct Record {
        std::vector<ByteVector> messages{};
        std::size_t datagrams = 0;
        std::vector<std::pair<std::uint16_t, ByteVector>> objects{};  // type and payload
    };

    explicit Recorder(std::shared_ptr<Record> record) : record_{std::move(record)} {}

    void send(vethpp::wire::Bytes datagram, vethpp::error_code& ec) override {
        ec = {};
        ++record_->datagrams;
        vethpp::wire::Messages messages{datagram};
        for (const auto& message : messages) {
            auto& kept = record_->messages.emplace_back(sizeof(nlmsghdr) + message.payload.size());
            nlmsghdr header = message.header;
            const std::uint32_t sequence = std::exchange(header.nlmsg_seq, 0);
            std::memcpy(kept.data(), &header, sizeof header);
            std::memcpy(
                kept.data() + sizeof header, message.payload.data(), message.payload.size());
            for (const auto& [type, payload] : record_->objects) answer(type, sequence, payload);
            const bool dump = (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
            answer(
                dump ? NLMSG_DONE : NLMSG_ERROR, sequence, ByteVector(dump ? 4 : sizeof(nlmsgerr)));
        }
        REQUIRE_FALSE(messages.malformed());
    }

    vethpp::netlink::Datagram receive(std::span<std::byte> buffer,
                                      vethpp::error_code& ec) override {
        ec = {};
        if (answers_.empty()) {
            ec = {EAGAIN, boost::system::system_category()};
            return {};
        }
        const ByteVector datagram = std::move(answers_.front());
        answers_.pop_front();
        std::memcpy(buffer.data(), datagram.data(), datagram.size());
        return {.buffer = buffer, .size = datagram.size()};
    }

    [[nodiscard]] std::uint32_t port() const noexcept override { return 0; }
    [[nodiscard]] int native_handle() const noexcept override { return -1; }

private:
    void answer(std::uint16_t type, std::uint32_t sequence, const ByteVector& payload) {
        ByteVector datagram(4096);
        vethpp::wire::Writer writer{datagram};
        writer.message(type, 0, sequence, [&](vethpp::wire::Writer& w) {
            w.bytes(payload.data(), payload.size());
        });
        datagram.resize(writer.size());
        answers_.push_back(std::move(datagram));
    }

    std::shared_ptr<Record> record_;
    std::deque<ByteVector> answers_{};
};

/// The messages that a function sends over the session that it is given.
template <class F>
std::vector<ByteVector> sent_by(F&& function,
                                std::vector<std::pair<std::uint16_t, ByteVector>> objects = {}) {
    auto record = std::make_shared<Recorder::Record>();
    record->objects = std::move(objects);
    vethpp::netlink::Session session{std::make_unique<Recorder>(record)};
    function(session);
    return std::move(record->messages);
}

}  // namespace vethpp_test
