// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>
#include <vethpp/message/link_summary.hpp>
#include <vethpp/ovs/options.hpp>
#include <vethpp/ovs/promiscuity.hpp>

#include <cstdint>
#include <optional>
#include <utility>

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
    /// What the link is now stays, and what is to be given back with the port is returned.
    [[nodiscard]] OvsPromiscuity keep() noexcept {
        kept_ = true;
        return std::exchange(promiscuity_, {});
    }

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
    OvsPromiscuity promiscuity_{};
    Link far_{};
    Offloads offloads_{};  // of the far end, as they were
    bool kept_ = false;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/preparation.ipp>
#endif
