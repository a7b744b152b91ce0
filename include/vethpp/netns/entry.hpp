// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netns/home.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/value/error.hpp>

namespace vethpp::detail {

/// Moves the calling thread into a namespace and back; in place where it is there already, which
/// takes no rights. Everything that can fail comes before the move; a thread that cannot be brought
/// back ends the process, because whatever it did next would happen in the wrong network.
class NetnsEntry {
public:
    NetnsEntry(const NetnsRef& netns, Failure& failure);
    /// With the namespace to come back to, which the caller vouches for.
    NetnsEntry(const NetnsRef& netns, const NetnsRef& home, Failure& failure);
    NetnsEntry(const NetnsEntry&) = delete;
    NetnsEntry& operator=(const NetnsEntry&) = delete;
    ~NetnsEntry();

private:
    void enter(Failure& failure);
    void begin() noexcept;
    [[nodiscard]] static NetnsEntry*& innermost() noexcept;

    NetnsPtr netns_;
    NetnsPtr home_{};     // where to come back to, if the caller knows, otherwise
    NetnsHome origin_{};  // where it was
    NetnsEntry* outer_ = nullptr;
    bool inside_ = false;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/entry.ipp>
#endif
