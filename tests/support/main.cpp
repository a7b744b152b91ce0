// SPDX-License-Identifier: BSL-1.0
// The one main of all test programs. It counts the skipped test cases, which Catch2 2 cannot, lists
// them with their reasons, and writes one line per test case to the file in VETHPP_TEST_REPORT:
// `passed`, `failed` or `skipped`, the name, and the reason, separated by tabs.
#define CATCH_CONFIG_RUNNER
#include "catch.hpp"
#include "skip.hpp"

#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#endif

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

#if __has_include(<catch2/catch_session.hpp>)
using ListenerBase = Catch::EventListenerBase;
const std::string& name_of(const Catch::TestCaseStats& stats) { return stats.testInfo->name; }
#else
using ListenerBase = Catch::TestEventListenerBase;
const std::string& name_of(const Catch::TestCaseStats& stats) { return stats.testInfo.name; }
#endif

struct Skipped {
    std::string name;
    std::string reason;
};

std::vector<Skipped>& skipped_tests() {
    static std::vector<Skipped> tests;
    return tests;
}

std::string on_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    return text;
}

// Taken out of the environment, so that a test may start this program again as a child.
std::ofstream open_report() {
    const char* path = std::getenv("VETHPP_TEST_REPORT");
    if (path == nullptr) return {};
    std::ofstream report{path};
    ::unsetenv("VETHPP_TEST_REPORT");
    return report;
}

class Report : public ListenerBase {
public:
    using ListenerBase::ListenerBase;

    void testCaseEnded(const Catch::TestCaseStats& stats) override {
        const auto reasons = std::exchange(vethpp_test::skip_reasons(), {});
        if (::getpid() != process_) return;  // a forked child of a test that has run too far
        if (stats.totals.assertions.failed > 0) return write("failed", name_of(stats), "");
        if (reasons.empty()) return write("passed", name_of(stats), "");
        skipped_tests().push_back({name_of(stats), reasons.front()});
        write("skipped", name_of(stats), reasons.front());
    }

private:
    void write(const char* outcome, const std::string& name, const std::string& reason) {
        report_ << outcome << '\t' << on_one_line(name) << '\t' << on_one_line(reason) << '\n'
                << std::flush;
    }

    std::ofstream report_ = open_report();
    const ::pid_t process_ = ::getpid();
};

CATCH_REGISTER_LISTENER(Report)

}  // namespace

int main(int argc, char** argv) {
    const int result = Catch::Session().run(argc, argv);
    if (!skipped_tests().empty()) {
        std::cout << "skipped " << skipped_tests().size() << ":\n";
        for (const auto& [name, reason] : skipped_tests())
            std::cout << "    " << name << ": " << reason << '\n';
    }
    return result;
}
