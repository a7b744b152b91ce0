// Sysctls of namespaces and links: by hand, for a while, and in options.
#include "support/catch.hpp"
#include "support/faulty.hpp"
#include "support/live.hpp"
#include "support/patience.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/routes.hpp>
#include <vethpp/sysctls.hpp>
#include <vethpp/veth_pair.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <sched.h>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

// By somebody else's hand.
std::string outside(const Netns& netns, const std::string& path) {
    return netns.run([&] {
        std::ifstream file{"/proc/sys/" + path};
        std::string line;
        std::getline(file, line);
        return line;
    });
}

struct Lab {
    Netns ns = Netns::create("lab");
    Sysctls sysctls{ns};
};

std::string set_refused(const Sysctls& sysctls, std::string_view name, const SysctlValue& value) {
    return failure_of([&](OnError e) { sysctls.set(name, value, e); }).what();
}

}  // namespace

// --- By hand -----------------------------------------------------------------------------------

TEST_CASE("sysctls: what is set is there, for whoever looks, in that namespace alone",
          "[kernel][sysctl]") {
    const Lab lab;
    const Netns other = Netns::create("other");
    const std::string before = outside(other, "net/ipv4/tcp_syncookies");
    const std::string mine = Sysctls{NetnsRef{}}.get("net.ipv4.tcp_syncookies");
    for (const std::string name : {"net.ipv4.tcp_syncookies",
                                   "net/ipv4/tcp_syncookies",
                                   "/proc/sys/net/ipv4/tcp_syncookies"})
        for (const SysctlValue& value : {SysctlValue{"2"}, SysctlValue{0}, SysctlValue{true}}) {
            succeeds([&](OnError e) { lab.sysctls.set(name, value, e); });
            CHECK(outside(lab.ns, "net/ipv4/tcp_syncookies") == value.text());
            CHECK(lab.sysctls.get(name) == value.text());
            CHECK(lab.sysctls.exists(name));
        }
    CHECK(outside(other, "net/ipv4/tcp_syncookies") == before);
    CHECK(Sysctls{NetnsRef{}}.get("net.ipv4.tcp_syncookies") == mine);
    CHECK_FALSE(lab.sysctls.exists("net.ipv4.tcp_sincookies"));
    CHECK(lab.ns.run([] { return Sysctls{NetnsRef{}}.get("net.ipv4.tcp_syncookies"); }) == "1");
}

TEST_CASE("sysctls: values are text, numbers and several numbers of any length",
          "[kernel][sysctl]") {
    const Lab lab;
    const Sysctls& s = lab.sysctls;
    s.set("net.ipv4.tcp_rmem", {4096, 87380, 6291456});
    CHECK(s.get("net.ipv4.tcp_rmem") == "4096\t87380\t6291456");
    CHECK(s.get<std::vector<int>>("net.ipv4.tcp_rmem") == std::vector{4096, 87380, 6291456});
    s.set("net.ipv4.tcp_rmem", "4096 16384 4194304");
    CHECK(s.get<std::vector<std::uint64_t>>("net.ipv4.tcp_rmem")[2] == 4194304);
    s.set("net.ipv6.conf.default.router_solicitations", -1);
    CHECK(s.get<int>("net.ipv6.conf.default.router_solicitations") == -1);
    CHECK(s.get<bool>("net.ipv6.conf.default.router_solicitations"));
    CHECK_FALSE(s.get<bool>("net.ipv4.ip_forward"));
    CHECK(s.get<std::string>("net.ipv4.ip_forward") == "0");
    s.set("net.ipv4.tcp_congestion_control", "reno");
    CHECK(s.get("net.ipv4.tcp_congestion_control") == "reno");

    std::string ports;
    for (int port = 1001; port < 3001; port += 2)
        ports += (ports.empty() ? "" : ",") + std::to_string(port);
    CHECK(failure_of([&](OnError e) {
              s.set("net.ipv4.ip_local_reserved_ports", ports, e);
          }).code() == errc::invalid_option);
    // More than the kernel takes at once is there all the same, if ranges say it.
    ports.clear();
    for (int port = 10000; port < 14000; port += 8)
        ports += (ports.empty() ? "" : ",") + std::to_string(port);
    ports.resize(ports.rfind(',', 4090));
    s.set("net.ipv4.ip_local_reserved_ports", ports);
    CHECK(s.get("net.ipv4.ip_local_reserved_ports") == ports);
    s.set("net.ipv4.ip_local_reserved_ports", "");
    CHECK(s.get("net.ipv4.ip_local_reserved_ports").empty());

    const auto refused = [&](auto type, const char* name) {
        return std::string{
            failure_of([&](OnError e) { (void)s.get<decltype(type)>(name, e); }).what()};
    };
    CHECK(refused(0, "net.ipv4.tcp_congestion_control") ==
          "read the sysctl: net.ipv4.tcp_congestion_control in lab: invalid option (\"reno\" is "
          "not a number)");
    CHECK(refused(0U, "net.ipv6.conf.default.router_solicitations") ==
          "read the sysctl: net.ipv6.conf.default.router_solicitations in lab: invalid option "
          "(\"-1\" does not fit into that type)");
    CHECK(refused(std::int8_t{}, "net.core.somaxconn").ends_with("does not fit into that type)"));
    CHECK(refused(0, "net.ipv4.tcp_rmem").ends_with(" is not one number)"));
    CHECK(refused(0, "net.ipv4.ip_local_reserved_ports").ends_with("\"\" is not a number)"));
    CHECK(s.get<std::vector<int>>("net.ipv4.ip_local_reserved_ports").empty());
}

TEST_CASE("sysctls: a link's name may have dots, as for sysctl(8)", "[kernel][sysctl]") {
    const Lab lab;
    const VethPair pair{{.netns = lab.ns, .name = "eth0.100"}, {.netns = lab.ns, .name = "eth1"}};
    int value = 0;
    for (const std::string name :
         {"net/ipv4/conf/eth0.100/forwarding", "net.ipv4.conf.eth0/100.forwarding"}) {
        value = 1 - value;
        lab.sysctls.set(name, value);
        CHECK(outside(lab.ns, "net/ipv4/conf/eth0.100/forwarding") == std::to_string(value));
    }
    CHECK(outside(lab.ns, "net/ipv4/conf/eth1/forwarding") == "0");
    CHECK(
        set_refused(lab.sysctls, "net.ipv4.conf.eth0.100.forwarding", 1) ==
        "set the sysctl: net.ipv4.conf.eth0.100.forwarding in lab: No such file or directory (the "
        "sysctl /proc/sys/net/ipv4/conf/eth0/100/forwarding: there is no link 100 in the "
        "namespace)");
}

TEST_CASE("sysctls: of a link, by its index", "[kernel][sysctl]") {
    const Lab lab;
    VethPair pair{{.netns = lab.ns, .name = "eth0"}, {.netns = lab.ns, .name = "eth1"}};
    const Sysctls of{pair.first()};
    of.set("ipv6.accept_ra", 0);
    of.set("ipv4/rp_filter", 2);
    of.set("ipv4.conf.arp_ignore", 1);
    of.set("ipv6.neigh.retrans_time_ms", 1000);
    CHECK(outside(lab.ns, "net/ipv6/conf/eth0/accept_ra") == "0");
    CHECK(outside(lab.ns, "net/ipv4/conf/eth0/rp_filter") == "2");
    CHECK(outside(lab.ns, "net/ipv4/conf/eth0/arp_ignore") == "1");
    CHECK(outside(lab.ns, "net/ipv6/neigh/eth0/retrans_time_ms") == "1000");
    CHECK(outside(lab.ns, "net/ipv6/conf/eth1/accept_ra") == "1");
    Link renamed = lab.ns.link("eth0");
    renamed.rename("wan");
    CHECK(of.get<int>("ipv4.rp_filter") == 2);
    CHECK(set_refused(of, "rp_filter", 1) ==
          "set the sysctl: rp_filter in lab: invalid name (a link's sysctl is written as "
          "ipv6.accept_ra or ipv4.neigh.retrans_time_ms)");
    CHECK(set_refused(of, "net.ipv4.ip_forward", 1).ends_with("ipv4.neigh.retrans_time_ms)"));
    // Below 1280 bytes of MTU there is no IPv6.
    pair.first().set_mtu(1000);
    CHECK(set_refused(of, "ipv6.accept_ra", 1)
              .ends_with("there is no link wan in the namespace, or it has no IPv6)"));
    renamed.remove();
    CHECK(failure_of([&](OnError e) { (void)of.get("ipv4.rp_filter", e); }).code() ==
          boost::system::errc::no_such_device);
    CHECK(failure_of([&](OnError e) { (void)Sysctls{Link{}}.get("ipv4.rp_filter", e); }).code() ==
          errc::no_such_link);
}

TEST_CASE("sysctls: those of a link that went without a request are gone for who looks",
          "[kernel][sysctl]") {
    const Lab lab;
    { const VethPair gone{{.netns = lab.ns, .name = "eth0"}, {.netns = lab.ns, .name = "eth1"}}; }
    CHECK_FALSE(lab.sysctls.exists("net.ipv4.conf.eth0.forwarding"));
}

// --- Refusals ----------------------------------------------------------------------------------

TEST_CASE("sysctls: what is not of a namespace, or not there, is refused by name",
          "[kernel][sysctl][errors]") {
    const Lab lab;
    const auto refused = [&](std::string_view name, const SysctlValue& value) {
        return set_refused(lab.sysctls, name, value);
    };
    for (const std::string name : {"kernel.hostname", "vm.overcommit_memory", "kernel/panic"}) {
        const std::string before = outside(lab.ns, name == "kernel/panic" ? name : "none");
        CHECK(refused(name, 1) == "set the sysctl: " + name +
                                      " in lab: invalid name (not of a network namespace: the "
                                      "names of those begin with net)");
        CHECK(failure_of([&](OnError e) { (void)lab.sysctls.get(name, e); }).code() ==
              errc::invalid_name);
        CHECK(outside(lab.ns, name == "kernel/panic" ? name : "none") == before);
    }
    for (const std::string name : {"",
                                   ".",
                                   "net",
                                   "net.",
                                   "net..ipv4",
                                   "net/../kernel/panic",
                                   "net.ipv4.//.x",
                                   "/net/ipv4/ip_forward"})
        CHECK(failure_of([&](OnError e) { lab.sysctls.set(name, 1, e); }).code() ==
              errc::invalid_name);
    CHECK(failure_of([&](OnError e) {
              lab.sysctls.set(std::string{"net.ipv4.ip_forward\0x", 21}, 1, e);
          }).code() == errc::invalid_name);

    check_error(failure_of([&](OnError e) { lab.sysctls.set("net.ipv4.ip_forwrd", 1, e); }),
                ENOENT,
                "set the sysctl: net.ipv4.ip_forwrd in lab: No such file or directory (the sysctl "
                "/proc/sys/net/ipv4/ip_forwrd: the kernel has none of that name in a namespace; "
                "that of a module is there when it is loaded)");
    const std::string of_machine =
        ": not of a network namespace: the machine has one, in the namespace that it started in)";
    for (const std::string name :
         {"net.core.netdev_max_backlog", "net.ipv4.tcp_mem", "net.ipv4.udp_mem"})
        CHECK(refused(name, 1).ends_with(of_machine));
    // The machine's, and some kernels show them to read.
    for (const std::string name : {"net.core.rmem_max", "net.ipv4.neigh.default.gc_thresh3"}) {
        const std::string sentence = refused(name, 4096);
        INFO(sentence);
        CHECK((sentence.ends_with(of_machine) ||
               sentence.ends_with(" cannot be written in a namespace: the machine has one for all, "
                                  "or it only tells something)")));
    }
    CHECK(refused("net.ipv4.conf.eth7.forwarding", 1)
              .ends_with(": there is no link eth7 in the namespace)"));
    CHECK(
        refused("net.ipv4.tcp_available_congestion_control", "reno") ==
        "set the sysctl: net.ipv4.tcp_available_congestion_control in lab: Permission denied (the "
        "sysctl /proc/sys/net/ipv4/tcp_available_congestion_control cannot be written in a "
        "namespace: the machine has one for all, or it only tells something)");
    check_error(failure_of([&](OnError e) { lab.sysctls.set("net.ipv4.ip_forward", "yes", e); }),
                EINVAL,
                "set the sysctl: net.ipv4.ip_forward in lab: Invalid argument (the sysctl "
                "/proc/sys/net/ipv4/ip_forward does not take \"yes\")");
    // Of which the kernel would take the first and be silent.
    CHECK(refused("net.ipv4.ip_forward", "1 2").ends_with(" does not take \"1 2\")"));
    CHECK(refused("net.ipv4.tcp_congestion_control", "fancy")
              .ends_with("tcp_congestion_control does not take \"fancy\")"));
    CHECK(
        refused("net.ipv4.ip_forward", std::string_view{"1\n0"}) ==
        "set the sysctl: net.ipv4.ip_forward in lab: invalid option (the value of a sysctl is one "
        "line of at most 4094 bytes, without NUL)");
    CHECK(failure_of([&](OnError e) {
              (void)lab.sysctls.get("net.ipv6.conf.lo.stable_secret", e);
          }).what() == std::string{"read the sysctl: net.ipv6.conf.lo.stable_secret in lab: "
                                   "Input/output error (the sysctl "
                                   "/proc/sys/net/ipv6/conf/lo/stable_secret: it has no value "
                                   "yet)"});
    Netns moved = Netns::create();
    const Netns here = std::move(moved);
    CHECK(failure_of([&](OnError e) {
              (void)Sysctls{moved}.get("net.ipv4.ip_forward", e);
          }).code() == errc::no_such_namespace);
}

TEST_CASE("sysctls: a directory is none", "[kernel][sysctl][errors]") {
    const Lab lab;
    CHECK(failure_of([&](OnError e) { (void)lab.sysctls.get("net.ipv4", e); }).code() ==
          boost::system::errc::is_a_directory);
    CHECK(failure_of([&](OnError e) { lab.sysctls.set("net.ipv4", 1, e); }).code() ==
          boost::system::errc::is_a_directory);
}

TEST_CASE("sysctls: several are set all or none", "[kernel][sysctl]") {
    const Lab lab;
    lab.sysctls.set({{"net.ipv4.ip_forward", 1}, {"net.ipv4.tcp_syncookies", "2"}});
    CHECK(outside(lab.ns, "net/ipv4/tcp_syncookies") == "2");
    const Error error = failure_of([&](OnError e) {
        lab.sysctls.set({{"net.ipv4.ip_forward", 0},
                         {"net.ipv4.tcp_syncookies", 0},
                         {"net.ipv4.ip_forward", 1},
                         {"net.ipv4.nonsense", 1}},
                        e);
    });
    CHECK(std::string_view{error.what()}.starts_with(
        "set the sysctls: net.ipv4.nonsense in lab: No such file or directory"));
    CHECK(outside(lab.ns, "net/ipv4/ip_forward") == "1");
    CHECK(outside(lab.ns, "net/ipv4/tcp_syncookies") == "2");
}

// --- For a while -------------------------------------------------------------------------------

TEST_CASE("sysctls: a scope puts the old value back", "[kernel][sysctl]") {
    const Lab lab;
    const char* const name = "net.ipv4.tcp_syncookies";
    const auto now = [&] { return lab.sysctls.get<int>(name); };
    lab.sysctls.set(name, 1);
    {
        const ScopedSysctl outer = lab.sysctls.set_scoped(name, 2);
        CHECK(now() == 2);
        CHECK(outer.previous() == "1");
        ScopedSysctl inner = lab.sysctls.set_scoped(name, 0);
        ScopedSysctl moved = std::move(inner);
        CHECK_FALSE(static_cast<bool>(inner));
        CHECK(now() == 0);
        moved = ScopedSysctl{};
        CHECK(now() == 2);
    }
    CHECK(now() == 1);
    lab.sysctls.set_scoped(name, 2).release();
    CHECK(now() == 2);
    auto scope = lab.sysctls.set_scoped("net.ipv4.tcp_rmem", {4096, 87380, 6291456});
    succeeds([&](OnError e) { scope.restore(e); });
    CHECK_FALSE(static_cast<bool>(scope));
    CHECK(failure_of([&](OnError e) {
              const ScopedSysctl none = lab.sysctls.set_scoped(name, "x", e);
              CHECK_FALSE(static_cast<bool>(none));
          }).code() == boost::system::errc::invalid_argument);
    CHECK(now() == 2);

    // That of the current namespace is of the one in which it was made.
    std::optional<ScopedSysctl> kept;
    lab.ns.run([&] { kept = Sysctls{NetnsRef{}}.set_scoped(name, 0); });
    CHECK(now() == 0);
    std::thread{[&] { kept.reset(); }}.join();
    CHECK(now() == 2);

    // One whose link is gone, or whose namespace cannot be entered, ends in silence.
    std::optional<VethPair> pair{std::in_place,
                                 LinkOptions{.netns = lab.ns, .name = "eth0"},
                                 LinkOptions{.netns = lab.ns, .name = "eth1"}};
    ScopedSysctl of_link = Sysctls{pair->first()}.set_scoped("ipv4.rp_filter", 2);
    pair.reset();
    error_code ec;
    of_link.restore(ec);
    CHECK(ec == boost::system::errc::no_such_device);
}

TEST_CASE("sysctls: a child process puts nothing back", "[kernel][sysctl][fork]") {
    const Lab lab;
    const char* const name = "net.ipv4.tcp_syncookies";
    lab.sysctls.set(name, 1);
    auto scope = std::make_unique<ScopedSysctl>(lab.sysctls.set_scoped(name, 2));
    const pid_t child = ::fork();
    if (child == 0) {
        scope.reset();
        error_code ec;
        (void)lab.sysctls.get(name, ec);
        ::_exit(ec == errc::used_after_fork ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(lab.sysctls.get<int>(name) == 2);
    scope.reset();
    CHECK(lab.sysctls.get<int>(name) == 1);
}

// --- Where /proc is another one, read-only or not there -----------------------------------------

namespace {

// Runs f in a mount namespace of its own, in which /proc is something else; the thread ends there.
template <class F>
void with_other_proc(const std::string& kind, F&& f) {
    std::thread{[&] {
        REQUIRE(::unshare(CLONE_NEWNS) == 0);
        REQUIRE(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
        constexpr unsigned long again = MS_REMOUNT | MS_BIND | MS_RDONLY;
        if (kind == "read-only") {
            REQUIRE(::mount("/proc/sys", "/proc/sys", nullptr, MS_BIND, nullptr) == 0);
            REQUIRE(::mount(nullptr, "/proc/sys", nullptr, again, nullptr) == 0);
        } else {
            REQUIRE(::mount("none", "/proc", "tmpfs", 0, nullptr) == 0);
        }
        if (kind == "forged") {
            std::string path = "/proc";
            for (const char* part : {"/sys", "/net", "/ipv4"})
                REQUIRE(::mkdir((path += part).c_str(), 0755) == 0);
            std::ofstream{path + "/ip_forward"} << "7\n";
        }
        f();
    }}.join();
}

// In a user namespace a /proc can be mounted only with a PID namespace of its own.
bool may_mount_proc() {
    error_code ec;
    return static_cast<bool>(System{}.mount_detached("proc", ec));
}

}  // namespace

TEST_CASE("sysctls: where /proc is another one, read-only or not there, too", "[kernel][sysctl]") {
    Lab lab;
    const bool may = may_mount_proc();
    for (const std::string kind : {"read-only", "missing", "forged"})
        with_other_proc(kind, [&] {
            INFO(kind);
            error_code ec;
            lab.sysctls.set("net.ipv4.ip_forward", 1, ec);
            CHECK(ec == (may ? error_code{}
                             : error_code{kind == "read-only" ? EROFS : ENOENT,
                                          boost::system::system_category()}));
            CHECK(lab.sysctls.get<int>("net.ipv4.ip_forward", ec) == (may ? 1 : 0));
            CHECK(lab.sysctls.exists("net.ipv4.ip_forwrd", ec) == false);
            if (!may)
                CHECK(set_refused(lab.sysctls, "net.ipv4.ip_forward", 1)
                          .ends_with(
                              (kind == "read-only" ? " cannot be opened: /proc/sys is read-only"
                                                   : " cannot be opened: /proc/sys is not there") +
                              std::string{", and a /proc of one's own is refused, which takes "
                                          "CAP_SYS_ADMIN over the PID namespace: Operation "
                                          "not permitted)"}));
            else
                CHECK(set_refused(lab.sysctls, "net.ipv4.ip_forwrd", 1)
                          .find("the kernel has none of that name") != std::string::npos);
            if (kind == "forged") {
                std::string value;
                std::ifstream{"/proc/sys/net/ipv4/ip_forward"} >> value;
                CHECK(value == "7");
            }
            if (may) {
                const Netns made = Netns::create(
                    "made", {.forwarding = true, .sysctls = {{"net.ipv4.ip_forward", 0}}});
                CHECK(Sysctls{made}.get<int>("net.ipv4.ip_forward") == 0);
                CHECK(Sysctls{made}.get<int>("net.ipv6.conf.all.forwarding") == 1);
            }
            if (may) lab.sysctls.set("net.ipv4.ip_forward", 0);
        });
}

TEST_CASE("sysctls: every call on the way can fail, and nothing is left behind",
          "[kernel][sysctl][failure]") {
    const auto system = std::make_shared<FaultySystem>();
    const Netns netns = Netns::create("lab");
    const Sysctls sysctls{through(system, netns)};
    const auto ways = [&](auto&& f) {
        for (const Call call : {Call::open, Call::write, Call::read, Call::enter})
            for (int nth = 1; nth < 5; ++nth) {
                INFO(name_of(call) << " " << nth);
                system->fail(call, ENOMEM, nth);
                error_code ec;
                f(ec);
                const bool hit = system->hits() != 0;
                system->fail(Call::count, 0);
                CHECK(sysctls.get<bool>("net.ipv4.ip_forward") == !ec);
                sysctls.set("net.ipv4.ip_forward", 0);
                if (!hit) break;
            }
    };
    ways([&](OnError e) { sysctls.set("net.ipv4.ip_forward", 1, e); });
    ways([&](OnError e) {
        sysctls.set({{"net.ipv4.ip_forward", 1}, {"net.ipv4.tcp_syncookies", 1}}, e);
    });
    ways([&](OnError e) { sysctls.set_scoped("net.ipv4.ip_forward", 1, e).release(); });
}

// --- In options --------------------------------------------------------------------------------

TEST_CASE("sysctls: options of a namespace", "[kernel][sysctl][netns]") {
    const Netns router = Netns::create("router", {.forwarding = true});
    const Netns host = Netns::create("host", {.forwarding = false});
    const VethPair pair{{.netns = router, .name = "eth0", .up = true},
                        {.netns = host, .name = "eth0", .up = true}};
    for (const std::string path : {"net/ipv4/ip_forward",
                                   "net/ipv4/conf/eth0/forwarding",
                                   "net/ipv4/conf/default/forwarding",
                                   "net/ipv6/conf/all/forwarding",
                                   "net/ipv6/conf/default/forwarding",
                                   "net/ipv6/conf/eth0/forwarding"}) {
        INFO(path);
        CHECK(outside(router, path) == "1");
        CHECK(outside(host, path) == "0");
    }
    CHECK(outside(router, "net/ipv6/conf/eth0/accept_dad") == "0");

    const Netns server =
        Netns::create("server",
                      {.sysctls = {{"net.ipv4.tcp_syncookies", "2"},
                                   {"net.ipv4.conf.all.rp_filter", 0},
                                   {"net.ipv6.conf.default.disable_ipv6", true},
                                   {"net.ipv4.tcp_rmem", {4096, 87380, 6291456}}}});
    CHECK(Sysctls{server}.get("net.ipv4.tcp_syncookies") == "2");
    CHECK(Sysctls{server}.get<std::vector<int>>("net.ipv4.tcp_rmem")[1] == 87380);
    const Bridge none{{.netns = server, .name = "br0", .up = true}};
    CHECK(none.addresses().empty());

    check_error(
        failure_of([&](OnError e) {
            const Netns refused = Netns::create(
                "lab", {.sysctls = {{"net.ipv4.ip_forward", 1}, {"net.ipv4.nonsense", 1}}}, e);
            CHECK_FALSE(static_cast<bool>(refused));
        }),
        ENOENT,
        "create the namespace in lab: No such file or directory (the sysctl "
        "/proc/sys/net/ipv4/nonsense: the kernel has none of that name in a namespace; "
        "that of a module is there when it is loaded)");
    check_error(failure_of([&](OnError e) {
                    (void)Netns::create("lab", {.sysctls = {{"kernel.panic", 1}}}, e);
                }),
                errc::invalid_name,
                "create the namespace in lab: invalid name (the sysctl \"kernel.panic\": not of a "
                "network namespace: the names of those begin with net)");
}

TEST_CASE("sysctls: options of a link count before it comes up", "[kernel][sysctl][link]") {
    const Lab lab;
    const std::vector<Sysctl> quiet{{"ipv6/accept_ra", 0},
                                    {"ipv4.rp_filter", 2},
                                    {"ipv6.addr_gen_mode", 1},
                                    {"ipv4.neigh.ucast_solicit", 7}};
    const auto check = [&](const std::string& link) {
        INFO(link);
        CHECK(outside(lab.ns, "net/ipv6/conf/" + link + "/accept_ra") == "0");
        CHECK(outside(lab.ns, "net/ipv4/conf/" + link + "/rp_filter") == "2");
        CHECK(outside(lab.ns, "net/ipv4/neigh/" + link + "/ucast_solicit") == "7");
        // Of which the link-local address would be, had it come up before.
        CHECK(lab.ns.link(link).state().is_up());
        CHECK(lab.ns.link(link).addresses().empty());
    };
    const VethPair pair{{.netns = lab.ns, .name = "a", .up = true, .sysctls = quiet},
                        {.netns = lab.ns, .name = "b.1", .up = true, .sysctls = quiet}};
    const Bridge bridge{{.netns = lab.ns, .name = "br0", .up = true, .sysctls = quiet}};
    pair.wait_ready(long_enough);
    for (const std::string link : {"a", "b.1", "br0"}) check(link);

    const Error error = failure_of([&](OnError e) {
        const Bridge refused{
            {.netns = lab.ns, .name = "br1", .up = true, .sysctls = {{"ipv6.accept_rb", 0}}},
            {},
            e};
    });
    check_error(error,
                ENOENT,
                "create the bridge: br1 in lab: No such file or directory (the sysctl "
                "/proc/sys/net/ipv6/conf/br1/accept_rb: the kernel has none of that name in a "
                "namespace; that of a module is there when it is loaded)");
    CHECK(names(lab.ns) == Names{"a", "b.1", "br0"});
}

TEST_CASE("sysctls: who turns detection of duplicates on is waited for", "[kernel][sysctl][dad]") {
    Netns detecting = Netns::create("a", {.sysctls = {{"net.ipv6.conf.default.accept_dad", 1}}});
    Netns later = Netns::create("b");
    Sysctls{later}.set("net.ipv6.conf.all.accept_dad", 1);
    for (const Netns* one : {&detecting, &later}) {
        CHECK_FALSE(NetnsRef{*one}.state()->skips_duplicate_detection);
        // Its own link-local address is not waited for, as in any namespace that detects.
        Sysctls{*one}.set("net.ipv6.conf.default.dad_transmits", 1000);
        const VethPair pair{{.netns = *one, .name = "eth0", .up = true},
                            {.netns = *one, .name = "eth1", .up = true}};
        pair.wait_ready(long_enough);
    }
}

TEST_CASE("sysctls: a router forwards, IPv4 and IPv6", "[kernel][sysctl][ping]") {
    const Netns client = Netns::create("client");
    const Netns router = Netns::create("router", {.forwarding = true});
    const Netns server = Netns::create("server");
    const VethPair lan{
        {.netns = client, .name = "eth0", .addresses = {"10.0.1.2/24", "fd00:1::2/64"}, .up = true},
        {.netns = router, .name = "lan", .addresses = {"10.0.1.1/24", "fd00:1::1/64"}, .up = true}};
    const VethPair wan{
        {.netns = router, .name = "wan", .addresses = {"10.0.2.1/24", "fd00:2::1/64"}, .up = true},
        {.netns = server,
         .name = "eth0",
         .addresses = {"10.0.2.2/24", "fd00:2::2/64"},
         .up = true}};
    Routes{client}.add({.via = "10.0.1.1"});
    Routes{client}.add({.via = "fd00:1::1"});
    Routes{server}.add({.via = "10.0.2.1"});
    Routes{server}.add({.via = "fd00:2::1"});
    lan.wait_ready(long_enough);
    wan.wait_ready(long_enough);
    for (const std::string to : {"10.0.2.2", "fd00:2::2"}) {
        CHECK(ping(client, to, {.count = 1, .timeout = long_enough}).received == 1);
        const auto off = Sysctls{router}.set_scoped(
            to[0] == 'f' ? "net.ipv6.conf.all.forwarding" : "net.ipv4.ip_forward", 0);
        CHECK(ping(client, to, {.count = 1, .timeout = std::chrono::milliseconds{50}}).received ==
              0);
    }
}

TEST_CASE("sysctls: the keys that people write", "[kernel][sysctl]") {
    const Lab lab;
    const VethPair pair{{.netns = lab.ns, .name = "eth0"}, {.netns = lab.ns, .name = "eth1"}};
    const auto check = [&](const std::string& name, const SysctlValue& value) {
        INFO(name);
        error_code ec;
        lab.sysctls.set(name, value, ec);
        if (ec == boost::system::errc::no_such_file_or_directory) return;  // not built in
        CHECK(ec == error_code{});
        CHECK(lab.sysctls.get(name) == value.text());
    };
    for (const std::string where : {"all", "default", "eth0"})
        for (const int value : {1, 0, 1}) {
            std::istringstream ipv4{
                "forwarding rp_filter arp_ignore arp_announce arp_filter accept_local "
                "send_redirects accept_redirects proxy_arp route_localnet src_valid_mark "
                "log_martians"};
            for (std::string key; ipv4 >> key;) check("net.ipv4.conf." + where + "." + key, value);
            std::istringstream ipv6{
                "forwarding disable_ipv6 accept_dad accept_ra autoconf router_solicitations "
                "dad_transmits keep_addr_on_down proxy_ndp addr_gen_mode use_tempaddr "
                "seg6_enabled optimistic_dad"};
            for (std::string key; ipv6 >> key;) check("net.ipv6.conf." + where + "." + key, value);
        }
    std::istringstream others{
        "net.ipv4.ip_forward=1|net.ipv4.tcp_rmem=4096\t87380\t6291456|net.ipv4.tcp_wmem=4096\t87380"
        "\t6291456|net.ipv4.tcp_syncookies=2|net.ipv4.tcp_congestion_control=reno|net.ipv4.tcp_ecn="
        "1"
        "|net.ipv4.tcp_timestamps=0|net.ipv4.tcp_sack=0|net.ipv4.tcp_mtu_probing=2|"
        "net.ipv4.tcp_tw_reuse=1|net.ipv4.tcp_fastopen=3|net.ipv4.tcp_retries2=5|"
        "net.ipv4.ip_local_port_range=20000\t30000|net.ipv4.ping_group_range=0\t0|"
        "net.ipv4.ip_unprivileged_port_start=80|net.ipv4.ip_nonlocal_bind=1|"
        "net.ipv4.fib_multipath_hash_policy=1|net.ipv4.icmp_echo_ignore_all=1|"
        "net.ipv4.icmp_ratelimit=0|net.ipv4.igmp_max_memberships=50|net.ipv4.tcp_l3mdev_accept=1|"
        "net.ipv4.udp_l3mdev_accept=1|net.ipv6.bindv6only=1|net.ipv6.fib_multipath_hash_policy=1|"
        "net.ipv6.flowlabel_consistency=0|net.ipv6.ip_nonlocal_bind=1|net.core.somaxconn=100|"
        "net.mptcp.enabled=0|net.unix.max_dgram_qlen=20|net.bridge.bridge-nf-call-iptables=0|"
        "net.netfilter.nf_conntrack_udp_timeout=10|"
        "net.netfilter.nf_conntrack_tcp_timeout_established=100|net.ipv4.xfrm4_gc_thresh=2"};
    for (std::string one; std::getline(others, one, '|');)
        check(one.substr(0, one.find('=')), one.substr(one.find('=') + 1));
}
