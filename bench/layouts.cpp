#include "bench/layouts.hpp"

#include <cstdint>

#include "base/try.hpp"
#include "bytecode/module.hpp"
#include "bytecode/writer.hpp"

namespace synapsed::bench {
namespace {

using namespace bytecode;

Result<bool> has_loop(const Module& module, const Body& body) {
  OperatorReader in(body.code(), module.offset_of(body.code()));
  Operator op;
  while (!in.at_end()) {
    TRY(in.next(op));
    if (op.op == Op::kLoop) return true;
  }
  return false;
}

/// Each to a global of its own: of several to one, the compiler keeps the last.
Bytes padded(const Body& body, std::uint32_t first_global, unsigned stores) {
  Writer out;
  out.raw(body.bytes.first(body.code_start));
  for (unsigned i = 0; i < stores; ++i) {
    out.i64_const(1);
    out.op(Op::kGlobalSet, first_global + i);
  }
  out.raw(body.code());
  return out.take();
}

void add_globals(ModuleWriter& out, unsigned count) {
  constexpr std::uint8_t kMutable = 1;
  Writer globals;
  for (unsigned i = 0; i < count; ++i) {
    globals.value_type(ValueCode(ValueCode::kI64));
    globals.byte(kMutable);
    globals.i64_const(0);
    globals.op(Op::kEnd);
  }
  out.append(SectionId::kGlobal, count, globals.bytes());
}

}  // namespace

Result<Bytes> in_layout(std::span<const std::byte> wasm, unsigned stores) {
  if (stores == 0) return Bytes(wasm.begin(), wasm.end());
  const Module module = TRY(read_module(wasm));
  const auto first_global = static_cast<std::uint32_t>(module.globals.size());
  Writer code;
  code.unsigned_leb(module.bodies.size());
  for (const Body& body : module.bodies) {
    if (TRY(has_loop(module, body))) {
      code.sized(padded(body, first_global, stores));
    } else {
      code.sized(body.bytes);
    }
  }
  ModuleWriter out(module);
  add_globals(out, stores);
  out.replace(SectionId::kCode, code.take());
  return out.write();
}

}  // namespace synapsed::bench
