// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/copies.hpp>
#include <vethpp/base/process.hpp>
#include <vethpp/base/random.hpp>
#include <vethpp/base/unique_fd.hpp>

#include <atomic>
#include <cstdint>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace vethpp::detail {

/// The page that tells of copies of one process.
class WatchedPage {
public:
    /// Null if there is none of this process. A child needs one of its own and leaves that of its
    /// parent untouched, or the parent would have it for itself again.
    [[nodiscard]] static WatchedPage* of_this_process() noexcept {
        WatchedPage* const page = latest().load();
        return page != nullptr && page->birthplace_.is_here() ? page : nullptr;
    }

    static void make() noexcept {
        WatchedPage* known = latest().load();
        if (known != nullptr && known->birthplace_.is_here()) return;
        void* const memory = ::mmap(nullptr,
                                    sizeof(WatchedPage),
                                    PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS,
                                    -1,
                                    0);
        if (memory == MAP_FAILED) return;
        // Never given back: objects of static storage ask to the very end.
        auto* const made = new (memory) WatchedPage{};
        if (!latest().compare_exchange_strong(known, made)) ::munmap(memory, sizeof(WatchedPage));
    }

    [[nodiscard]] bool is_exclusive() const noexcept {
        constexpr std::uint64_t present = 1ULL << 63U;
        constexpr std::uint64_t exclusive = 1ULL << 56U;
        const UniqueFd map{::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)};
        std::uint64_t entry = 0;
        const auto page = reinterpret_cast<std::uintptr_t>(this) /
                          static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
        const auto where = static_cast<::off_t>(page * sizeof entry);
        if (!map || ::pread(map.get(), &entry, sizeof entry, where) != sizeof entry) return false;
        return (entry & present) != 0 && (entry & exclusive) != 0;
    }

private:
    WatchedPage() noexcept = default;

    [[nodiscard]] static std::atomic<WatchedPage*>& latest() noexcept {
        static std::atomic<WatchedPage*> page{nullptr};
        return page;
    }

    Birthplace birthplace_{};
    // So that no other page is the same, and the kernel makes one of both (KSM).
    [[maybe_unused]] std::uint64_t unlike_others_ = random_bits();
};

VETHPP_INLINE void watch_for_copies() noexcept { WatchedPage::make(); }

VETHPP_INLINE bool copies_may_exist() noexcept {
    const WatchedPage* const page = WatchedPage::of_this_process();
    return page == nullptr || !page->is_exclusive();
}

}  // namespace vethpp::detail
