// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/ovs.hpp"
#include "support/ovs_daemon.hpp"
#include "support/ovsdb_server.hpp"
#include "support/patience.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

OvsBridge bridge(const OvsDaemon& ovs, const char* name) {
    return OvsBridge{{.database = ovs.database(),
                      .name = name,
                      .datapath_type = ovs.datapath_type(),
                      .timeout = long_enough}};
}

// The files of the system's own Open vSwitch, if there is one.
Names files_of_the_system() {
    Names found;
    for (const char* place : {"/run/openvswitch",
                              "/var/run/openvswitch",
                              "/var/log/openvswitch",
                              "/var/lib/openvswitch",
                              "/etc/openvswitch"}) {
        std::error_code ec;
        if (!std::filesystem::exists(place, ec)) continue;
        found.emplace_back(place);
        for (const auto& entry : std::filesystem::directory_iterator{place, ec})
            found.push_back(entry.path());
    }
    return found;
}

}  // namespace

TEST_CASE("ovs daemon: it is ready, private, and gone with the object", "[ovs][only_vm]") {
    const OwnTmpdir tmp;
    const Netns netns = Netns::create("fabric");
    (void)Switch::start(netns);  // what is made once and kept, such as a session
    const Names system = files_of_the_system();
    const Ledger before = Ledger::now();
    std::string directory;
    {
        const OvsDaemon ovs = Switch::start(netns);
        directory = ovs.directory();
        CHECK(tmp.content() == Names{directory});
        CHECK(std::filesystem::status(directory).permissions() ==
              std::filesystem::perms::owner_all);
        CHECK(static_cast<bool>(ovs));
        CHECK(ovs.database() == "unix:" + directory + "/db.sock");
        CHECK(ovs.log().find("|reconnect|INFO|" + ovs.database() + ": connected") !=
              std::string::npos);
        CHECK_FALSE(ovs.datapath_reason().empty());
        CHECK(process_in(directory, "ovsdb-server") != 0);
        CHECK(process_in(directory, "ovs-vswitchd") != 0);
        CHECK(process_in(directory, "vethpp-ovs") != 0);
        CHECK(vsctl(ovs, "list-br").empty());
        const OvsBridge br0 = bridge(ovs, "br0");
        CHECK(vsctl(ovs, "get bridge br0 datapath_type") == ovs.datapath_type());
        if (ovs.datapath() != OvsDatapath::dummy) CHECK_FALSE(names(netns).empty());
        CHECK(files_of_the_system() == system);
    }
    CHECK(processes_in(directory).empty());
    CHECK(tmp.content().empty());
    CHECK(names(netns).empty());
    CHECK(files_of_the_system() == system);
    before.check_unchanged();
}

TEST_CASE("ovs daemon: several side by side, with bridges of the same name", "[ovs][only_vm]") {
    const Netns left = Netns::create("left");
    const Netns right = Netns::create("right");
    const OvsDaemon a = Switch::start(left);
    const OvsDaemon b = Switch::start(right);
    const OvsDaemon again = Switch::start(right, OvsDatapath::dummy);
    // In the namespace of the thread, unless told otherwise.
    const OvsDaemon here = right.run(
        [] { return OvsDaemon{{.datapath = OvsDatapath::dummy, .timeout = long_enough}}; });
    OvsBridge of_a = bridge(a, "br0");
    OvsBridge of_b = bridge(b, "br0");
    OvsBridge of_again = bridge(again, "br0");
    OvsBridge of_here = bridge(here, "br0");
    of_a.add_internal_port("i0");
    CHECK(vsctl(a, "list-ports br0") == "i0");
    CHECK(vsctl(b, "list-ports br0").empty());
    CHECK(vsctl(again, "list-ports br0").empty());
    const auto place = [](const OvsDaemon& ovs) {
        const std::string pid = std::to_string(process_in(ovs.directory(), "ovs-vswitchd"));
        struct stat found {};
        REQUIRE(::stat(("/proc/" + pid + "/ns/net").c_str(), &found) == 0);
        return found.st_ino;
    };
    const auto inode = [](const Netns& netns) {
        return netns.run([] { return vethpp_test::here(); });
    };
    CHECK(place(a) == inode(left));
    CHECK(place(b) == inode(right));
    CHECK(place(again) == inode(right));
    CHECK(place(here) == inode(right));
    if (a.datapath() == OvsDatapath::dummy) return;
    // The datapath is a link, too.
    const char* datapath = a.datapath() == OvsDatapath::kernel ? "ovs-system" : "ovs-netdev";
    CHECK(names(left) == Names{"br0", "i0", datapath});
    CHECK(names(right) == Names{"br0", datapath});
}

TEST_CASE("ovs daemon: moved and assigned", "[ovs]") {
    const OwnTmpdir tmp;
    const Netns netns = Netns::create("fabric");
    OvsDaemon a = Switch::start(netns, OvsDatapath::dummy);
    OvsDaemon b = Switch::start(netns, OvsDatapath::dummy);
    const std::string of_a = a.directory();
    const std::string of_b = b.directory();
    OvsDaemon moved = std::move(a);
    CHECK_FALSE(static_cast<bool>(a));
    CHECK(a.database().empty());
    CHECK(a.directory().empty());
    CHECK(a.log().empty());
    CHECK(moved.directory() == of_a);
    CHECK(moved.datapath_reason() == "it was asked for");
    moved = std::move(b);
    CHECK(moved.directory() == of_b);
    CHECK(processes_in(of_a).empty());
    CHECK(tmp.content() == Names{of_b});
    OvsDaemon& same = moved;
    moved = std::move(same);
    CHECK(vsctl(moved, "list-br").empty());
    moved = std::move(a);
    CHECK_FALSE(static_cast<bool>(moved));
    CHECK(processes_in(of_b).empty());
    CHECK(tmp.content().empty());
}

TEST_CASE("ovs daemon: the datapath is chosen with a reason, or asked for", "[ovs][only_vm]") {
    const Netns netns = Netns::create("fabric");
    const OvsDaemon chosen = Switch::start(netns);
    const bool taps =
        vethpp::detail::UniqueFd{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)}.get() >= 0;
    const auto ask = [&](OvsDatapath datapath) {
        return failure_of([&](OnError on_error) {
            (void)OvsDaemon{{.netns = netns, .datapath = datapath}, on_error};
        });
    };
    if (chosen.datapath() == OvsDatapath::kernel) {
        CHECK(chosen.datapath_type() == "system");
        CHECK(chosen.datapath_reason() == "the kernel has the module openvswitch");
    } else {
        CHECK_THAT(chosen.datapath_reason(), contains("the kernel has no module openvswitch"));
        CHECK(chosen.datapath() == (taps ? OvsDatapath::userspace : OvsDatapath::dummy));
        CHECK(chosen.datapath_type() == (taps ? "netdev" : "dummy"));
        vethpp_test::check_error(ask(OvsDatapath::kernel),
                                 errc::invalid_option,
                                 "start Open vSwitch in fabric: invalid option (the kernel has no "
                                 "module openvswitch)");
    }
    if (taps) {
        const OvsDaemon asked = Switch::start(netns, OvsDatapath::userspace);
        CHECK(asked.datapath_type() == "netdev");
        CHECK(asked.datapath_reason() == "it was asked for");
    } else {
        const vethpp::Error error = ask(OvsDatapath::userspace);
        CHECK(error.code() == errc::invalid_option);
        CHECK_THAT(error.what(), contains("/dev/net/tun cannot be opened: "));
    }
}

TEST_CASE("ovs daemon: what keeps it from starting is said, and leaves nothing", "[ovs]") {
    const OwnTmpdir tmp;
    const Netns netns = Netns::create("fabric");
    (void)Switch::start(netns);
    const Ledger before = Ledger::now();
    const auto refused = [&](OvsDaemonOptions options) {
        options.netns = netns;
        options.datapath = OvsDatapath::dummy;
        const vethpp::Error error = failure_of([&](OnError on_error) {
            (void)OvsDaemon{options, on_error};
        });
        CHECK(tmp.content().empty());
        return error;
    };
    SECTION("programs that are not there") {
        const TemporaryDirectory empty;
        vethpp_test::check_error(refused({.program_directory = empty.path()}),
                                 errc::not_installed,
                                 "start Open vSwitch: ovsdb-tool in fabric: not installed "
                                 "(Debian and Ubuntu have it in openvswitch-switch)");
        const Programs most{"ovs-vswitchd", "exit 0\n"};
        REQUIRE(::chmod((most.path() + "/ovs-vswitchd").c_str(), 0644) == 0);
        const vethpp::Error error = refused({.program_directory = most.path()});
        CHECK(error.code() == errc::not_installed);
        CHECK(error.context().object == "ovs-vswitchd");
    }
    SECTION("a daemon that fails") {
        const Programs programs{"ovs-vswitchd", "echo no switch today >&2\nexit 3\n"};
        const vethpp::Error error = refused({.program_directory = programs.path()});
        CHECK(error.code() == errc::ovs_not_started);
        CHECK_THAT(error.what(),
                   contains("ovs-vswitchd failed with status 3; it said: ") &&
                       contains("no switch today"));
    }
    SECTION("a program that the kernel cannot run") {
        const Programs programs{"ovsdb-server", ""};
        std::ofstream{programs.path() + "/ovsdb-server"} << "#!/nonexistent\n";
        CHECK_THAT(refused({.program_directory = programs.path()}).what(),
                   contains("(ovsdb-server failed with status 127; it said nothing)"));
    }
    SECTION("a daemon that is never ready, with a child of its own") {
        const Programs programs{"ovs-vswitchd",
                                "echo waiting >&2\nsleep 1000 &\nexec sleep 1000\n"};
        // Time enough to get so far
        const auto timeout =
            1s + 5 * duration_of([&] { (void)Switch::start(netns, OvsDatapath::dummy); });
        const vethpp::Error error =
            refused({.timeout = timeout, .program_directory = programs.path()});
        CHECK(error.code() == errc::ovs_not_started);
        CHECK_THAT(
            error.what(),
            contains("(not within " + std::to_string(timeout / 1ms) + " ms; it said: waiting|"));
    }
    SECTION("no time at all") { CHECK(refused({.timeout = 0ms}).code() == errc::ovs_not_started); }
    SECTION("a broken schema") {
        const TemporaryDirectory directory;
        const std::string schema = directory.path() + "/schema";
        std::ofstream{schema} << R"({"name": "Open_vSwitch", "tables": 7})";
        const vethpp::Error error = refused({.schema = schema});
        CHECK(error.code() == errc::ovs_not_started);
        CHECK_THAT(
            error.what(),
            contains("ovsdb-tool failed with status 1; it said: ") && contains("syntax error"));
    }
    SECTION("a schema that is not there") {
        CHECK_THAT(
            refused({.schema = "/nonexistent/schema"}).what(),
            contains("ovsdb-tool failed with status 1") && contains("No such file or directory"));
    }
    SECTION("no place for its directory") {
        const std::string place = std::getenv("TMPDIR");
        ::setenv("TMPDIR", "/nonexistent", 1);
        const vethpp::Error error = refused({});
        ::setenv("TMPDIR", place.c_str(), 1);
        CHECK(error.code() == boost::system::errc::no_such_file_or_directory);
        CHECK_THAT(error.context().object, contains("/nonexistent/vethpp-ovs-"));
    }
    before.check_unchanged();
}

TEST_CASE("ovs daemon: its database tells which datapath it is", "[ovs][only_vm]") {
    const Netns netns = Netns::create("fabric");
    for (const OvsDatapath datapath : {OvsDatapath::automatic, OvsDatapath::dummy}) {
        const OvsDaemon ovs = Switch::start(netns, datapath);
        CHECK(vsctl(ovs, "get Open_vSwitch . external_ids:vethpp-datapath-type") ==
              ovs.datapath_type());
    }
}

TEST_CASE("ovs daemon: programs, schemas and directories in unusual places", "[ovs]") {
    const OwnTmpdir tmp;
    const Netns netns = Netns::create("fabric");
    const OvsDaemonOptions options{
        .netns = netns, .datapath = OvsDatapath::dummy, .timeout = long_enough};
    (void)Switch::start(netns, OvsDatapath::dummy);
    SECTION("relative paths") {
        const Programs programs;
        std::filesystem::create_symlink("/usr/share/openvswitch/vswitch.ovsschema",
                                        programs.path() + "/schema");
        const auto before = std::filesystem::current_path();
        std::filesystem::current_path(std::filesystem::path{programs.path()}.parent_path());
        const std::string name = std::filesystem::path{programs.path()}.filename();
        OvsDaemonOptions relative = options;
        error_code of_path;
        error_code of_options;
        relative.schema = name + "/schema";
        {
            const std::string path = std::getenv("PATH");
            ::setenv("PATH", name.c_str(), 1);
            const OvsDaemon ovs{relative, of_path};
            ::setenv("PATH", path.c_str(), 1);
        }
        relative.program_directory = name;
        const OvsDaemon ovs{relative, of_options};
        std::filesystem::current_path(before);
        CHECK_FALSE(of_path);
        CHECK_FALSE(of_options);
    }
    SECTION("a comma, at which Open vSwitch takes addresses apart") {
        const std::string place = std::getenv("TMPDIR");
        std::filesystem::create_directory(place + "/a,b");
        ::setenv("TMPDIR", (place + "/a,b").c_str(), 1);
        error_code ec;
        const OvsDaemon ovs{options, ec};
        ::setenv("TMPDIR", place.c_str(), 1);
        CHECK_FALSE(ec);
        CHECK_THAT(ovs.directory(), contains("/tmp/vethpp-ovs-"));
        CHECK(vsctl(ovs, "list-br").empty());
    }
    SECTION("no end of time") {
        OvsDaemonOptions patient = options;
        patient.timeout = std::chrono::milliseconds::max();
        CHECK_NOTHROW(OvsDaemon{patient});
    }
}

TEST_CASE("ovs daemon: the process that is to start it cannot, or is killed", "[ovs]") {
    const OwnTmpdir tmp;
    SECTION("no /dev/null") {
        const FakePrograms programs;
        const Ended ended = in_child([&] {
            if (::unshare(CLONE_NEWNS) != 0 ||
                ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                ::mount("tmpfs", "/dev", "tmpfs", 0, nullptr) != 0)
                return 1;
            const OvsDaemon refused{programs.options()};
            return 0;
        });
        CHECK(ended.exited(99));
        CHECK(ended.output == "start Open vSwitch: /dev/null: No such file or directory");
    }
    SECTION("killed") {
        const Fifo reached;
        const Programs programs{"ovsdb-tool", "echo >" + reached.path() + "\nexec sleep 1000\n"};
        std::thread killer{[&] {
            if (reached.wait()) ::kill(process_in(tmp.content().at(0), "vethpp-ovs"), SIGKILL);
        }};
        std::string words;
        try {
            const OvsDaemon refused{{.datapath = OvsDatapath::dummy,
                                     .timeout = long_enough,
                                     .program_directory = programs.path()}};
        } catch (const Error& error) {
            words = error.what();
        }
        killer.join();
        CHECK_THAT(words, contains("somebody has killed the process that supervises it"));
    }
    CHECK(tmp.content().empty());
}

TEST_CASE("ovs daemon: where the kernel makes no PID namespace", "[ovs]") {
    const FakePrograms programs;
    const Ended ended = in_child([&] {
        if (::unshare(CLONE_NEWPID) != 0) return 77;
        const OvsDaemon refused{programs.options()};
        return 0;
    });
    CHECK(ended.exited(99));
    CHECK_THAT(ended.output, contains("this process has called unshare(CLONE_NEWPID)"));
}

TEST_CASE("ovs daemon: without the privilege", "[ovs]") {
    (void)Switch::start(Netns::create("fabric"), OvsDatapath::dummy);
    const vethpp_test::Ended ended = vethpp_test::in_child([] {
        if (::setresuid(65534, 65534, 65534) != 0) return 77;
        const OvsDaemon refused{{.datapath = OvsDatapath::dummy}};
        return 0;
    });
    if (ended.exited(77)) vethpp_test::skip("only root can become somebody else");
    CHECK(ended.exited(99));
    CHECK(ended.output ==
          "start Open vSwitch: Operation not permitted (CAP_SYS_ADMIN is needed: run as root, or "
          "in a user namespace)");
}

TEST_CASE("ovs daemon: it dies with an owner that is killed", "[ovs][only_vm]") {
    const OwnTmpdir tmp;
    const Netns netns = Netns::create("fabric");
    (void)Switch::start(netns);
    const Fifo ready;
    Victim victim{[&] {
        const OvsDaemon ovs{{.netns = netns, .timeout = long_enough}};
        OvsBridge br0 = bridge(ovs, "br0");
        br0.add_internal_port("i0");
        ready.tell();
        ::pause();
    }};
    REQUIRE(ready.wait());
    REQUIRE(tmp.content().size() == 1);
    const std::string directory = tmp.content()[0];
    CHECK(process_in(directory, "ovs-vswitchd") != 0);
    CHECK(killed(victim.kill()));
    CHECK(comes_true([&] { return processes_in(directory).empty(); }));
    CHECK(comes_true([&] { return tmp.content().empty(); }));
    CHECK(comes_true([&] { return names(netns).empty(); }));
}

TEST_CASE("ovs daemon: it dies with an owner that is killed before it is ready", "[ovs]") {
    const OwnTmpdir tmp;
    const Netns netns = Netns::create("fabric");
    (void)Switch::start(netns);
    const Fifo reached;
    const std::string stop = "echo >" + reached.path() + "\nexec sleep 1000\n";
    for (const char* real :
         {"/usr/bin/ovsdb-tool", "/usr/sbin/ovsdb-server", "/usr/sbin/ovs-vswitchd"}) {
        for (const bool afterwards : {false, true}) {
            const std::string run = afterwards ? std::string{real} + " \"$@\" || exit\n" : "";
            const Programs programs{std::filesystem::path{real}.filename(), run + stop};
            INFO(real << (afterwards ? " has begun" : " is to begin"));
            Victim victim{[&] {
                const OvsDaemon ovs{{.netns = netns, .program_directory = programs.path()}};
            }};
            REQUIRE(reached.wait());
            REQUIRE(tmp.content().size() == 1);
            const std::string directory = tmp.content()[0];
            CHECK_FALSE(processes_in(directory).empty());
            CHECK(killed(victim.kill()));
            CHECK(comes_true([&] { return processes_in(directory).empty(); }));
            CHECK(comes_true([&] { return tmp.content().empty(); }));
        }
    }
}

TEST_CASE("ovs daemon: it dies with an owner that is killed at any moment", "[ovs][only_vm]") {
    const OwnTmpdir tmp;
    const Netns netns = Netns::create("fabric");
    const auto whole_life = duration_of([&] { (void)Switch::start(netns); });
    const Fifo begun;
    for (int i = 0; i < 20; ++i) {
        Victim victim{[&] {
            begun.tell();
            const OvsDaemon ovs{{.netns = netns, .timeout = long_enough}};
            ::pause();
        }};
        REQUIRE(begun.wait());
        // Not to wait for anything: for another moment each time.
        std::this_thread::sleep_for(i * i * whole_life / 400);
        CHECK(killed(victim.kill()));
        CHECK(comes_true([&] { return tmp.content().empty(); }));
    }
    CHECK(comes_true([&] { return names(netns).empty(); }));
}

TEST_CASE("ovs daemon: somebody kills it", "[ovs]") {
    const Netns netns = Netns::create("fabric");
    OvsDaemon ovs = Switch::start(netns, OvsDatapath::dummy);
    const std::string directory = ovs.directory();
    ::kill(process_in(directory, "vethpp-ovs"), SIGKILL);
    CHECK(comes_true([&] { return processes_in(directory).empty(); }));
    REQUIRE(vethpp_test::is_refused(ovs.database()));
    CHECK_THROWS_WITH(
        bridge(ovs, "br0"),
        contains("create the Open vSwitch bridge: ") && contains("Connection refused"));
    ovs = Switch::start(netns, OvsDatapath::dummy);
    CHECK_FALSE(std::filesystem::exists(directory));
    CHECK_NOTHROW(bridge(ovs, "br0"));
}
