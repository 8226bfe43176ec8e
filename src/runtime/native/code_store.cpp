#include <algorithm>
#include <array>
#include <concepts>
#include <type_traits>

#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <sys/utsname.h>

#include <synapsed/version.hpp>

#include "base/fields.hpp"
#include "base/try.hpp"
#include "bytecode/gas/instrument.hpp"
#include "code_cache/cache.hpp"
#include "runtime/compiled.hpp"
#include "runtime/engine_config.hpp"
#include "runtime/metering.hpp"

namespace synapsed {
namespace {

/// Grows into everything that compiled code depends on.
class Key {
 public:
  template <typename T>
    requires std::integral<T> || std::is_enum_v<T>
  void add(T value) {
    text_.number(static_cast<std::uint64_t>(value));
  }
  void add(ByteSpan bytes) {
    add(bytes.size());
    text_.raw(bytes);
  }
  [[nodiscard]] Sha256Digest digest() const { return sha256(text_.bytes()); }

 private:
  FieldWriter text_;
};

/// What the code generator may make use of. The engine looks again when it maps code; this is so that machines
/// that share a directory do not take turns in replacing each other's entries.
void add_processor(Key& key) {
  utsname machine{};
  if (::uname(&machine) == 0) key.add(as_bytes(std::string_view(machine.machine)));
#ifdef __x86_64__
  for (const unsigned leaf : {1U, 7U, 0x80000001U}) {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    if (__get_cpuid_count(leaf, 0, &eax, &ebx, &ecx, &edx) == 0) continue;
    if (leaf == 1) ebx = 0;  // which core it is that asks
    for (const unsigned features : {ebx, ecx, edx}) key.add(features);
  }
#endif
}

void add_engine(Key& key, const engine::EngineConfig& config) {
  key.add(as_bytes(kEngine));
  key.add(config.code_generator);
  key.add(config.optimisation);
  key.add(config.debug_info);
  key.add(config.canonical_nans);
  key.add(config.relaxed_simd);
  key.add(config.interruption);
  key.add(config.threads);
  key.add(config.gc);
  key.add(config.guard_regions);
  key.add(config.stack_bytes_max);
  key.add(config.pool ? config.pool->memory_bytes_max : 0);
}

/// What the code was checked by before it was compiled.
void add_rules(Key& key, const RuntimeConfig& config) {
  key.add(config.security.allow_floats);
  key.add(config.security.enable_deterministic_execution);
  key.add(config.memory.enable_memory_sharing);
}

void add_pass(Key& key, const RuntimeConfig& config) {
  key.add(as_bytes(kVersion));
  key.add(bytecode::kInstrumentVersion);
  const auto options = instrument_options(config);
  key.add(options.has_value());
  if (!options) return;
  key.add(options->gas.has_value());
  if (options->gas) key.add(ByteSpan(config.metering.prices.hash()));
  key.add(options->refills);
  key.add(options->call_stack_bytes.value_or(0));
  key.add(options->snapshot_exports);
}

class DirectoryCodeStore final : public CodeStore {
 public:
  DirectoryCodeStore(std::shared_ptr<code_cache::Cache> cache, Key key)
      : cache_(std::move(cache)), key_(std::move(key)) {}

  std::optional<CompiledModule> find(const engine::Engine& engine,
                                     const Sha256Digest& module) override {
    const Sha256Digest key = key_of(module);
    const auto found = cache_->find(key);
    if (!found) return std::nullopt;
    auto mapped = engine::Module::map(engine, found->path());
    if (!mapped) {
      cache_->refuse(key);
      return std::nullopt;
    }
    CompiledModule compiled{.module = std::move(*mapped), .instrumentation = {}};
    if (found->extra.empty()) return compiled;
    const std::uint32_t functions = take_functions(found->extra);
    auto positions = bytecode::PositionMap::from_bytes(std::move(found->extra));
    if (!positions) {
      cache_->refuse(key);
      return std::nullopt;
    }
    compiled.instrumentation.emplace(
        Instrumentation{.positions = std::move(*positions), .functions = functions});
    return compiled;
  }

  void put(const Sha256Digest& module, const CompiledModule& compiled) override {
    const auto code = compiled.module.serialise();
    if (!code) return;
    FieldWriter extra;
    if (const auto& passed = compiled.instrumentation) {
      extra.raw(passed->positions.bytes());
      extra.number(passed->functions);
    }
    cache_->put(key_of(module), *code, extra.bytes());
  }

  CodeCacheStats stats() const override {
    const code_cache::Counts counts = cache_->counts();
    return {.hits = counts.hits,
            .misses = counts.misses,
            .refused = counts.refused,
            .written = counts.written,
            .not_written = counts.not_written,
            .evicted = counts.evicted};
  }

 private:
  [[nodiscard]] Sha256Digest key_of(const Sha256Digest& module) const {
    Key key = key_;
    key.add(module);
    return key.digest();
  }
  /// From the end of what follows the code. The entry is authentic: this wrote it.
  static std::uint32_t take_functions(Bytes& extra) {
    const std::size_t positions = extra.size() - std::min(extra.size(), sizeof(std::uint32_t));
    const auto functions = FieldReader(ByteSpan(extra).subspan(positions)).number<std::uint32_t>();
    extra.resize(positions);
    return functions;
  }

  const std::shared_ptr<code_cache::Cache> cache_;
  const Key key_;
};

}  // namespace

Result<std::shared_ptr<CodeStore>> open_code_store(const RuntimeConfig& config) {
  if (config.compilation.cache_directory.empty()) return nullptr;
  auto cache = TRY(code_cache::Cache::open(config.compilation.cache_directory,
                                           config.compilation.cache_bytes_max));
  Key key;
  add_processor(key);
  add_engine(key, engine_config(config));
  add_rules(key, config);
  add_pass(key, config);
  return std::make_shared<DirectoryCodeStore>(std::move(cache), std::move(key));
}

}  // namespace synapsed
