// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/format.hpp>
#include <vethpp/ovs/port.hpp>

namespace vethpp {
namespace detail {

// {name=value ...}, of what is set.
class PortText {
public:
    void add(std::string_view name, std::string_view value) {
        if (value.empty()) return;
        begin(name);
        append_value(text_, value);
    }
    void add(std::string_view name, std::optional<std::int64_t> number) {
        if (number) add(name, std::to_string(*number));
    }
    void add(std::string_view name, const std::vector<std::uint16_t>& numbers) {
        if (numbers.empty()) return;
        begin(name);
        append_value(text_, numbers);
    }
    template <class Value>
    void add(std::string_view name, const std::map<std::string, Value>& pairs) {
        if (pairs.empty()) return;
        PortText inner;
        for (const auto& [key, value] : pairs) {
            inner.begin(key);
            append_value(inner.text_, value);
        }
        begin(name);
        text_ += std::move(inner).text();
    }
    [[nodiscard]] std::string text() && { return text_.empty() ? "{}" : std::move(text_ += '}'); }

private:
    void begin(std::string_view name) {
        text_ += text_.empty() ? '{' : ' ';
        append_value(text_, name);
        text_ += '=';
    }

    std::string text_{};
};

}  // namespace detail

VETHPP_INLINE std::string OvsPort::to_string() const {
    detail::PortText out;
    out.add("name", name);
    out.add("type", type);
    out.add("tag", tag);
    out.add("trunks", trunks);
    out.add("vlan_mode", vlan_mode);
    out.add("ofport", ofport);
    out.add("error", error);
    out.add("admin_state", admin_state);
    out.add("link_state", link_state);
    out.add("stp_state", stp_state);
    out.add("mac", mac);
    out.add("mtu", mtu);
    out.add("options", options);
    out.add("external_ids", external_ids);
    out.add("statistics", statistics);
    return std::move(out).text();
}

VETHPP_INLINE std::string OvsPortEvent::to_string() const {
    return detail::concat({vethpp::to_string(kind), " ", port.to_string()});
}

VETHPP_INLINE std::string_view to_string(OvsPortEvent::Kind kind) noexcept {
    switch (kind) {
        case OvsPortEvent::Kind::present:
            return "present";
        case OvsPortEvent::Kind::added:
            return "added";
        case OvsPortEvent::Kind::changed:
            return "changed";
        case OvsPortEvent::Kind::removed:
            return "removed";
    }
    return "";
}

}  // namespace vethpp
