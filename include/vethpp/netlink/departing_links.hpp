// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/deletion.hpp>
#include <vethpp/netlink/session.hpp>

#include <atomic>
#include <mutex>

namespace vethpp::netlink {

/// Links of a namespace that are as good as gone: they are deleted before the session's next
/// request, whatever that is, so that nobody can see one through it. If there is no other request,
/// they go with their namespace, and nothing is ever sent.
class DepartingLinks final : public Session::Prelude {
public:
    DepartingLinks() noexcept = default;
    DepartingLinks(const DepartingLinks&) = delete;
    DepartingLinks& operator=(const DepartingLinks&) = delete;
    ~DepartingLinks() override;

    /// False without memory.
    [[nodiscard]] bool add(const DepartingLink& link) noexcept;
    [[nodiscard]] bool is_empty() const noexcept { return count_ == 0; }
    /// Whether this process has any, in whatever namespace.
    [[nodiscard]] static bool are_there() noexcept { return count_of_all() != 0; }

    /// Deletes them; other threads wait until they are gone.
    void before_request(Session& session) noexcept override;
    /// The same without a lock, for a child process: there, a thread that it does not have may hold
    /// the lock. The session is one of its own.
    void delete_in_child(Session& session) noexcept;

private:
    // A list that is whole at any moment, since any may be that of a fork.
    struct Node {
        DepartingLink link;
        Node* next;
    };

    [[nodiscard]] static std::atomic<std::size_t>& count_of_all() noexcept {
        static std::atomic<std::size_t> count{0};
        return count;
    }
    void forget(std::size_t count) noexcept;
    [[nodiscard]] std::size_t delete_all(Session& session) noexcept;

    std::atomic<Node*> first_ = nullptr;
    std::atomic<std::size_t> count_ = 0;  // of those that are not known to be gone
    std::recursive_mutex mutex_{};        // deleting makes requests
    bool is_at_it_ = false;
};

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/departing_links.ipp>
#endif
