// Modules with those that their manifests link into them: one module, made from several.

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>
#include <synapsed/registry.hpp>

#include "base/try.hpp"
#include "bytecode/merge.hpp"
#include "bytecode/module.hpp"

namespace synapsed {
namespace {

bool is_linked(const ModuleDependency& dependency) {
  return dependency.linking == ModuleLinking::kLinked;
}

class StaticLinker {
 public:
  StaticLinker(const ModuleRegistry& registry, std::vector<RegisteredModule> chosen)
      : registry_(registry), chosen_(std::move(chosen)) {}

  Result<Bytes> link(const RegisteredModule& module) {
    Bytes wasm = TRY(registry_.read(module));
    const ModuleManifest manifest = TRY(registry_.manifest(module));
    for (const ModuleDependency& dependency : manifest.dependencies) {
      if (!is_linked(dependency)) continue;
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
      if (!merged) {
        const std::string where = merged.error().where();
        return std::unexpected(std::move(merged).error().at(
            where.empty() ? module.reference() : fmt::format("{}, {}", module.reference(), where)));
      }
      wasm = std::move(*merged);
    }
    return wasm;
  }

 private:
  static Result<Bytes> merge(const Bytes& wasm, const std::string& name, const Bytes& library) {
    TRY(validate_module(wasm));
    TRY(validate_module(library));
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
  if (!std::ranges::any_of(manifest.dependencies, is_linked)) return read(module);
  auto chosen = TRY(resolve(module.reference()));
  return StaticLinker(*this, std::move(chosen)).link(module);
}

}  // namespace synapsed
