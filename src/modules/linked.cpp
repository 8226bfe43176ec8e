// Modules with those that their manifests link into them: one module, made from several.

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>
#include <synapsed/registry.hpp>

#include "base/try.hpp"
#include "base/within.hpp"
#include "bytecode/merge.hpp"
#include "bytecode/module.hpp"

namespace synapsed {
namespace {

class StaticLinker {
 public:
  StaticLinker(const ModuleRegistry& registry, std::vector<RegisteredModule> chosen)
      : registry_(registry), chosen_(std::move(chosen)) {}

  Result<Bytes> link(const RegisteredModule& module) {
    Bytes wasm = TRY(registry_.read(module));
    if (auto valid = validate_module(wasm); !valid) {
      return std::unexpected(within(module.reference(), std::move(valid).error()));
    }
    const ModuleManifest manifest = TRY(registry_.manifest(module));
    for (const ModuleDependency& dependency : manifest.dependencies) {
      if (!dependency.is_linked()) continue;
      if (!names_.insert(dependency.name).second) {
        return std::unexpected(Error(ErrorCode::kLoadInvalidMetadata,
                                     fmt::format("\"{}\" would be linked in twice, with two states",
                                                 dependency.name))
                                   .at(module.reference())
                                   .help("let one of them call it by value"));
      }
      // The resolver chose a version of every name that somebody depends on.
      const auto version = std::ranges::find(chosen_, dependency.name, &RegisteredModule::name);
      const Bytes library = TRY(link(*version));
      auto merged = merge(wasm, dependency.name, library);
      if (!merged) return std::unexpected(within(module.reference(), std::move(merged).error()));
      wasm = std::move(*merged);
    }
    return wasm;
  }

 private:
  /// Of valid modules: what comes out is one.
  static Result<Bytes> merge(const Bytes& wasm, const std::string& name, const Bytes& library) {
    const bytecode::Module into = TRY(bytecode::read_module(wasm));
    const bytecode::Module merged = TRY(bytecode::read_module(library));
    return bytecode::merge(into, name, merged);
  }

  const ModuleRegistry& registry_;
  const std::vector<RegisteredModule> chosen_;
  std::set<std::string> names_;  // that are linked in
};

}  // namespace

Result<Bytes> ModuleRegistry::linked(const RegisteredModule& module) const {
  const ModuleManifest manifest = TRY(this->manifest(module));
  if (!std::ranges::any_of(manifest.dependencies, &ModuleDependency::is_linked)) return read(module);
  auto chosen = TRY(resolve(module.reference()));
  return StaticLinker(*this, std::move(chosen)).link(module);
}

}  // namespace synapsed
