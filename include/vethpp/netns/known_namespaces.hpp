// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/netns/ptr.hpp>

#include <mutex>
#include <vector>

namespace vethpp::detail {

/// Namespaces that are known as long as somebody else keeps them.
class KnownNamespaces {
public:
    /// Without memory it stays unknown, which is false.
    bool add(const NetnsPtr& netns) noexcept;
    /// The first that is still there and that is it, if any.
    [[nodiscard]] NetnsPtr find(FunctionRef<bool(const NetnsPtr&)> is_it) const;

    /// Calls f with each that is still there. may_wait: not in a child process, where a thread that
    /// it does not have may hold the lock.
    void for_each(FunctionRef<void(const NetnsPtr&)> f, bool may_wait) const;

private:
    mutable std::mutex mutex_{};
    std::vector<std::weak_ptr<NetnsState>> known_{};
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/known_namespaces.ipp>
#endif
