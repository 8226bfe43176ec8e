#pragma once

/// \file
/// A compiled module: immutable, shared. Thread rule: safe from any thread.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/types.hpp>
#include <synapsed/value.hpp>

#include "engine/engine.hpp"

namespace synapsed::engine {

/// Where a module keeps an export. Thread rule: a value.
struct ExportIndex {
  std::array<std::uint64_t, 2> words{};
};

class Module {
 public:
  /// Validates and compiles a binary module. Error: `load.invalid_module`, with the engine's
  /// reason and offset.
  [[nodiscard]] static Result<Module> compile(const Engine& engine,
                                              std::span<const std::byte> wasm);

  /// Maps code that `serialise` gave, which is the beginning of that file. It is executed as it is: who can
  /// write to the file can do anything. Errors: `host.engine` for code of another version, configuration or
  /// processor, and what is no code; `host.io`.
  [[nodiscard]] static Result<Module> map(const Engine& engine, const std::string& path);
  /// The compiled code, for engines of this version and configuration on processors like this one. Error:
  /// `host.engine`.
  [[nodiscard]] Result<Bytes> serialise() const;

  [[nodiscard]] const std::vector<ImportType>& imports() const;
  [[nodiscard]] const std::vector<ExportType>& exports() const;
  [[nodiscard]] const Engine& engine() const;
  /// What the compiled code takes of the address space, with what goes with it.
  [[nodiscard]] std::uint64_t code_bytes() const;
  [[nodiscard]] std::optional<ExportIndex> find_export(std::string_view name) const;

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }

 private:
  explicit Module(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

/// Validates without compiling. Error: `load.invalid_module`.
[[nodiscard]] Result<void> validate(const Engine& engine, std::span<const std::byte> wasm);

}  // namespace synapsed::engine
