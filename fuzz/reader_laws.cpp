/// \file
/// The laws of reading. Reading ends in a value or an error. What was read is written back byte for
/// byte; each operator, written from its fields, reads as itself and is then written alike; facts
/// and heights are values or errors too.

#include <algorithm>

#include "bytecode/component.hpp"
#include "bytecode/facts.hpp"
#include "bytecode/heights.hpp"
#include "bytecode/module.hpp"
#include "bytecode/operators.hpp"
#include "bytecode/writer.hpp"
#include "fuzz/laws.hpp"

namespace synapsed::fuzz {
namespace {

using namespace bytecode;  // the laws speak of nothing else

void check_operator(const Operator& read) {
  Writer first;
  first.operator_(read);
  require(first.size() <= read.bytes.size(), "an operator is written in the fewest bytes");
  Bytes closed = first.bytes();
  closed.resize(closed.size() + 2, std::byte{0x0b});  // the ends of a block and of the code
  Operator again;
  OperatorReader reader(closed, 0, OperatorReader::Extent::kPrefix);
  require(reader.next(again).has_value(), "what was written is read");
  require(again.op == read.op && again.bytes.size() == first.size(), "as the same operator");
  Writer second;
  second.operator_(again);
  require(second.bytes() == first.bytes(), "and written as before");
}

void check_code(const Module& module) {
  for (const Body& body : module.bodies) {
    OperatorReader reader(body.code(), module.offset_of(body.code()));
    Operator read;
    while (!reader.at_end() && reader.next(read)) check_operator(read);
  }
}

}  // namespace

void check_laws(std::span<const std::byte> bytes) {
  (void)find_core_modules(bytes);
  const auto module = read_module(bytes);
  if (!module) {
    require(!module.error().message().empty(), "an error says what is wrong");
    return;
  }
  const auto written = ModuleWriter(*module).write();
  require(written.has_value() && std::ranges::equal(*written, bytes),
          "a module is written as it was read");
  check_code(*module);
  (void)gather_facts(*module);
  StackHeights heights(*module);
  for (std::uint32_t i = 0; i < module->functions.size(); ++i) (void)heights.of(i);
}

}  // namespace synapsed::fuzz
