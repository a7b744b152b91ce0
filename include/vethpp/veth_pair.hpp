// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>

#include <chrono>
#include <string>

namespace vethpp {

/// Two links that are each other's wire, in any two namespaces (veth(4)).
///
/// **Ownership.** The object owns both ends and removes them when it goes, wherever they have been
/// moved through it; a link that is not provably one of them is left alone.
/// **Blocking.** Making a pair takes the kernel about 0.4 ms, removing it 0.5 to 0.8 ms, see
/// Link::remove(). The destructor sends nothing where that is certain to make no difference, see
/// Netns.
/// **Errors.** A constructor that fails leaves nothing behind. The Error says which end it was.
class VethPair {
public:
    /// Makes both ends in their namespaces in one message, with everything that the options say.
    /// With an error_code, a pair that could not be made is empty.
    VethPair(LinkOptions first, LinkOptions second, OnError on_error = {});
    VethPair(VethPair&&) noexcept = default;
    VethPair& operator=(VethPair&& other) noexcept;
    ~VethPair();

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(first_); }
    [[nodiscard]] Link& first() noexcept { return first_; }
    [[nodiscard]] const Link& first() const noexcept { return first_; }
    [[nodiscard]] Link& second() noexcept { return second_; }
    [[nodiscard]] const Link& second() const noexcept { return second_; }
    /// "veth0 in ns1 and veth1 in ns2"
    [[nodiscard]] std::string to_string() const;

    /// Link::wait_ready for both ends under one deadline.
    void wait_ready(Deadline deadline = std::chrono::seconds{1}, OnError on_error = {}) const;
    void wait_ready(ErrorCode auto& ec) const { wait_ready(std::chrono::seconds{1}, ec); }

    /// Removes the pair now, as Link::remove() a link. Both names are free when this returns.
    void remove(OnError on_error = {});
    /// Ends the ownership: the pair stays when this object goes, as long as both namespaces do. It
    /// goes up to some 100 ms after the first of them; its names are taken until then.
    void release() noexcept { owned_ = false; }

private:
    void make(LinkOptions&& first, LinkOptions&& second, Failure& failure);
    friend class detail::Removable;

    void remove_now(Failure& failure);
    void forget() noexcept;
    [[nodiscard]] bool remove_ends(Failure& failure) noexcept;
    [[nodiscard]] bool leave_ends() noexcept;
    void remove_if_owned() noexcept;

    Link first_{};
    Link second_{};
    bool owned_ = false;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/veth_pair.ipp>
#endif
