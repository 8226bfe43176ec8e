// `synapsed module compile`: the code of modules in the code cache, before anybody calls them.

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <synapsed/runtime.hpp>

#include "base/try.hpp"
#include "base/units.hpp"
#include "cli/cache.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/registry.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

struct CompileOptions {
  RegistryAccess access;
  std::vector<std::string> references;
  std::optional<std::string> code_cache;
  std::optional<std::string> profile;
  bool json = false;
};

/// With what they need, the same bytes once. Nothing named: what serves, or would.
Result<std::vector<RegisteredModule>> wanted(const CompileOptions& options,
                                             const ModuleRegistry& registry) {
  std::set<std::string> references(options.references.begin(), options.references.end());
  if (references.empty()) {
    for (const RegisteredModule& module : TRY(registry.list())) references.insert(module.name);
  }
  std::vector<RegisteredModule> modules;
  std::set<std::string> digests;
  for (const std::string& reference : references) {
    for (RegisteredModule& module : TRY(registry.resolve(reference))) {
      if (digests.insert(module.sha256).second) modules.push_back(std::move(module));
    }
  }
  return modules;
}

Result<void> compile(WasmRuntime& runtime, const ModuleRegistry& registry,
                     const RegisteredModule& module) {
  const Bytes wasm = TRY(registry.linked(module));
  const ModuleManifest manifest = TRY(registry.manifest(module));
  const ModuleId id = TRY(runtime.load_module(module.reference(), wasm, manifest.metadata()));
  return runtime.unload_module(id);
}

Result<WasmRuntime> make_runtime(const CompileOptions& options, const std::string& directory) {
  RuntimeConfig config =
      config_to_load(TRY(RuntimeConfig::named(options.profile.value_or("production"))));
  config.compilation.cache_directory = directory;
  return WasmRuntime::create(config);
}

Result<int> go(const CompileOptions& options, const std::string& directory,
               const Invocation& invocation) {
  Streams& streams = invocation.streams();
  const ModuleRegistry registry = TRY(open_registry(options.access, invocation));
  const auto modules = TRY(wanted(options, registry));
  WasmRuntime runtime = TRY(make_runtime(options, directory));
  std::atomic<bool> is_interrupted{false};
  const InterruptScope interrupts(invocation.surroundings.interrupts,
                                  [&](int) { is_interrupted = true; });
  ProgressBar bar(streams, std::max<std::size_t>(modules.size(), 1));
  std::vector<Error> failures;
  std::size_t done = 0;
  for (; done != modules.size() && !is_interrupted; ++done) {
    bar.show(done, modules[done].reference());
    if (auto compiled = compile(runtime, registry, modules[done]); !compiled) {
      failures.push_back(std::move(compiled).error());
    }
  }
  bar.clear();
  const RuntimeStats stats = runtime.get_stats();
  std::optional<Error> error;
  if (is_interrupted) {
    error = Error(ErrorCode::kCancelled,
                  fmt::format("interrupted; {} of {} modules are done", done, modules.size()));
  } else if (!failures.empty()) {
    error = Error(failures.front().code(), fmt::format("{} of {} modules cannot be compiled",
                                                       failures.size(), modules.size()));
  }
  if (options.json) {
    print_json(streams.out, {{"error", error ? to_json(*error) : Json()},
                             {"directory", directory},
                             {"modules", done},
                             {"compiled", stats.code_cache.compiled},
                             {"kept_before", stats.code_cache.hits},
                             {"compile_ms", stats.compile_time.count() / 1'000'000},
                             {"failures", to_json_array(failures)}});
    return error ? exit_code_of(error->error_class()) : kSuccess;
  }
  for (const Error& failure : failures) streams.err << printable(failure.to_string()) << '\n';
  if (error) return std::unexpected(std::move(*error));
  streams.out << fmt::format("{} modules: {} compiled in {}, {} kept before, in {}\n", done,
                             stats.code_cache.compiled, format_duration(stats.compile_time),
                             stats.code_cache.hits, printable(directory));
  return kSuccess;
}

int act(const CompileOptions& options, const Invocation& invocation) {
  const auto directory =
      code_cache_directory(options.code_cache, invocation.surroundings.environment);
  if (!directory) return report_no_code_cache(invocation);
  const auto code = go(options, *directory, invocation);
  return code ? *code : report_failure(options.json, invocation, code.error());
}

}  // namespace

Command add_module_compile(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("compile", "Compile modules and what they need ahead");
  app.group("Commands");
  const auto options = std::make_shared<CompileOptions>();
  app.add_option("REFERENCE", options->references, "Which modules (default: what serves)")
      ->type_name("REFERENCE");
  add_registry_access(app, options->access);
  add_code_cache_option(app, options->code_cache);
  add_choice(app, "--profile", options->profile, RuntimeConfig::profile_names(),
             "The limits and rules they will run by (default: production)");
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer("Examples:\n  synapsed module compile shop/cart --code-cache ~/.cache/synapsed/code");
  return {.app = &app,
          .act = [options](const Invocation& invocation) { return act(*options, invocation); }};
}

}  // namespace synapsed::cli
