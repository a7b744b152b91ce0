// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/blocked_signals.hpp>
#include <vethpp/base/config.hpp>
#include <vethpp/base/process.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/background_send.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <ctime>
#include <fcntl.h>
#include <mutex>
#include <new>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>
#include <utility>

namespace vethpp::netlink {

class SendingThreads;

struct BackgroundSend::Slot {
    enum class State { idle, sending, sent };

    SendingThreads* threads = nullptr;
    State state = State::idle;
    bool is_watched = false;  // somebody has yet to ask how it ended
    ::pid_t thread = 0;       // the one that was here last, when it had nothing left to do
    int socket = -1;
    int error = 0;
    std::size_t size = 0;
    std::array<std::byte, largest_size> message{};
};

/// The threads of this process that send.
class SendingThreads {
public:
    using Slot = BackgroundSend::Slot;

    /// Null without memory. Never destroyed, as static objects use it in their destructors; a child
    /// begins anew, because the threads of its parent are not there.
    [[nodiscard]] static SendingThreads* of_this_process() noexcept {
        SendingThreads* known = latest().load();
        if (known != nullptr && known->birthplace_.is_here()) return known;
        auto* const added = new (std::nothrow) SendingThreads{known};
        if (added == nullptr || latest().compare_exchange_strong(known, added)) return added;
        delete added;  // another thread was first
        return known;
    }
    /// Null if there are none yet.
    [[nodiscard]] static SendingThreads* known_here() noexcept {
        SendingThreads* const known = latest().load();
        return known != nullptr && known->birthplace_.is_here() ? known : nullptr;
    }

    [[nodiscard]] Slot* start(int socket, wire::Bytes message) noexcept {
        if (message.size() > BackgroundSend::largest_size) return nullptr;
        const std::lock_guard lock{mutex_};
        const auto slot = std::find_if(slots_.begin(), slots_.end(), is_free);
        if (closed_ || slot == slots_.end()) return nullptr;
        // One of its own: what the caller does with the socket, once the kernel has done the work,
        // cannot make the message go elsewhere.
        detail::UniqueFd own{::fcntl(socket, F_DUPFD_CLOEXEC, 0)};
        if (!own) return nullptr;
        slot->threads = this;
        slot->socket = own.get();
        slot->size = message.size();
        std::copy(message.begin(), message.end(), slot->message.begin());
        if (!start_thread(*slot)) return nullptr;
        (void)own.release();
        slot->state = Slot::State::sending;
        slot->is_watched = true;
        return &*slot;
    }

    [[nodiscard]] bool has_returned(const Slot& slot, error_code& ec) noexcept {
        const std::lock_guard lock{mutex_};
        if (slot.state != Slot::State::sent) return false;
        ec = error_code{slot.error, boost::system::system_category()};
        return true;
    }

    void forget(Slot& slot) noexcept {
        const std::lock_guard lock{mutex_};
        slot.is_watched = false;
        if (slot.state == Slot::State::sent) slot.state = Slot::State::idle;
    }

    void wait() noexcept {
        std::unique_lock lock{mutex_};
        const auto is_sending = [](const Slot& one) { return one.state == Slot::State::sending; };
        sent_.wait(lock, [&] { return std::none_of(slots_.begin(), slots_.end(), is_sending); });
        // None of them needs the lock any more: they are about to end. Not for ever, as the number
        // of one that has ended long ago may by now be that of another thread.
        for (Slot& one : slots_) {
            const timespec moment{.tv_sec = 0, .tv_nsec = 100'000};
            for (int i = 0; i < 1000 && !has_ended(one); ++i) ::nanosleep(&moment, nullptr);
            one.thread = 0;
        }
    }

    void close() noexcept {
        {
            const std::lock_guard lock{mutex_};
            closed_ = true;
        }
        wait();
    }

private:
    explicit SendingThreads(const SendingThreads* parents) noexcept : parents_{parents} {}

    [[nodiscard]] static std::atomic<SendingThreads*>& latest() noexcept {
        static std::atomic<SendingThreads*> threads{nullptr};
        return threads;
    }

    // Not joined, so that nothing remains of one that has ended, also where nobody waits: but while
    // it is there it may be running this code.
    [[nodiscard]] static bool has_ended(const Slot& slot) noexcept {
        return slot.thread == 0 || ::syscall(SYS_tgkill, ::getpid(), slot.thread, 0) != 0;
    }
    [[nodiscard]] static bool is_free(const Slot& slot) noexcept {
        return slot.state == Slot::State::idle && has_ended(slot);
    }

    [[nodiscard]] static bool start_thread(Slot& slot) noexcept {
        constexpr std::size_t stack = std::size_t{256} * 1024;  // of those that do so little
        pthread_attr_t attributes;
        if (::pthread_attr_init(&attributes) != 0) return false;
        (void)::pthread_attr_setstacksize(&attributes, stack);
        (void)::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        const detail::BlockedSignals inherited;
        pthread_t thread{};
        const int error = ::pthread_create(&thread, &attributes, run, &slot);
        ::pthread_attr_destroy(&attributes);
        return error == 0;
    }

    static void* run(void* argument) noexcept {
        Slot& slot = *static_cast<Slot*>(argument);
        SendingThreads& self = *slot.threads;
        const auto n = ::send(slot.socket, slot.message.data(), slot.size, MSG_NOSIGNAL);
        const int error = n < 0 ? errno : 0;
        ::close(slot.socket);
        const std::lock_guard lock{self.mutex_};
        slot.error = error;
        slot.thread = ::gettid();
        slot.state = slot.is_watched ? Slot::State::sent : Slot::State::idle;
        self.sent_.notify_all();
        return nullptr;
    }

    detail::Birthplace birthplace_{};
    std::mutex mutex_{};
    std::condition_variable sent_{};
    bool closed_ = false;
    std::array<Slot, BackgroundSend::limit> slots_{};
    [[maybe_unused]] const SendingThreads* parents_;  // leak checkers find it by this
};

VETHPP_INLINE BackgroundSend::BackgroundSend(int socket, wire::Bytes message) noexcept {
    SendingThreads* const threads = socket < 0 ? nullptr : SendingThreads::of_this_process();
    if (threads != nullptr) slot_ = threads->start(socket, message);
}

VETHPP_INLINE BackgroundSend::~BackgroundSend() {
    if (slot_ != nullptr) slot_->threads->forget(*slot_);
}

VETHPP_INLINE bool BackgroundSend::has_returned(error_code& ec) const noexcept {
    return slot_->threads->has_returned(*slot_, ec);
}

VETHPP_INLINE void BackgroundSend::prepare() noexcept {
    struct Ending {
        ~Ending() {
            if (SendingThreads* const threads = SendingThreads::known_here()) threads->close();
        }
    };
    static const Ending ending;
    (void)SendingThreads::of_this_process();
}

VETHPP_INLINE void BackgroundSend::wait_for_all() noexcept {
    if (SendingThreads* const threads = SendingThreads::known_here()) threads->wait();
}

}  // namespace vethpp::netlink
