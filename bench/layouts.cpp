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

Bytes padded(const Body& body, std::uint32_t global, unsigned stores) {
  Writer out;
  out.raw(body.bytes.first(body.code_start));
  for (unsigned i = 0; i < stores; ++i) {
    out.i64_const(i);
    out.op(Op::kGlobalSet, global);
  }
  out.raw(body.code());
  return out.take();
}

void add_global(ModuleWriter& out) {
  constexpr std::uint8_t kMutable = 1;
  Writer global;
  global.value_type(ValueCode(ValueCode::kI64));
  global.byte(kMutable);
  global.i64_const(0);
  global.op(Op::kEnd);
  out.append(SectionId::kGlobal, 1, global.bytes());
}

}  // namespace

Result<Bytes> in_layout(std::span<const std::byte> wasm, unsigned stores) {
  if (stores == 0) return Bytes(wasm.begin(), wasm.end());
  const Module module = TRY(read_module(wasm));
  const auto global = static_cast<std::uint32_t>(module.globals.size());
  Writer code;
  code.unsigned_leb(module.bodies.size());
  for (const Body& body : module.bodies) {
    if (TRY(has_loop(module, body))) {
      code.sized(padded(body, global, stores));
    } else {
      code.sized(body.bytes);
    }
  }
  ModuleWriter out(module);
  add_global(out);
  out.replace(SectionId::kCode, code.take());
  return out.write();
}

}  // namespace synapsed::bench
