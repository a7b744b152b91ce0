// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/netlink/session.hpp>
#include <vethpp/netlink/socket.hpp>
#include <vethpp/netns/excursion.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/ovs/supervisor.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/wire/codec.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <linux/genetlink.h>
#include <linux/openvswitch.h>
#include <memory>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/random.h>
#include <sys/wait.h>
#include <utility>
#include <vector>

namespace vethpp {

/// What carries the frames of an Open vSwitch.
enum class OvsDatapath {
    automatic,  ///< the first of the following that works here
    kernel,     ///< the kernel's module `openvswitch`; datapath_type "system"
    userspace,  ///< ovs-vswitchd itself, with taps from /dev/net/tun; datapath_type "netdev"
    dummy,      ///< the same without taps: it needs no device, and its internal ports are deaf
};

struct OvsDaemonOptions {
    NetnsRef netns{};  ///< where the switch is; the caller's namespace unless given
    OvsDatapath datapath = OvsDatapath::automatic;
    std::chrono::milliseconds timeout{10'000};  ///< of starting
    /// Where ovsdb-tool, ovsdb-server and ovs-vswitchd are; unless given, $PATH and the usual
    /// places.
    std::string program_directory{};
    /// vswitch.ovsschema; unless given, where Debian and `make install` put it.
    std::string schema{};
};

/// An Open vSwitch of one's own: ovsdb-server and ovs-vswitchd with a fresh database in a
/// directory of their own, in a given namespace. Any number of them run side by side, also beside
/// the system's.
///
/// **Ownership.** The daemons end with this object, and when the owner is killed, at whatever
/// moment; the directory and the switch's own links go with them, and so does a bridge: there is no
/// need to delete it first, which takes 0.2 s. The kernel's datapath is one for all switches of a
/// namespace: it goes with the first of them, and one that was there before stays.
/// **Blocking.** It is ready when the constructor returns, after some 0.1 s.
/// **Errors.** errc::not_installed names the package; errc::ovs_not_started quotes the log. Needs
/// CAP_SYS_ADMIN in the user namespace (for a PID namespace), as namespaces do.
class OvsDaemon {
public:
    explicit OvsDaemon(const OvsDaemonOptions& options = {}, OnError on_error = {}) {
        Failure failure;
        start(options, failure);
        if (failure) {
            failure.context.operation = "start Open vSwitch";
            if (!options.netns.is_current()) failure.context.netns = options.netns.label();
            stop();
        }
        on_error(std::move(failure));
    }
    OvsDaemon(OvsDaemon&& other) noexcept
        : supervisor_{std::move(other.supervisor_)},
          directory_{std::exchange(other.directory_, {})},
          datapath_{other.datapath_},
          reason_{std::move(other.reason_)} {}
    OvsDaemon& operator=(OvsDaemon&& other) noexcept {
        if (this == &other) return *this;
        stop();
        supervisor_ = std::move(other.supervisor_);
        directory_ = std::exchange(other.directory_, {});
        datapath_ = other.datapath_;
        reason_ = std::move(other.reason_);
        return *this;
    }
    ~OvsDaemon() { stop(); }

    /// False for one that was moved from, or did not start.
    [[nodiscard]] explicit operator bool() const noexcept { return !directory_.empty(); }
    /// The address of its database, as ovs-vsctl --db takes it.
    [[nodiscard]] std::string database() const {
        return directory_.empty() ? "" : detail::concat({"unix:", directory_, "/db.sock"});
    }
    /// What Bridge.datapath_type should be: "system", "netdev" or "dummy".
    [[nodiscard]] std::string datapath_type() const {
        return datapath_ == OvsDatapath::kernel      ? "system"
               : datapath_ == OvsDatapath::userspace ? "netdev"
                                                     : "dummy";
    }
    [[nodiscard]] OvsDatapath datapath() const noexcept { return datapath_; }
    /// Why it is that datapath, in words.
    [[nodiscard]] const std::string& datapath_reason() const noexcept { return reason_; }
    /// The directory with its sockets, logs and database.
    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
    /// What ovs-vswitchd has logged so far.
    [[nodiscard]] std::string log() const { return read("ovs-vswitchd.log"); }

private:
    void start(const OvsDaemonOptions& options, Failure& failure) {
        const std::string tool = program("ovsdb-tool", options, failure);
        const std::string server = program("ovsdb-server", options, failure);
        const std::string vswitchd = program("ovs-vswitchd", options, failure);
        const std::string schema = find_schema(options, failure);
        if (!failure) choose(options.datapath, failure);
        if (failure) return;
        name_directory(failure);
        if (failure) return directory_.clear();

        const std::string log_file = "--log-file=" + directory_ + "/";
        std::vector<std::string> daemon = {
            "--detach", "--no-chdir", "-vconsole:off", "-vsyslog:off", "-vfile:info"};
        std::vector<std::string> serve = daemon;
        serve.insert(serve.end(),
                     {log_file + "ovsdb-server.log",
                      "--pidfile=" + directory_ + "/ovsdb-server.pid",
                      "--remote=p" + database(),
                      "conf.db"});
        std::vector<std::string> run = daemon;
        run.insert(
            run.end(),
            {log_file + "ovs-vswitchd.log", "--pidfile=" + directory_ + "/ovs-vswitchd.pid"});
        if (datapath_ != OvsDatapath::kernel) run.emplace_back("--disable-system");
        if (datapath_ == OvsDatapath::dummy) run.emplace_back("--enable-dummy");
        run.push_back(database());

        detail::OvsSupervisor::Setup setup{.directory = directory_,
                                           .netns = options.netns.native_handle()};
        setup.commands = {{tool, {"create", "conf.db", schema}},
                          // The root row, without which ovs-vswitchd waits.
                          {tool,
                           {"transact",
                            "conf.db",
                            R"(["Open_vSwitch",{"op":"insert","table":"Open_vSwitch","row":{}}])"}},
                          {server, serve},
                          {vswitchd, run}};
        for (const char* name : {"OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR"})
            setup.environment.push_back(detail::concat({name, "=", directory_}));
        setup.environment.emplace_back("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
        if (datapath_ == OvsDatapath::kernel)
            setup.last_request = removal_of_datapath(options.netns, failure);
        if (failure) return directory_.clear();

        error_code ec;
        supervisor_ = detail::OvsSupervisor{setup, ec};
        failure.fail(ec);
        if (ec == boost::system::errc::operation_not_permitted)
            failure.context.hint = "CAP_SYS_ADMIN is needed: run as root, or in a user namespace";
        if (!ec) wait(setup, options.timeout, failure);
    }

    void wait(const detail::OvsSupervisor::Setup& setup,
              std::chrono::milliseconds timeout,
              Failure& failure) {
        const auto until = std::chrono::steady_clock::now() + timeout;
        pollfd item{.fd = supervisor_.native_handle(), .events = POLLIN, .revents = 0};
        int ready = -1;
        do {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                until - std::chrono::steady_clock::now());
            ready = ::poll(&item, 1, static_cast<int>(std::clamp<long>(left.count(), 0, 1 << 30)));
        } while (ready < 0 && errno == EINTR);
        if (ready <= 0) {
            failure.fail(
                errc::ovs_not_started,
                detail::concat(
                    {"not within ", std::to_string(timeout.count()), " ms; ", last_words()}));
            return;
        }
        const auto outcome = supervisor_.outcome();
        if (outcome.ready) return;
        if (outcome.status < 0) {
            failure.fail(error_code{-outcome.status, boost::system::system_category()});
            if (outcome.step != detail::OvsSupervisor::Outcome::no_directory) return;
            failure.context.object = std::exchange(directory_, {});
            return;
        }
        const std::string& path =
            setup.commands[std::min<std::size_t>(outcome.step, setup.commands.size() - 1)].path;
        const int status = outcome.status;
        failure.fail(
            errc::ovs_not_started,
            detail::concat(
                {path.substr(path.rfind('/') + 1),
                 WIFSIGNALED(status) ? " was ended by signal " : " failed with status ",
                 std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)),
                 "; ",
                 last_words()}));
    }

    // The supervisor makes it, and fails if it is there.
    void name_directory(Failure& failure) {
        std::uint64_t number = 0;
        if (::getrandom(&number, sizeof number, 0) < 0)
            failure.fail(error_code{errno, boost::system::system_category()});
        const auto in = [&](const char* place) {
            return detail::concat({place, "/", detail::ovs_directory_name, std::to_string(number)});
        };
        const char* base = std::getenv("TMPDIR");
        directory_ = in(base != nullptr && *base == '/' ? base : "/tmp");
        constexpr std::size_t longest = 107 - sizeof "/ovs-vswitchd.12345.ctl";
        if (directory_.size() > longest) directory_ = in("/tmp");
    }

    void choose(OvsDatapath wanted, Failure& failure) {
        using enum OvsDatapath;
        datapath_ = wanted;
        reason_ = "it was asked for";
        if (wanted == dummy) return;
        const std::string module = without_module();
        const std::string taps = without_taps();
        if (wanted == kernel && !module.empty()) failure.fail(errc::invalid_option, module);
        if (wanted == userspace && !taps.empty()) failure.fail(errc::invalid_option, taps);
        if (wanted != automatic) return;
        datapath_ = module.empty() ? kernel : taps.empty() ? userspace : dummy;
        reason_ = datapath_ == kernel      ? "the kernel has the module openvswitch"
                  : datapath_ == userspace ? module
                                           : detail::concat({module, ", and ", taps});
    }

    // Why there is no datapath in the kernel; empty if there is one. Asking loads the module where
    // it exists and the caller may.
    static std::string without_module() {
        Failure failure;
        error_code ec;
        auto socket = std::make_unique<netlink::Socket>(NETLINK_GENERIC, ec);
        failure.fail(ec);
        if (!failure) {
            netlink::Session session{std::move(socket)};
            (void)datapath_family(session, failure);
        }
        return failure ? "the kernel has no module openvswitch" : "";
    }
    // The message type of requests about datapaths.
    static std::uint16_t datapath_family(netlink::Session& session, Failure& failure) {
        std::uint16_t family = 0;
        session.request(
            {.type = GENL_ID_CTRL},
            [](wire::Writer& w) {
                w.pod(genlmsghdr{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0});
                wire::Text::write(w, CTRL_ATTR_FAMILY_NAME, OVS_DATAPATH_FAMILY);
            },
            [&](const wire::RawMessage& m) {
                wire::Attributes list{wire::after(m.payload, sizeof(genlmsghdr))};
                for (const auto& attribute : list)
                    if (attribute.type == CTRL_ATTR_FAMILY_ID)
                        family = wire::load<std::uint16_t>(attribute.payload).value_or(family);
            },
            failure);
        return family;
    }
    // The kernel's datapath outlives ovs-vswitchd, and its links with it. One that is there before
    // belongs to somebody else, and stays: then there is nothing to send.
    static std::vector<std::byte> removal_of_datapath(const NetnsRef& netns, Failure& failure) {
        error_code ec;
        std::unique_ptr<netlink::Socket> socket;
        detail::excursion(
            *System::real(),
            [&](const detail::UniqueFd&) {
                if (!netns.is_current()) System::real()->enter(netns.native_handle(), ec);
                if (!ec) socket = std::make_unique<netlink::Socket>(NETLINK_GENERIC, ec);
            },
            failure);
        if (!failure) failure.fail(ec);
        if (failure) return {};
        netlink::Session session{std::move(socket)};
        const std::uint16_t family = datapath_family(session, failure);
        if (failure) return {};
        const auto about = [](std::uint8_t command) {
            return [command](wire::Writer& w) {
                w.pod(genlmsghdr{.cmd = command, .version = OVS_DATAPATH_VERSION, .reserved = 0});
                w.pod(ovs_header{.dp_ifindex = 0});
                wire::Text::write(w, OVS_DP_ATTR_NAME, "ovs-system");
            };
        };
        Failure answer;
        session.request({.type = family}, about(OVS_DP_CMD_GET), answer);
        if (answer.code != boost::system::errc::no_such_device) return {};
        std::vector<std::byte> bytes(128);
        wire::Writer writer{bytes};
        writer.message(family, NLM_F_REQUEST, 1, about(OVS_DP_CMD_DEL));
        bytes.resize(writer.size());
        return bytes;
    }
    static std::string without_taps() {
        const detail::UniqueFd tun{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
        return tun ? ""
                   : "/dev/net/tun cannot be opened: " +
                         error_code{errno, boost::system::system_category()}.message();
    }

    static std::string program(std::string_view name,
                               const OvsDaemonOptions& options,
                               Failure& failure) {
        if (failure) return {};
        std::string places = options.program_directory;
        if (places.empty()) {
            const char* path = std::getenv("PATH");
            places = detail::concat({path != nullptr ? path : "",
                                     ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"});
        }
        while (!places.empty()) {
            const std::size_t end = std::min(places.find(':'), places.size());
            std::string file = detail::concat({places.substr(0, end), "/", name});
            if (end != 0 && ::access(file.c_str(), X_OK) == 0) return file;
            places.erase(0, end + 1);
        }
        failure.fail(errc::not_installed, "Debian and Ubuntu have it in openvswitch-switch");
        failure.context.object = name;
        return {};
    }
    static std::string find_schema(const OvsDaemonOptions& options, Failure& failure) {
        if (!options.schema.empty()) return options.schema;
        for (const char* place : {"/usr/share/openvswitch", "/usr/local/share/openvswitch"}) {
            std::string file = detail::concat({place, "/vswitch.ovsschema"});
            if (::access(file.c_str(), R_OK) == 0) return file;
        }
        if (!failure) {
            failure.fail(errc::not_installed, "Debian and Ubuntu have it in openvswitch-common");
            failure.context.object = "vswitch.ovsschema";
        }
        return {};
    }

    [[nodiscard]] std::string read(const char* name) const {
        std::ifstream file{directory_ + "/" + name};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    // The end of what the programs said, on one line.
    [[nodiscard]] std::string last_words() const {
        std::string words = read("start.log") + read("ovsdb-server.log") + log();
        constexpr std::size_t enough = 600;
        if (words.size() > enough) words.erase(0, words.size() - enough);
        while (!words.empty() && words.back() == '\n') words.pop_back();
        std::replace(words.begin(), words.end(), '\n', '|');
        return words.empty() ? "it said nothing" : "it said: " + words;
    }

    void stop() noexcept {
        supervisor_.stop();
        if (directory_.empty()) return;
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
        directory_.clear();
    }

    detail::OvsSupervisor supervisor_{};
    std::string directory_{};
    OvsDatapath datapath_ = OvsDatapath::automatic;
    std::string reason_{};
};

}  // namespace vethpp
