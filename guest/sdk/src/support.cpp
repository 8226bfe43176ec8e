// The part of the SDK that is compiled once into every module: memory, panics, start.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string_view>

#include <synapsed/guest.hpp>
#include <synapsed/guest/memory.hpp>

extern "C" void _initialize();  // of wasi-libc's reactor start file; runs static constructors

namespace synapsed {
namespace {

constexpr std::size_t kAlignment = alignof(std::max_align_t);  // of every block of malloc

volatile bool started = false;  // or the compiler runs note_start while compiling
[[gnu::constructor(101)]] void note_start() { started = true; }

void* checked(void* block) {
  if (block == nullptr) panic("out of memory");
  return block;
}

}  // namespace

void panic(std::string_view message) {
  host::panic(message);
  __builtin_trap();  // for hosts that return
}

namespace guest {

void start() {
  if (!started) _initialize();
}

void* allocate(std::size_t size) {
  return size == 0 ? reinterpret_cast<void*>(kAlignment) : checked(std::malloc(size));
}

void release_block(void* block, std::size_t size) {
  if (size != 0) std::free(block);
}

}  // namespace guest
}  // namespace synapsed

using synapsed::checked;
using synapsed::kAlignment;

/// The canonical ABI's allocator, which the host calls for what it passes.
extern "C" [[clang::export_name("cabi_realloc")]] void* cabi_realloc(void* old_block,
                                                                     std::size_t old_size,
                                                                     std::size_t alignment,
                                                                     std::size_t new_size) {
  if (alignment > kAlignment) synapsed::panic("cabi_realloc: unsupported alignment");
  if (old_size == 0) return synapsed::guest::allocate(new_size);
  if (new_size != 0) return checked(std::realloc(old_block, new_size));
  std::free(old_block);
  return synapsed::guest::allocate(0);
}

// The standard library's own versions of these and of the last would bring formatted output into
// the module, which is larger than most modules.
void* operator new(std::size_t size) { return checked(std::malloc(size == 0 ? 1 : size)); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void* operator new[](std::size_t size) { return ::operator new(size); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }

/// What libc++ calls where it would throw; `format` names the function.
void std::__libcpp_verbose_abort(const char* format, ...) { synapsed::panic(format); }
