// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/make_link.hpp>
#include <vethpp/link/maker.hpp>

#include <cstdint>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE HeldLink make_link(LinkOptions options,
                                 std::string_view kind,
                                 const Foundation& foundation,
                                 const message::AnyData& data,
                                 Failure& failure,
                                 std::string_view exists) {
    const std::uint32_t tag = random_tag();
    LinkMaker maker{std::move(options), tag, concat({kind.substr(0, 4), hex(tag, 8)}), failure};
    maker.create(kind, foundation, data, failure);
    if (failure.code == boost::system::errc::file_exists && !maker.explain_taken(failure))
        failure.explain(exists.empty() ? "the name is taken" : exists);
    if (failure) maker.describe(failure);
    maker.finish(failure);
    maker.add_routes(failure);
    if (failure) return {};
    return maker.commit(true);
}

}  // namespace vethpp::detail
