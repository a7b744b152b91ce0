// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/value/error.hpp>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace {

using namespace vethpp;
using namespace vethpp_test;

error_code kernel(int number) { return {number, boost::system::system_category()}; }

std::string sentence(error_code code, ErrorContext context) {
    return Error{Failure{.code = code, .context = std::move(context)}}.what();
}

}  // namespace

TEST_CASE("Error: the whole sentence") {
    CHECK(sentence(kernel(EINVAL),
                   {.operation = "create the veth pair",
                    .object = "veth1",
                    .end = "second end",
                    .netns = "lab",
                    .kernel_message = "mtu less than device minimum",
                    .attribute = "linkinfo.data.peer.mtu",
                    .hint = "the least is 68"}) ==
          "create the veth pair: veth1 (second end) in lab: Invalid argument (the least is 68); "
          "kernel: mtu less than device minimum [linkinfo.data.peer.mtu]");
}

TEST_CASE("Error: what does not apply leaves no gap") {
    CHECK(sentence(kernel(EPERM), {}) == "Operation not permitted");
    CHECK(sentence(kernel(EPERM), {.operation = "list the links"}) ==
          "list the links: Operation not permitted");
    CHECK(sentence(kernel(EPERM), {.object = "br0"}) == "br0: Operation not permitted");
    CHECK(sentence(kernel(EPERM), {.netns = "lab"}) == "in lab: Operation not permitted");
    CHECK(sentence(kernel(EPERM), {.operation = "list the links", .netns = "lab"}) ==
          "list the links in lab: Operation not permitted");
    CHECK(sentence(kernel(EEXIST),
                   {.operation = "create the bridge", .object = "br0", .hint = "it is taken"}) ==
          "create the bridge: br0: File exists (it is taken)");
    CHECK(sentence(kernel(ERANGE), {.object = "br0", .kernel_message = "Numerical"}) ==
          "br0: Numerical result out of range; kernel: Numerical");
    CHECK(sentence(kernel(ERANGE), {.object = "br0", .attribute = "mtu"}) ==
          "br0: Numerical result out of range [mtu]");
}

TEST_CASE("Error: the context and the code stay visible") {
    const Error error{
        Failure{.code = kernel(EEXIST), .context = {.operation = "rename", .object = "veth0"}}};
    CHECK(error.code() == boost::system::errc::file_exists);
    CHECK(error.code() == kernel(EEXIST));
    CHECK(error.context().operation == "rename");
    CHECK(error.context().object == "veth0");
    const boost::system::system_error& base = error;
    CHECK(std::string{base.what()} == "rename: veth0: File exists");
    const std::exception& root = error;
    CHECK(std::string{root.what()} == error.what());
    // A copy, as a thrown exception may be, speaks for itself.
    auto copy = std::make_unique<Error>(error);
    CHECK(std::string{Error{*copy}.what()} == error.what());
}

TEST_CASE("errc: the library's own errors") {
    const error_code code = errc::malformed_reply;
    CHECK(code.failed());
    CHECK(std::string{code.category().name()} == "vethpp");
    CHECK(code == errc::malformed_reply);
    CHECK(code != errc::truncated_reply);
    CHECK(code != kernel(1));
    CHECK(code.category() == vethpp::error_category());
    CHECK_FALSE(code == boost::system::errc::operation_not_permitted);
    CHECK(error_code{99, vethpp::error_category()}.message() == "unknown error");
    CHECK(error_code{0, vethpp::error_category()}.failed() == false);
}

TEST_CASE("errc: every one has words of its own") {
    std::string seen = "|unknown error|";
    int count = 0;
    for (int value = static_cast<int>(errc::malformed_reply);
         value <= static_cast<int>(errc::no_such_link);
         ++value, ++count) {
        const std::string message = error_code{value, vethpp::error_category()}.message();
        CAPTURE(value, message);
        CHECK(seen.find("|" + message + "|") == std::string::npos);
        CHECK_FALSE(message.ends_with("."));
        seen += message + "|";
    }
    CHECK(count == 14);
}

TEST_CASE("errc: a deadline that passed is timed_out to Boost.System and std") {
    const error_code code = errc::not_ready;
    CHECK(code == boost::system::errc::timed_out);
    CHECK(std::error_code{code} == std::errc::timed_out);
    CHECK(error_code{errc::reply_lost} != boost::system::errc::timed_out);
}

TEST_CASE("Failure: false until it fails") {
    Failure failure;
    CHECK_FALSE(failure);
    failure.fail(error_code{});
    CHECK_FALSE(failure);
    failure.fail(errc::no_such_link, "the pair is empty");
    CHECK(failure);
    CHECK(failure.context.hint == "the pair is empty");
    // The first reason is the one that is told.
    failure.fail(errc::no_such_namespace, "later");
    failure.fail(error_code{});
    failure.fail_errno(EBUSY);
    CHECK(failure.code == errc::no_such_link);
    CHECK(failure.context.hint == "the pair is empty");
}

TEST_CASE("Failure: takes over another one, and keeps what it is about") {
    Failure failure;
    failure.context.operation = "list";
    Failure other;
    other.context.hint = "of a success";
    failure.take(Failure{other});
    CHECK(failure.context.hint.empty());
    other.fail_errno(EPERM, "a hint");
    other.context.operation = "ask";
    other.context.object = "lo";
    failure.take(std::move(other));
    CHECK(failure.code == kernel(EPERM));
    CHECK(failure.context.operation == "list");
    CHECK(failure.context.object == "lo");
    CHECK(failure.context.hint == "a hint");
    Failure third;
    third.fail_errno(EBUSY);
    failure.take(std::move(third));
    CHECK(failure.code == kernel(EPERM));
}

TEST_CASE("Failure: what is known is added where nobody has said anything") {
    Failure failure;
    failure.explain("of a success");
    CHECK(failure.context.hint.empty());
    failure.fail_errno(EPERM);
    failure.explain("first");
    failure.explain("second");
    CHECK(failure.context.hint == "first");
    Failure spoken;
    spoken.fail_errno(EINVAL);
    spoken.context.kernel_message = "the kernel's own words";
    spoken.explain("ours");
    CHECK(spoken.context.hint.empty());
}

TEST_CASE("OnError: throws, or stores and clears") {
    const auto operation = [](int number, OnError on_error = {}) {
        on_error(Failure{.code = number == 0 ? error_code{} : kernel(number),
                         .context = {.operation = "operate"}});
        return 5;
    };
    CHECK(operation(0) == 5);
    CHECK_THROWS_AS(operation(EBUSY), Error);
    CHECK_THROWS_WITH(operation(EBUSY), "operate: Device or resource busy");

    error_code code;
    CHECK(operation(EBUSY, code) == 5);
    CHECK(code == boost::system::errc::device_or_resource_busy);
    operation(0, code);
    CHECK_FALSE(code);

    std::error_code standard;
    CHECK(operation(EBUSY, standard) == 5);
    CHECK(standard == std::errc::device_or_resource_busy);
    operation(0, standard);
    CHECK_FALSE(standard);
}

TEST_CASE("OnError: a std::error_code knows our own errors, too") {
    std::error_code standard;
    OnError{standard}(Failure{.code = errc::not_ready, .context = {}});
    CHECK(standard == errc::not_ready);
    CHECK(standard == std::errc::timed_out);
    CHECK(standard != errc::invalid_name);
    CHECK(standard.message() == make_error_code(errc::not_ready).message());
}
