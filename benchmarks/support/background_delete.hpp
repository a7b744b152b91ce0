// SPDX-License-Identifier: BSL-1.0
#pragma once

// Two ways to delete a link in bare system calls without waiting for the kernel's grace period: a
// thread that sends the request, and io_uring(7), whose worker does. Both return at the event that
// says that the link has gone.

#include "bare_networks.hpp"

#include <atomic>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <thread>

namespace bench {

class BackgroundDelete {
public:
    BackgroundDelete() : sender_{bare::open_socket()}, events_{bare::open_socket()} {
        const int group = RTNLGRP_LINK;
        bare::must(::setsockopt(events_, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group),
                   "subscribe");
        io_uring_params parameters{};
        ring_ = static_cast<int>(::syscall(SYS_io_uring_setup, 8, &parameters));
        if (ring_ >= 0) map(parameters);
    }
    ~BackgroundDelete() {
        if (ring_ >= 0) ::close(ring_);
        ::close(events_);
        ::close(sender_);
    }
    BackgroundDelete(const BackgroundDelete&) = delete;
    BackgroundDelete& operator=(const BackgroundDelete&) = delete;

    [[nodiscard]] bool has_uring() const noexcept { return ring_ >= 0; }

    void by_thread(int index) {
        forget_events();
        std::thread{[socket = bare::open_socket(), message = bare::delete_link(index)] {
            bare::request(socket, message, "delete");
            ::close(socket);
        }}.detach();
        wait_for(index);
    }

    void by_uring(int index) {
        forget_events();
        message_ = bare::delete_link(index);
        const unsigned tail = *submission_tail_;
        io_uring_sqe& entry = entries_[tail & submission_mask_];
        entry = {};
        entry.opcode = IORING_OP_SEND;
        entry.flags = IOSQE_ASYNC;  // by a worker, at once
        entry.fd = sender_;
        entry.addr = reinterpret_cast<std::uintptr_t>(message_.data());
        entry.len = static_cast<std::uint32_t>(message_.size());
        array_[tail & submission_mask_] = tail & submission_mask_;
        std::atomic_ref{*submission_tail_}.store(tail + 1, std::memory_order_release);
        bare::must(::syscall(SYS_io_uring_enter, ring_, 1, 0, 0, nullptr, 0), "io_uring_enter");
        wait_for(index);
        *completion_head_ = std::atomic_ref{*completion_tail_}.load(std::memory_order_acquire);
    }

private:
    void map(const io_uring_params& parameters) {
        const auto size = parameters.sq_off.array + parameters.sq_entries * sizeof(unsigned);
        const auto completions =
            parameters.cq_off.cqes + parameters.cq_entries * sizeof(io_uring_cqe);
        char* const submission = at(size, IORING_OFF_SQ_RING);
        char* const completion = at(completions, IORING_OFF_CQ_RING);
        entries_ = reinterpret_cast<io_uring_sqe*>(
            at(parameters.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
        submission_tail_ = reinterpret_cast<unsigned*>(submission + parameters.sq_off.tail);
        submission_mask_ = *reinterpret_cast<unsigned*>(submission + parameters.sq_off.ring_mask);
        array_ = reinterpret_cast<unsigned*>(submission + parameters.sq_off.array);
        completion_head_ = reinterpret_cast<unsigned*>(completion + parameters.cq_off.head);
        completion_tail_ = reinterpret_cast<unsigned*>(completion + parameters.cq_off.tail);
    }
    [[nodiscard]] char* at(std::size_t size, off_t offset) const {
        void* const memory =
            ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_, offset);
        if (memory == MAP_FAILED) bare::fail("map the ring");
        return static_cast<char*>(memory);
    }
    void forget_events() const {
        std::array<unsigned char, 16384> buffer;
        while (::recv(events_, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
        }
    }
    void wait_for(int index) const {
        std::array<unsigned char, 16384> buffer;
        for (;;) {
            bare::must(::recv(events_, buffer.data(), buffer.size(), 0), "events");
            nlmsghdr header;
            ifinfomsg link;
            std::memcpy(&header, buffer.data(), sizeof header);
            std::memcpy(&link, buffer.data() + sizeof header, sizeof link);
            if (header.nlmsg_type == RTM_DELLINK && link.ifi_index == index) return;
        }
    }

    int sender_;
    int events_;
    int ring_ = -1;
    bare::Message message_ = bare::delete_link(0);
    io_uring_sqe* entries_ = nullptr;
    unsigned* submission_tail_ = nullptr;
    unsigned submission_mask_ = 0;
    unsigned* array_ = nullptr;
    unsigned* completion_head_ = nullptr;
    unsigned* completion_tail_ = nullptr;
};

}  // namespace bench
