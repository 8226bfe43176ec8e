#pragma once

#include <list>
#include <optional>
#include <span>
#include <vector>

#include <synapsed/host.hpp>

#include "base/sanitizers.hpp"
#include "host/execution_scope.hpp"

namespace synapsed {

#ifdef SYNAPSED_ASAN
inline constexpr bool kCopiesSpans = true;
#else
inline constexpr bool kCopiesSpans = false;
#endif

/// Stand-ins for guest memory in builds with AddressSanitizer. Guest memory never becomes invalid
/// for the sanitizer, so a host function that keeps a view would go unnoticed; a copy on the heap
/// that is freed after the call does not.
struct CallContext::Copies {
  struct Copy {
    std::span<std::byte> guest;
    std::vector<std::byte> original;
    std::vector<std::byte> bytes;
  };
  std::list<Copy> copies;

  [[nodiscard]] std::span<std::byte> copy_of(std::span<std::byte> guest);
  /// What the host function wrote goes to the guest.
  void write_back() const;
};

/// What the room does with contexts, and users cannot.
struct CallContextAccess {
  [[nodiscard]] static ExecutionScope& scope(const CallContext& context) {
    return *static_cast<ExecutionScope*>(context.caller_.user());
  }
  [[nodiscard]] static const HostPrice& price(const CallContext& context) {
    return context.price_;
  }
  [[nodiscard]] static std::optional<int> exit_code(const CallContext& context) {
    return context.exit_code_;
  }
  static void set_operation(CallContext& context,
                            std::shared_ptr<host_detail::Operation>& operation) {
    context.operation_ = &operation;
  }
  [[nodiscard]] static const std::shared_ptr<host_detail::Operation>& operation(
      const CallContext& context) {
    return *context.operation_;
  }
  [[nodiscard]] static GuestMemory memory(CallContext& context) {
    if (context.memory_.data == nullptr) context.memory_ = context.caller_.memory();
    return context.memory_;
  }
  /// What the host function gets to see of a span.
  [[nodiscard]] static std::span<std::byte> shown(CallContext& context,
                                                  std::span<std::byte> guest) {
    if constexpr (!kCopiesSpans) return guest;
    if (context.copies_ == nullptr) context.copies_ = new CallContext::Copies;
    return context.copies_->copy_of(guest);
  }
  static void write_back(const CallContext& context) {
    if (context.copies_ != nullptr) context.copies_->write_back();
  }
};

}  // namespace synapsed
