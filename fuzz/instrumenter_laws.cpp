/// \file
/// The laws of instrumenting, to count and to profile. Whatever is asked for, it ends in an error
/// that says why, or in a module that reads, of bounded size: with the original's imports,
/// functions and exports, and what is the runtime's behind them. Each of its operators has its
/// place in the same function of the original. The same bytes come to the same module.

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "bytecode/cursor.hpp"
#include "bytecode/gas/instrument.hpp"
#include "bytecode/gas/profile.hpp"
#include "bytecode/module.hpp"
#include "bytecode/operators.hpp"
#include "fuzz/laws.hpp"

namespace synapsed::fuzz {
namespace {

using namespace bytecode;  // the laws speak of nothing else

/// What instrumenting adds at most: to a module, and for each of its bytes.
constexpr std::size_t kAddedBytesMax = 1024;
constexpr std::size_t kBytesPerByteMax = 40;

constexpr std::uint32_t kCallStackBytes = 64 << 10;

std::array<InstrumentOptions, 4> all_options() {
  const GasSchedule& gas = default_gas_schedule();
  return {InstrumentOptions{.gas = gas},
          {.gas = std::nullopt, .call_stack_bytes = kCallStackBytes},
          {.gas = std::nullopt, .snapshot_exports = true},
          {.gas = gas, .call_stack_bytes = kCallStackBytes, .snapshot_exports = true}};
}

void check_imports(const Module& original, const Module& written) {
  require(std::ranges::equal(original.imports, written.imports,
                             [](const Import& one, const Import& other) {
                               return one.module == other.module && one.name == other.name &&
                                      one.kind == other.kind && one.index == other.index;
                             }),
          "the imports are the original's");
}

/// The types as they are written, without their number.
ByteSpan types_of(const Module& module) {
  const Section* section = module.find_section(SectionId::kType);
  if (section == nullptr) return {};
  Cursor cursor(section->contents);
  cursor.u32();
  return section->contents.subspan(cursor.position());
}

bool starts_with(ByteSpan bytes, ByteSpan beginning) {
  return bytes.size() >= beginning.size() &&
         std::ranges::equal(bytes.first(beginning.size()), beginning);
}

void check_functions(const Module& original, const Module& written) {
  const std::size_t count = original.functions.size();
  require(written.functions.size() >= count, "no function is lost");
  require(std::ranges::equal(original.functions, std::span(written.functions).first(count)),
          "functions keep their index and type");
  require(starts_with(types_of(written), types_of(original)), "types keep their index");
}

void check_exports(const Module& original, const Module& written) {
  const std::size_t count = original.exports.size();
  require(written.exports.size() >= count, "no export is lost");
  for (std::size_t i = 0; i < count; ++i) {
    const Export& one = original.exports[i];
    const Export& other = written.exports[i];
    require(one.name == other.name && one.kind == other.kind && one.index == other.index,
            "exports are the original's");
  }
  for (const Export& added : std::span(written.exports).subspan(count)) {
    require(added.name.starts_with(kReservedPrefix), "what is added is the runtime's");
  }
}

/// Where the operators of a function are, from the beginning of the file.
std::vector<std::uint64_t> operators_of(const Module& module, const Body& body) {
  std::vector<std::uint64_t> places;
  OperatorReader in(body.code(), module.offset_of(body.code()));
  Operator op;
  while (!in.at_end()) {
    require(in.next(op).has_value(), "the operators of what is instrumented read");
    places.push_back(op.offset);
  }
  return places;
}

/// Every operator is at the place of one of the same function, and these rise but where a loop, or a
/// round of it, is written once more.
void check_positions(const Module& original, const Module& written, const PositionMap& positions) {
  constexpr std::byte kLoop{0x03};
  for (std::size_t i = 0; i < original.bodies.size(); ++i) {
    const auto places = operators_of(original, original.bodies[i]);
    std::uint64_t last = 0;
    for (const std::uint64_t offset : operators_of(written, written.bodies[i])) {
      const std::uint64_t place = positions.original(offset);
      const auto found = std::ranges::lower_bound(places, place);
      require(found != places.end() && *found == place, "a place is an operator of the function");
      const bool is_loop = original.bytes[place] == kLoop;
      const bool is_round = found != places.begin() && original.bytes[*(found - 1)] == kLoop;
      require(place >= last || is_loop || is_round, "places rise");
      last = place;
    }
  }
}

void check_instrumented(const Module& original, const Instrumented& instrumented) {
  require(instrumented.module.size() <= kAddedBytesMax + kBytesPerByteMax * original.bytes.size(),
          "the size is bounded by the original's");
  const auto written = read_module(instrumented.module);
  require(written.has_value(), "what was instrumented reads");
  require(instrumented.functions == original.functions.size(), "it knows the original's functions");
  check_imports(original, *written);
  check_functions(original, *written);
  check_exports(original, *written);
  check_positions(original, *written, instrumented.positions);
}

/// `make` is a pass: from nothing to what came of the bytes.
template <typename Pass>
void check_pass(const Result<Module>& original, const Pass& make) {
  const Result<Instrumented> first = make();
  const Result<Instrumented> second = make();
  require(first.has_value() == second.has_value(), "the same bytes end alike");
  if (!first) return require(!first.error().message().empty(), "an error says what is wrong");
  require(original.has_value(), "what does not read is not instrumented");
  require(first->module == second->module, "the same bytes come to the same module");
  check_instrumented(*original, *first);
}

}  // namespace

void check_laws(std::span<const std::byte> bytes) {
  const auto original = read_module(bytes);
  for (const InstrumentOptions& options : all_options()) {
    check_pass(original, [&] { return instrument(bytes, options); });
  }
  check_pass(original, [&]() -> Result<Instrumented> {
    auto profiled = profile(bytes, {});
    if (!profiled) return std::unexpected(profiled.error());
    return std::move(profiled->instrumented);
  });
}

}  // namespace synapsed::fuzz
