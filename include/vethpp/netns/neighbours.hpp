// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ptr.hpp>

#include <mutex>
#include <vector>

namespace vethpp::detail {

/// The namespaces to which links lead from one. The kernel calls them by numbers; with these, the
/// text of an error can use their labels.
class Neighbours {
public:
    /// Without memory it stays unknown, which costs a label.
    void add(const NetnsPtr& other) noexcept;
    /// Those that are still there.
    [[nodiscard]] std::vector<NetnsPtr> all() const;

private:
    mutable std::mutex mutex_{};
    std::vector<std::weak_ptr<NetnsState>> known_{};
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/neighbours.ipp>
#endif
