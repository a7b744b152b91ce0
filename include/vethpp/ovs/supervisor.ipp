// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/blocked_signals.hpp>
#include <vethpp/base/config.hpp>
#include <vethpp/base/deadline.hpp>
#include <vethpp/ovs/directory.hpp>
#include <vethpp/ovs/supervisor.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace vethpp::detail {

/// The memory that the copied process keeps: its stack, and what it works with.
class [[gnu::visibility("hidden")]] SupervisionMemory {
public:
    SupervisionMemory(const OvsSupervisor::Setup& setup, Failure& failure)
        : size_{stack_size + size_of(setup)} {
        memory_ = ::mmap(
            nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (memory_ == MAP_FAILED)
            failure.fail(last_error());
        else
            fill(setup);
    }
    SupervisionMemory(const SupervisionMemory&) = delete;
    SupervisionMemory& operator=(const SupervisionMemory&) = delete;
    ~SupervisionMemory() {
        if (memory_ != MAP_FAILED) ::munmap(memory_, size_);
    }

    [[nodiscard]] Supervision& task() noexcept { return *task_; }
    /// It grows downwards.
    [[nodiscard]] void* stack() noexcept { return static_cast<char*>(memory_) + stack_size; }

private:
    static constexpr std::size_t stack_size = 262'144;

    [[nodiscard]] static constexpr std::size_t aligned(std::size_t size) noexcept {
        return (size + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) *
               alignof(std::max_align_t);
    }
    [[nodiscard]] static std::size_t size_of(const std::string& text) noexcept {
        return aligned(text.size() + 1);
    }
    [[nodiscard]] static std::size_t size_of(const std::vector<std::string>& texts) noexcept {
        std::size_t size = aligned((texts.size() + 2) * sizeof(char*));
        for (const std::string& text : texts) size += size_of(text);
        return size;
    }
    [[nodiscard]] static std::size_t size_of(const OvsSupervisor::Setup& setup) noexcept {
        std::size_t size = aligned(sizeof(Supervision)) + size_of(setup.directory) +
                           aligned((setup.commands.size() + 1) * sizeof(char**)) +
                           size_of(setup.environment) + aligned(setup.last_request.size());
        for (const OvsCommand& command : setup.commands)
            size += size_of(command.path) + size_of(command.arguments);
        return size;
    }

    [[nodiscard]] void* take(std::size_t size) noexcept {
        return std::exchange(at_, at_ + aligned(size));
    }
    [[nodiscard]] char* copy(const std::string& text) noexcept {
        return static_cast<char*>(
            std::memcpy(take(text.size() + 1), text.c_str(), text.size() + 1));
    }
    // What is not written is a null pointer, as memory from mmap(2) is zero.
    [[nodiscard]] char** copy(const std::string* first,
                              const std::vector<std::string>& texts) noexcept {
        auto* const out = static_cast<char**>(take((texts.size() + 2) * sizeof(char*)));
        char** at = out;
        if (first != nullptr) *at++ = copy(*first);
        for (const std::string& text : texts) *at++ = copy(text);
        return out;
    }
    void fill(const OvsSupervisor::Setup& setup) noexcept {
        at_ = static_cast<char*>(stack());
        task_ = new (take(sizeof(Supervision))) Supervision{};
        task_->memory.begin = reinterpret_cast<std::uintptr_t>(memory_);
        task_->memory.end = task_->memory.begin + size_;
        task_->of_thread = thread_memory();
        auto* const commands =
            static_cast<char***>(take((setup.commands.size() + 1) * sizeof(char**)));
        char*** at = commands;
        for (const OvsCommand& command : setup.commands)
            *at++ = copy(&command.path, command.arguments);
        task_->commands = commands;
        task_->directory = copy(setup.directory);
        task_->environment = copy(nullptr, setup.environment);
        const std::size_t size = setup.last_request.size();
        task_->last_request_size = size;
        void* const request = take(size);
        if (size != 0) std::memcpy(request, setup.last_request.data(), size);
        task_->last_request = request;
    }

    std::size_t size_;
    void* memory_ = MAP_FAILED;
    char* at_ = nullptr;
    Supervision* task_ = nullptr;
};

VETHPP_INLINE void OvsSupervisor::start(Setup setup, Failure& failure) {
    if (failure) return;
    const UniqueFd owner{static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0))};
    std::array<int, 2> ends{-1, -1};
    if (!owner || ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return failure.fail(last_error());
    status_ = UniqueFd{ends[0]};
    const UniqueFd report{ends[1]};
    SupervisionMemory memory{setup, failure};
    if (failure) return;
    memory.task().owner = owner.get();
    memory.task().report = report.get();
    memory.task().netns = setup.netns;
    memory.task().kernel = setup.kernel.get();
    kernel_ = std::move(setup.kernel);
    directory_ = std::move(setup.directory);
    patience_ = setup.patience;
    last_request_ = std::move(setup.last_request);
    birthplace_ = Birthplace{};
    launch(memory.task(), memory.stack(), failure);
}

// Not fork(3), which would run the handlers of other people's libraries in the copy. No signal
// tells of its end, so that wait(2) does not, either.
VETHPP_INLINE void OvsSupervisor::launch(Supervision& task,
                                         void* stack,
                                         Failure& failure) noexcept {
    const auto in_the_copy = [](void* argument) {
        supervise(*static_cast<Supervision*>(argument));
        return 0;
    };
    int process = -1;
    const BlockedSignals blocked;
    if (::clone(in_the_copy, stack, CLONE_NEWPID | CLONE_PIDFD, &task, &process) < 0)
        return failure.fail(last_error());
    process_ = UniqueFd{process};
}

VETHPP_INLINE bool OvsSupervisor::wait(int milliseconds) const noexcept {
    std::array<pollfd, 2> items{{{.fd = status_.get(), .events = POLLIN, .revents = 0},
                                 {.fd = process_.get(), .events = POLLIN, .revents = 0}}};
    return ::poll(items.data(), items.size(), milliseconds) > 0;
}

VETHPP_INLINE std::optional<OvsOutcome> OvsSupervisor::outcome() const noexcept {
    OvsOutcome outcome;
    const auto size = ::recv(status_.get(), &outcome, sizeof outcome, MSG_DONTWAIT);
    if (size != static_cast<ssize_t>(sizeof outcome)) return std::nullopt;
    return outcome;
}

VETHPP_INLINE void OvsSupervisor::stop() noexcept {
    if (process_ && birthplace_.is_here()) {
        // Unlike close(2), whatever children of the program hold it, too.
        ::shutdown(status_.get(), SHUT_RDWR);
        bool ended = wait_for_end();
        if (!ended) {
            ::syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0);
            ended = wait_for_end();
        }
        // One that a debugger follows has ended before that is told to its parent.
        if (!reap(ended ? 0 : WNOHANG)) finish_its_work();
    }
    process_ = {};
    status_ = {};
    kernel_ = {};
}

VETHPP_INLINE bool OvsSupervisor::wait_for_end() const noexcept {
    const Deadline deadline{patience_};
    pollfd item{.fd = process_.get(), .events = POLLIN, .revents = 0};
    while (::poll(&item, 1, deadline.left()) <= 0)
        if (deadline.has_passed()) return false;
    return true;
}

VETHPP_INLINE bool OvsSupervisor::reap(int flags) const noexcept {
    // P_PIDFD and the rest of Linux 5.4, which older headers lack
    constexpr auto by_pidfd = static_cast<idtype_t>(3);
    siginfo_t end{};
    const auto id = static_cast<id_t>(process_.get());
    while (::waitid(by_pidfd, id, &end, WEXITED | flags | __WALL) != 0)
        if (errno != EINTR) return false;
    return end.si_code == CLD_EXITED && end.si_status == 0;
}

// As after the out-of-memory killer. Its directory is found by a name that no other one has.
VETHPP_INLINE void OvsSupervisor::finish_its_work() noexcept {
    if (kernel_)
        (void)!::send(kernel_.get(), last_request_.data(), last_request_.size(), MSG_NOSIGNAL);
    // Room for a descriptor, where there is no other.
    process_ = {};
    status_ = {};
    remove_directory(directory_.c_str());
}

}  // namespace vethpp::detail
