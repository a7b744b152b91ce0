// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/list.hpp>
#include <vethpp/netns/attempt_in.hpp>
#include <vethpp/rules.hpp>
#include <vethpp/value/interface_name.hpp>

#include <iterator>
#include <linux/rtnetlink.h>
#include <string>
#include <utility>

namespace vethpp {
namespace detail {

[[nodiscard]] inline netlink::RequestType rule_request(int type, int flags = 0) noexcept {
    return {.type = static_cast<std::uint16_t>(type),
            .flags = static_cast<std::uint16_t>(flags),
            .names = &wire::message_names<Rule>};
}

inline void check_rule(const Rule& rule, Failure& failure) {
    for (const auto* prefix : {&rule.from, &rule.to}) {
        if (!*prefix) continue;
        check_prefix(**prefix, failure);
        if ((*prefix)->is_v6() != rule.is_v6())
            failure.fail(errc::invalid_option, "a rule is either of IPv4 or of IPv6");
    }
    for (const std::string* name : {&rule.iif, &rule.oif})
        if (!name->empty()) check_name(*name, failure);
    if (rule.tos.value_or(0) > 255) failure.fail(errc::invalid_option, "a TOS is 0 to 255");
    const bool goes_on = rule.action.value_or(RuleAction::go_to) == RuleAction::go_to;
    if (rule.target && !goes_on)
        failure.fail(errc::invalid_option, "only a rule of the action go_to has a target");
    if (rule.table && rule.l3mdev)
        failure.fail(errc::invalid_option, "a rule of l3mdev has no table: it is the VRF's");
}

[[nodiscard]] inline std::vector<Rule> list_rules(netlink::Session& session,
                                                  std::optional<Family> family,
                                                  Failure& failure) {
    std::vector<Rule> rules;
    for (const Family one : {Family::ipv4, Family::ipv6}) {
        if (failure || (family && one != *family)) continue;
        const auto ask = [&](wire::Writer& w) {
            fib_rule_hdr header{};
            header.family = static_cast<__u8>(one);
            w.pod(header);
        };
        Failure once;
        auto found =
            netlink::list<Rule>(session, {rule_request(RTM_GETRULE), ask, RTM_NEWRULE}, once);
        // A kernel without IPv6 has no rules of it.
        if (family || one == Family::ipv4 ||
            once.code != boost::system::errc::address_family_not_supported)
            failure.take(std::move(once));
        rules.insert(rules.end(),
                     std::make_move_iterator(found.begin()),
                     std::make_move_iterator(found.end()));
    }
    if (failure) rules.clear();
    return rules;
}

inline void explain_rule(const Rule& rule, Failure& failure) {
    if (failure.code == boost::system::errc::file_exists) failure.explain("there is such a rule");
    if (failure.code == boost::system::errc::no_such_file_or_directory)
        failure.explain("there is no such rule");
    if (failure.code == boost::system::errc::address_family_not_supported)
        failure.explain("this kernel has no rules of that family");
    if (failure.code == boost::system::errc::invalid_argument && rule.uids)
        failure.explain("the user namespace of the caller may not have those users");
}

}  // namespace detail

VETHPP_INLINE Rules::Rules(NetnsRef netns) noexcept : netns_{std::move(netns)} {}

VETHPP_INLINE void Rules::add(const Rule& rule, OnError on_error) const {
    Rule whole = rule;
    // What ip(8) says where nothing is said.
    if (!whole.action) whole.action = whole.target ? RuleAction::go_to : RuleAction::to_table;
    if (*whole.action == RuleAction::to_table && !whole.table && !whole.l3mdev)
        whole.table = RT_TABLE_MAIN;
    change("add the rule", RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, std::move(whole), on_error);
}

VETHPP_INLINE void Rules::remove(const Rule& rule, OnError on_error) const {
    change("remove the rule", RTM_DELRULE, 0, rule, on_error);
}

VETHPP_INLINE void Rules::change(
    const char* operation, std::uint16_t type, int flags, Rule rule, OnError on_error) const {
    const std::string text = rule.to_string();
    detail::attempt_in(
        netns_, operation, text, on_error, [&](netlink::Session& session, Failure& failure) {
            detail::check_rule(rule, failure);
            if (rule.action == RuleAction::go_to && !rule.target)
                failure.fail(errc::invalid_option, "a rule of the action go_to has a target");
            // The kernel would take the first that there is, which is the one of local addresses.
            if (type == RTM_DELRULE && rule == Rule{.family = rule.family})
                failure.fail(errc::invalid_option, "nothing says which rule");
            session.request(
                detail::rule_request(type, flags),
                [&](wire::Writer& w) { wire::write_message(w, rule); },
                failure);
            detail::explain_rule(rule, failure);
        });
}

VETHPP_INLINE std::vector<Rule> Rules::list(std::optional<Family> family, OnError on_error) const {
    return detail::attempt_in(
        netns_, "list the rules", {}, on_error, [&](netlink::Session& session, Failure& failure) {
            return detail::list_rules(session, family, failure);
        });
}

VETHPP_INLINE std::size_t Rules::flush(std::optional<Family> family, OnError on_error) const {
    const auto flush = [&](netlink::Session& session, Failure& failure) {
        std::vector<Rule> rules = detail::list_rules(session, family, failure);
        std::erase_if(rules, [](const Rule& rule) { return rule.protocol == RTPROT_KERNEL; });
        std::size_t left = 0;
        Failure any;
        session.batch(
            detail::rule_request(RTM_DELRULE),
            rules.size(),
            [&](wire::Writer& w, std::size_t i) { wire::write_message(w, rules[i]); },
            [&](std::size_t, const Failure& one) {
                ++left;
                // Somebody else has removed it.
                if (one.code != boost::system::errc::no_such_file_or_directory)
                    failure.take(Failure{one});
            },
            any);
        return rules.size() - left;
    };
    return detail::attempt_in(netns_, "flush the rules", {}, on_error, flush);
}

}  // namespace vethpp
