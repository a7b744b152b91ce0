// SPDX-License-Identifier: BSL-1.0
// One meaning of a Failure: a function that is given one that has failed does nothing.
#include "support/link_attributes.hpp"
#include "support/recorder.hpp"
#include <vethpp/netlink/addresses.hpp>
#include <vethpp/netlink/deletion.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netlink/namespace_ids.hpp>
#include <vethpp/netlink/route_queries.hpp>
#include <vethpp/netlink/routes.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using netlink::Session;

}  // namespace

TEST_CASE("failed: no request of any kind is sent, and the first reason stands") {
    const auto nothing = [](wire::Writer&) {};
    const auto object = [](const wire::RawMessage&) { FAIL("an object"); };
    static constexpr netlink::RequestType type{.type = RTM_GETLINK};
    const InterfaceAddress address{"10.0.0.1/24"};
    const std::map<std::string, std::function<void(Session&, Failure&)>> all{
        {"request", [&](Session& s, Failure& f) { CHECK_FALSE(s.request(type, nothing, f)); }},
        {"request with objects",
         [&](Session& s, Failure& f) { CHECK_FALSE(s.request(type, nothing, object, f)); }},
        {"dump",
         [&](Session& s, Failure& f) {
             s.dump(
                 type, nothing, [] { FAIL("a start"); }, object, f);
         }},
        {"batch",
         [&](Session& s, Failure& f) {
             s.batch(
                 type,
                 3,
                 [](wire::Writer&, std::size_t) {},
                 [](std::size_t, const Failure&) { FAIL("a failure"); },
                 f);
         }},
        {"create_link",
         [&](Session& s, Failure& f) {
             const auto made = create_link(
                 s, netlink::link_header(0), {.name = "a"}, "dummy", std::optional<NoData>{}, f);
             CHECK(made.index == 0);
             CHECK_FALSE(made.sent);
         }},
        {"create_link without an echo",
         [&](Session& s, Failure& f) {
             s.expect_echo(false);
             const auto made = create_link(
                 s, netlink::link_header(0), {.name = "a"}, "dummy", std::optional<NoData>{}, f);
             CHECK_FALSE(made.sent);
         }},
        {"create_link elsewhere",
         [&](Session& s, Failure& f) {
             CHECK_FALSE(netlink::create_link(s,
                                              {.header = netlink::link_header(0),
                                               .name = "a",
                                               .attributes = nothing,
                                               .kind = "dummy",
                                               .elsewhere = &s},
                                              f)
                             .sent);
         }},
        {"set_link", [&](Session& s, Failure& f) { netlink::set_link(s, 1, nothing, f); }},
        {"set_link_flags", [](Session& s, Failure& f) { netlink::set_link_flags(s, 1, 1, 1, f); }},
        {"set_link_data",
         [](Session& s, Failure& f) { netlink::set_link_data(s, 1, "bridge", {}, f); }},
        {"set_port_data",
         [](Session& s, Failure& f) { netlink::set_port_data(s, 1, "bridge", {}, f); }},
        {"change_alternative_names",
         [](Session& s, Failure& f) {
             netlink::change_alternative_names(s, RTM_NEWLINKPROP, 1, {"a"}, f);
         }},
        {"delete_link", [](Session& s, Failure& f) { netlink::delete_link(s, 1, f); }},
        {"delete_marked",
         [](Session& s, Failure& f) { netlink::delete_marked(s, {.group = 1}, f); }},
        {"get_link",
         [](Session& s, Failure& f) { CHECK(netlink::get_link(s, {.index = 1}, f).index == 0); }},
        {"look_up",
         [](Session& s, Failure& f) { CHECK(netlink::look_up(s, {.index = 1}, f).index == 0); }},
        {"check_exists", [](Session& s, Failure& f) { netlink::check_exists(s, {.index = 1}, f); }},
        {"summarize_links",
         [](Session& s, Failure& f) { CHECK(netlink::summarize_links(s, f).empty()); }},
        {"list_raw_addresses",
         [](Session& s, Failure& f) { CHECK(netlink::list_raw_addresses(s, 1, f).empty()); }},
        {"flush_addresses", [](Session& s, Failure& f) { netlink::flush_addresses(s, 1, f); }},
        {"list_links", [](Session& s, Failure& f) { CHECK(netlink::list_links(s, f).empty()); }},
        {"change_addresses",
         [&](Session& s, Failure& f) {
             netlink::change_addresses(s, netlink::AddressChange::add, 1, {&address, 1}, f);
         }},
        {"list_addresses",
         [](Session& s, Failure& f) { CHECK(netlink::list_addresses(s, 0, f).empty()); }},
        {"get_namespace_id",
         [](Session& s, Failure& f) { CHECK_FALSE(netlink::get_namespace_id(s, 3, f)); }},
        {"change_routes",
         [](Session& s, Failure& f) {
             const Route route{.destination = "10.0.0.0/8", .via = "10.0.0.1"};
             netlink::change_routes(s, netlink::RouteChange::add, {&route, 1}, {}, f);
         }},
        {"list_routes",
         [](Session& s, Failure& f) { CHECK(netlink::list_routes(s, {}, f).empty()); }},
        {"flush_routes",
         [](Session& s, Failure& f) { CHECK(netlink::flush_routes(s, {}, f) == 0); }},
        {"find_route",
         [](Session& s, Failure& f) {
             CHECK(netlink::find_route(s, "10.0.0.1", {}, f) == RoutePath{});
         }},
    };
    for (const auto& [name, call] : all) {
        CAPTURE(name);
        Failure failure;
        failure.fail(errc::invalid_name, "the first reason");
        auto record = std::make_shared<Recorder::Record>();
        Session session{std::make_unique<Recorder>(record)};
        call(session, failure);
        CHECK(record->datagrams == 0);
        CHECK(failure.code == errc::invalid_name);
        CHECK(failure.context.hint == "the first reason");
    }
}
