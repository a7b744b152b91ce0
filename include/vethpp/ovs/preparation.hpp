// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>
#include <vethpp/message/link_summary.hpp>
#include <vethpp/ovs/options.hpp>

#include <cstdint>
#include <optional>

namespace vethpp::detail {

/// What a link needs to be a port over a datapath in userspace, beside its rows in the database.
/// Unless it is kept, the destructor makes the link what it was.
class OvsPreparation {
public:
    OvsPreparation() noexcept = default;
    OvsPreparation(const OvsPreparation&) = delete;
    OvsPreparation& operator=(const OvsPreparation&) = delete;
    ~OvsPreparation();

    /// now: the state of the link.
    void prepare(const Link& link,
                 const message::LinkSummary& now,
                 const OvsPortOptions& wanted,
                 Failure& failure);
    void keep() noexcept { kept_ = true; }

private:
    void leave_arp_to_the_switch(const Link& link);
    void complete_checksums(const Link& link,
                            const message::LinkSummary& now,
                            const OvsPortOptions& wanted,
                            Failure& failure);
    void restore();

    NetnsRef netns_ = NetnsRef::none();
    std::uint32_t index_ = 0;
    std::optional<std::uint32_t> arp_ignore_{};  // as it was
    Link far_{};
    Offloads offloads_{};  // of the far end, as they were
    bool kept_ = false;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/preparation.ipp>
#endif
