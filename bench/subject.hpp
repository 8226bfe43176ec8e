#pragma once

/// \file
/// What is measured: a kernel or a real program, and one run of it on an engine that meters in one
/// way.
///
/// Thread rule: one thread.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <synapsed/value.hpp>
#include <wasmtime.h>

namespace synapsed::bench {

/// How an engine bounds what its guests run.
enum class Metering : std::uint8_t {
  kNone,    ///< not at all; also for modules that bound themselves
  kEpochs,  ///< Wasmtime compares an epoch that the host advances
  kFuel,    ///< Wasmtime counts
};

enum class Generator : std::uint8_t { kOptimising, kBaseline };

struct EngineChoice {
  Generator generator = Generator::kOptimising;
  Metering metering = Metering::kNone;
  bool parallel_compilation = true;
};

struct EngineDeleter {
  void operator()(wasm_engine_t* engine) const { wasm_engine_delete(engine); }
};
using EngineHandle = std::unique_ptr<wasm_engine_t, EngineDeleter>;

/// An engine as the runtime makes them (Cranelift at its best, guard regions, no pool), apart from
/// the choice.
[[nodiscard]] EngineHandle make_engine(const EngineChoice& choice);

enum class Group : std::uint8_t { kKernel, kProgram };

struct Subject {
  std::string name;
  Group group = Group::kKernel;
  Bytes wasm;
  std::optional<std::uint32_t> rounds;  ///< the argument of `run`
  std::filesystem::path folder;         ///< the program's, which it sees as "."
  std::string expected_output;          ///< standard output, then error; empty when not known
};

/// The kernels that were built into `folder`; those without a compiler are none.
[[nodiscard]] std::vector<Subject> find_kernels(const std::filesystem::path& folder);
/// The programs of a folder's manifest that are modules.
[[nodiscard]] std::vector<Subject> find_programs(const std::filesystem::path& folder);

struct Outcome {
  double time_ns = 0;    ///< from `bench.start` to `bench.end`, or of the call when it has none
  std::string result;    ///< what `run` gave, in hexadecimal, and all that was written
  std::int64_t gas = 0;  ///< spent, by a module that meters itself
};

/// A subject compiled for one engine, which outlives it.
class Runnable {
 public:
  /// `wasm` is the subject's, or what a pass made of it.
  Runnable(wasm_engine_t* engine, Metering metering, const Subject& subject, const Bytes& wasm);
  Runnable(const Runnable&) = delete;
  Runnable& operator=(const Runnable&) = delete;
  ~Runnable();

  /// Goes on with a copy of the code that lies elsewhere. Those before it stay where they are.
  void move();
  /// One run on a fresh instance. Ends the program when it faults.
  [[nodiscard]] Outcome run() const;

 private:
  class Sandbox;

  wasm_engine_t* engine_;
  Metering metering_;
  const Subject& subject_;
  std::vector<wasmtime_module_t*> modules_;  ///< the same code; the last one runs
};

}  // namespace synapsed::bench
