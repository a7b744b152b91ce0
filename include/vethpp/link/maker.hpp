// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/explain.hpp>
#include <vethpp/link/foundation.hpp>
#include <vethpp/link/held_link.hpp>
#include <vethpp/link/options.hpp>
#include <vethpp/link/own_routes.hpp>
#include <vethpp/message/any_data.hpp>
#include <vethpp/netns/state.hpp>

#include <cstdint>
#include <linux/rtnetlink.h>
#include <string>
#include <string_view>

namespace vethpp::detail {

/// Makes a link, of whatever kind: checks the options, says in one message what the kernel takes in
/// one, and the rest in further ones. The link is the maker's from the request on, until commit():
/// one that goes before takes back what it has made, also if the outcome is unknown.
class LinkMaker {
public:
    /// tag: the group in which the link is made, random_tag().
    LinkMaker(LinkOptions options,
              std::uint32_t tag,
              std::string_view made_up_name,
              Failure& failure);
    LinkMaker(const LinkMaker&) = delete;
    LinkMaker& operator=(const LinkMaker&) = delete;
    ~LinkMaker();

    [[nodiscard]] const LinkOptions& options() const noexcept { return options_; }
    [[nodiscard]] const NetnsPtr& netns() const noexcept { return netns_; }
    [[nodiscard]] std::uint32_t tag() const noexcept { return tag_; }

    /// Sends the request.
    void create(std::string_view kind,
                const Foundation& foundation,
                const message::AnyData& data,
                Failure& failure);
    /// The same for both ends of a pair. They are this one's then: either takes the other along.
    /// index: the one that this end gets; the kernel's choice for 0.
    void create_with(LinkMaker& end, std::uint32_t index, Failure& failure);
    /// Takes over a link that was just made under its name by other means, and says its attributes.
    void adopt(std::string_view kind, std::uint32_t index, Failure& failure);
    /// Says what the creating message could not.
    void finish(Failure& failure);
    /// Adds the routes, when both ends of a pair are finished.
    void add_routes(Failure& failure) {
        routes_ = detail::add_routes(netns_, index_, options_, failure);
    }
    /// Hands the link out. Nothing can fail any more, so that of two links both are handed out.
    [[nodiscard]] HeldLink commit(bool owned) noexcept;

    /// Adds to a failure what this link has to do with it.
    void describe(Failure& failure) const;
    /// Whether some link has its index or its name, which a failure then says.
    bool explain_taken(Failure& failure) const {
        return detail::explain_taken(netns_->session, options_, failure);
    }
    /// Whether this process may change links there.
    [[nodiscard]] bool may_change_links() const {
        return detail::may_change_links(netns_->session);
    }

private:
    void send(std::string_view kind,
              const Foundation& foundation,
              const message::AnyData& data,
              std::uint32_t index,
              LinkMaker* end,
              Failure& failure);
    void write_attributes(wire::Writer& w, bool with_master) const;
    [[nodiscard]] std::uint32_t flags() const noexcept;
    [[nodiscard]] bool has_sysctls() const noexcept {
        return options_.ipv6 || !options_.sysctls.empty();
    }
    [[nodiscard]] std::uint32_t mask() const noexcept;
    void check(Failure& failure);
    void set_master_and_flags(Failure& failure);
    void add_alternative_names(Failure& failure);
    void add_addresses(Failure& failure);
    [[nodiscard]] std::string of_address(const InterfaceAddress& address) const;
    void take_back() noexcept;

    LinkOptions options_;
    std::uint32_t tag_;
    NetnsPtr netns_{};
    OwnRoutes routes_{};
    std::uint32_t index_ = 0;
    bool made_ = false;        // something may be there, and is this object's to remove
    std::string_view kind_{};  // what was asked for; a literal
    bool is_peer_ = false;     // the creating message carried neither its master nor its flags
    bool is_alone_ = true;     // it stands on nothing
    bool comes_up_later_ = false;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/maker.ipp>
#endif
