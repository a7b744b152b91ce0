// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/any_data.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netlink/session.hpp>

#include <cstdint>
#include <linux/rtnetlink.h>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp::netlink {

/// A link that is to be made. It must have a name, which attributes() writes, too.
struct NewLink {
    ifinfomsg header{};
    std::string_view name{};
    Session::WriteOne attributes;
    std::string_view kind{};
    message::AnyData data{};
    /// Where it will be, if not in the namespace of the session that sends the request (whose
    /// attributes then say so): the kernel echoes nothing, and is asked there.
    Session* elsewhere = nullptr;
};

/// What the kernel says of a link that was just made.
struct CreatedLink {
    std::uint32_t index = 0;
    std::uint32_t link = 0;  ///< the other end of a pair, in its own namespace
    bool sent = false;       ///< the request left the process: something may exist even on failure
};

/// Creates a link. Fails with EEXIST if the name is taken, and then changes nothing.
[[nodiscard]] CreatedLink create_link(Session& session, const NewLink& link, Failure& failure);

/// Changes attributes of a link. The kernel applies them one after another and keeps what it had
/// done when one is refused, so callers send one group at a time.
void set_link(Session& session,
              std::uint32_t index,
              Session::WriteOne attributes,
              Failure& failure);
/// The same, with flags (IFF_*), of which those in the mask are meant.
void set_link(Session& session,
              const ifinfomsg& header,
              Session::WriteOne attributes,
              Failure& failure);
template <class Attribute>
void set_attribute(Session& session,
                   std::uint32_t index,
                   const typename Attribute::Value& value,
                   Failure& failure) {
    set_link(
        session, index, [&](wire::Writer& w) { Attribute::put(w, value); }, failure);
}
void set_link_flags(Session& session,
                    std::uint32_t index,
                    std::uint32_t flags,
                    std::uint32_t mask,
                    Failure& failure);

/// Changes the data of the link's kind.
void set_link_data(Session& session,
                   std::uint32_t index,
                   std::string_view kind,
                   const message::AnyData& data,
                   Failure& failure);
/// Changes what it is as a port of a master of that kind.
void set_port_data(Session& session,
                   std::uint32_t index,
                   std::string_view kind,
                   const message::AnyData& data,
                   Failure& failure);

/// Adds (RTM_NEWLINKPROP) or removes (RTM_DELLINKPROP) alternative names.
void change_alternative_names(Session& session,
                              std::uint16_t message_type,
                              std::uint32_t index,
                              const std::vector<std::string>& names,
                              Failure& failure);

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/links.ipp>
#endif
