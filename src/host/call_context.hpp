#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <synapsed/host.hpp>

#include "engine/host_function.hpp"
#include "host/execution_scope.hpp"

namespace synapsed {

#if defined(__SANITIZE_ADDRESS__)
#define SYNAPSED_COPIES_SPANS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SYNAPSED_COPIES_SPANS 1
#endif
#endif

#ifdef SYNAPSED_COPIES_SPANS
inline constexpr bool kCopiesSpans = true;
#else
inline constexpr bool kCopiesSpans = false;
#endif

/// Stand-ins for guest memory in builds with AddressSanitizer. Guest memory never becomes invalid
/// for the sanitizer, so a host function that keeps a view would go unnoticed; a copy on the heap
/// that is freed after the call does not.
class SpanCopies {
 public:
  [[nodiscard]] std::span<std::byte> copy_of(std::span<std::byte> guest);
  /// What the host function wrote goes to the guest.
  void write_back() const;

 private:
  struct Copy {
    std::span<std::byte> guest;
    std::vector<std::byte> original;
    std::unique_ptr<std::byte[]> bytes;
  };
  std::vector<Copy> copies_;
};

struct CallContext::Impl {
  const engine::Caller& caller;
  ExecutionScope& scope;
  const HostPrice& price;
  std::shared_ptr<host_detail::Operation> operation;  ///< null for a function that does not wait
  /// The guest's memory, looked up once: it cannot grow while the host function runs.
  std::optional<engine::MemoryView> memory;
  SpanCopies copies;  ///< empty unless `kCopiesSpans`
};

/// How the room makes contexts, which users cannot.
struct CallContextAccess {
  [[nodiscard]] static CallContext::Impl& impl(CallContext& context) { return context.impl_; }
  [[nodiscard]] static CallContext make(CallContext::Impl& impl) { return CallContext(impl); }
  [[nodiscard]] static std::optional<int> exit_code(const CallContext& context) {
    return context.exit_code_;
  }
};

}  // namespace synapsed
