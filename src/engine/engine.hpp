#pragma once

/// \file
/// A compiler and the machinery its code runs on.
///
/// An `Engine` is a shared handle: copies name the same engine, which lives as long as the last
/// module, store or handle that uses it. Thread rule: safe from any thread.

#include <memory>

#include <synapsed/error.hpp>

#include "engine/config.hpp"

namespace synapsed::engine {

class Engine {
 public:
  /// Errors: `host.engine` when the machine cannot give what `config` reserves, or when the code
  /// generator does not support a setting.
  [[nodiscard]] static Result<Engine> create(const EngineConfig& config);

  [[nodiscard]] const EngineConfig& config() const;

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }

 private:
  explicit Engine(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace synapsed::engine
