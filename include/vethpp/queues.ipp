// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/visit.hpp>
#include <vethpp/queues.hpp>
#include <vethpp/value/attempt.hpp>

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <string_view>

namespace vethpp {
namespace detail {

using Numbers = std::vector<std::uint32_t>;

// "00000001,00000003" is 0, 1 and 32: words of 32 bits, the highest first.
[[nodiscard]] inline std::string mask_of(const Numbers& numbers) {
    const std::uint32_t words =
        numbers.empty() ? 1 : *std::max_element(numbers.begin(), numbers.end()) / 32 + 1;
    std::vector<std::uint32_t> bits(words);
    for (const std::uint32_t number : numbers) bits[number / 32] |= 1U << number % 32;
    std::reverse(bits.begin(), bits.end());
    std::string out;
    for (const std::uint32_t word : bits) out += (out.empty() ? "" : ",") + hex(word, 8);
    return out;
}

[[nodiscard]] inline bool read_mask(std::string_view text, Numbers& numbers) {
    const auto words = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), ','));
    for (std::uint32_t word = words; !text.empty(); --word) {
        const std::size_t size = std::min(text.find(','), text.size());
        std::uint32_t bits = 0;
        const char* const begin = text.data();
        const auto [end, ec] = std::from_chars(begin, begin + size, bits, 16);
        if (ec != std::errc{} || end != begin + size) return false;
        for (std::uint32_t bit = 0; bit < 32; ++bit)
            if ((bits >> bit & 1U) != 0) numbers.push_back(word * 32 + bit);
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    std::sort(numbers.begin(), numbers.end());
    return true;
}

// The files of a link's queues, by a sysfs of the namespace that the thread is in.
class QueueFiles {
public:
    QueueFiles(const System& system, std::string_view link, Failure& failure)
        : system_{system}, queues_{concat({"class/net/", link, "/queues/"})} {
        error_code ec;
        sysfs_ = system.mount_detached("sysfs", ec);
        if (ec == boost::system::errc::operation_not_permitted)
            failure.fail(ec,
                         "a sysfs of the namespace takes CAP_SYS_ADMIN over it and, in a user "
                         "namespace, a whole /sys");
        failure.fail(ec, "a sysfs of the namespace cannot be mounted");
    }

    [[nodiscard]] bool has(const std::string& name, Failure& failure) const {
        if (failure) return false;
        error_code ec;
        const UniqueFd found = open(name, O_PATH, ec);
        if (ec != boost::system::errc::no_such_file_or_directory) failure.fail(ec, name);
        return !ec;
    }
    // Empty where it is not there, or says nothing.
    [[nodiscard]] std::optional<std::string> read(const std::string& name, Failure& failure) const {
        if (failure) return std::nullopt;
        error_code ec;
        char text[4096];
        std::size_t size = 0;
        const UniqueFd file = open(name, O_RDONLY, ec);
        if (!ec) size = system_.read(file.get(), text, ec);
        if (ec == boost::system::errc::no_such_file_or_directory) return std::nullopt;
        failure.fail(ec, name);
        while (size > 0 && text[size - 1] == '\n') --size;
        return std::string{text, size};
    }
    void write(const std::string& name, std::string_view value, Failure& failure) const {
        if (failure) return;
        error_code ec;
        const UniqueFd file = open(name, O_WRONLY, ec);
        if (!ec) system_.write(file.get(), value, ec);
        namespace e = boost::system::errc;
        const char* why = ": the kernel does not take that";
        Failure unknown;
        if (ec == e::no_such_file_or_directory)
            why = has(name.substr(0, name.find('/')), unknown)
                      ? ": the kernel has none, or not for a link with a single transmit queue"
                      : ": the link has no such queue";
        else if (ec == e::value_too_large)
            why = ": a number is higher than that of any processor or queue";
        else if (ec == e::operation_not_permitted || ec == e::permission_denied)
            why = ": it takes CAP_NET_ADMIN of the machine, and not of a user namespace";
        failure.fail(ec, concat({name, why}));
    }
    void write(const std::string& name, const Numbers& numbers, Failure& failure) const {
        // More than any kernel has, and no reason to make a text of it.
        if (std::any_of(numbers.begin(), numbers.end(), [](auto n) { return n >= 65536; }))
            failure.fail(errc::invalid_option, concat({name, ": a number is too high"}));
        if (!failure) write(name, std::string_view{mask_of(numbers)}, failure);
    }
    [[nodiscard]] Numbers read_numbers(const std::string& name, Failure& failure) const {
        Numbers numbers;
        const std::optional<std::string> text = read(name, failure);
        if (text && !failure && !read_mask(*text, numbers))
            failure.fail(errc::malformed_reply, name);
        return numbers;
    }

private:
    [[nodiscard]] UniqueFd open(const std::string& name, int flags, error_code& ec) const {
        return system_.open_at(sysfs_.get(), concat({queues_, name}).c_str(), flags, ec);
    }

    const System& system_;
    std::string queues_;
    UniqueFd sysfs_{};
};

// attempt() with the queues of a link.
inline void attempt_queues(const char* operation,
                           const LinkRef& link,
                           OnError on_error,
                           FunctionRef<void(const QueueFiles&, Failure&)> body) {
    attempt({operation, link.name(), link.netns().label()}, on_error, [&](Failure& failure) {
        if (link.index() == 0) failure.fail(errc::no_such_link);
        const NetnsPtr netns = link.netns().resolve(failure);
        if (failure) return;
        const std::string name =
            netlink::look_up(netns->session, {.index = link.index()}, failure).name;
        const auto there = [&] {
            const QueueFiles files{*netns->system, name, failure};
            if (!failure) body(files, failure);
        };
        visit(link.netns(), there, failure);
    });
}

[[nodiscard]] inline std::string queue_file(const char* way,
                                            std::uint32_t queue,
                                            const char* name = "") {
    return concat({way, "-", std::to_string(queue), *name == 0 ? "" : "/", name});
}

inline void append_numbers(std::string& out, std::string_view name, const Numbers& numbers) {
    out += concat({" ", name, "="});
    if (numbers.empty()) out += "none";
    for (std::size_t i = 0; i < numbers.size(); ++i)
        out += (i == 0 ? "" : ",") + std::to_string(numbers[i]);
}

}  // namespace detail

VETHPP_INLINE std::string RpsSettings::to_string() const {
    std::string out = detail::queue_file("rx", queue);
    detail::append_numbers(out, "cpus", cpus);
    if (flow_count) out += " flow_count=" + std::to_string(*flow_count);
    return out;
}

VETHPP_INLINE std::string XpsSettings::to_string() const {
    std::string out = detail::queue_file("tx", queue);
    detail::append_numbers(out, "cpus", cpus);
    detail::append_numbers(out, "rx_queues", rx_queues);
    return out;
}

VETHPP_INLINE void set_rps(const LinkRef& link, const RpsSettings& settings, OnError on_error) {
    const auto set = [&](const detail::QueueFiles& files, Failure& failure) {
        files.write(detail::queue_file("rx", settings.queue, "rps_cpus"), settings.cpus, failure);
        if (settings.flow_count)
            files.write(detail::queue_file("rx", settings.queue, "rps_flow_cnt"),
                        std::string_view{std::to_string(*settings.flow_count)},
                        failure);
    };
    detail::attempt_queues("set the RPS of", link, on_error, set);
}

VETHPP_INLINE void set_xps(const LinkRef& link, const XpsSettings& settings, OnError on_error) {
    const auto set = [&](const detail::QueueFiles& files, Failure& failure) {
        const std::uint32_t queue = settings.queue;
        files.write(detail::queue_file("tx", queue, "xps_cpus"), settings.cpus, failure);
        files.write(detail::queue_file("tx", queue, "xps_rxqs"), settings.rx_queues, failure);
    };
    detail::attempt_queues("set the XPS of", link, on_error, set);
}

VETHPP_INLINE std::vector<RpsSettings> rps(const LinkRef& link, OnError on_error) {
    std::vector<RpsSettings> out;
    const auto read = [&](const detail::QueueFiles& files, Failure& failure) {
        for (std::uint32_t i = 0; files.has(detail::queue_file("rx", i), failure); ++i) {
            RpsSettings& one = out.emplace_back(RpsSettings{.queue = i});
            one.cpus = files.read_numbers(detail::queue_file("rx", i, "rps_cpus"), failure);
            const auto flows = files.read(detail::queue_file("rx", i, "rps_flow_cnt"), failure);
            std::uint32_t count = 0;
            if (!flows || failure) continue;
            (void)std::from_chars(flows->data(), flows->data() + flows->size(), count);
            one.flow_count = count;
        }
        if (failure) out.clear();
    };
    detail::attempt_queues("read the RPS of", link, on_error, read);
    return out;
}

VETHPP_INLINE std::vector<XpsSettings> xps(const LinkRef& link, OnError on_error) {
    std::vector<XpsSettings> out;
    const auto read = [&](const detail::QueueFiles& files, Failure& failure) {
        for (std::uint32_t i = 0; files.has(detail::queue_file("tx", i), failure); ++i) {
            XpsSettings& one = out.emplace_back(XpsSettings{.queue = i});
            one.cpus = files.read_numbers(detail::queue_file("tx", i, "xps_cpus"), failure);
            one.rx_queues = files.read_numbers(detail::queue_file("tx", i, "xps_rxqs"), failure);
        }
        if (failure) out.clear();
    };
    detail::attempt_queues("read the XPS of", link, on_error, read);
    return out;
}

}  // namespace vethpp
