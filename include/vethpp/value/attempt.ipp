// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/value/attempt.hpp>

#include <utility>

namespace vethpp::detail {

VETHPP_INLINE void conclude(const Operation& operation, Failure&& failure, OnError on_error) {
    if (failure) {
        ErrorContext& context = failure.context;
        if (context.operation.empty()) context.operation = operation.name;
        if (context.object.empty()) context.object = operation.object;
        // Of no namespace the reason speaks.
        if (context.netns.empty() && failure.code != errc::no_such_namespace)
            context.netns = operation.netns;
        if (failure.code == boost::system::errc::too_many_files_open)
            failure.explain("RLIMIT_NOFILE is reached; a namespace takes two descriptors");
    }
    on_error(std::move(failure));
}

}  // namespace vethpp::detail
