#include "bytecode/heights.hpp"

#include <algorithm>

#include <fmt/format.h>


namespace synapsed::bytecode {
namespace {

unsigned slots_of(char letter) { return letter == 'v' ? 2 : 1; }

bool is_wide(const LocalGroup& group) { return group.type.slots() == 2; }

}  // namespace

Result<void> StackHeights::enter(const Body& body, std::uint32_t function) {
  type_ = module_.type_of_function(function);
  if (type_ == nullptr) {
    return std::unexpected(Error(ErrorCode::kLoadInvalidModule,
                                 "malformed module: a function has no function type")
                               .at(module_.label_of(function)));
  }
  locals_ = module_.local_groups(body);
  local_ends_.clear();
  if (std::ranges::any_of(locals_, is_wide)) {
    std::uint64_t end = type_->params;
    for (const LocalGroup& group : locals_) local_ends_.push_back(end += group.count);
  }
  operands_ = 0;
  wide_.clear();
  frames_.assign(1, Frame{});
  highest_ = 0;
  is_dead_ = false;
  return {};
}

Error StackHeights::misfit(const Operator& read) {
  return Error(ErrorCode::kLoadInvalidModule,
               fmt::format("malformed module: {} does not fit what is before it",
                           info(read.op).name))
      .at(fmt::format("offset {:#x}", read.offset));
}

bool StackHeights::apply(const Operator& read) {
  const OperatorInfo& row = info(read.op);
  if (!row.has_fixed_signature()) return apply_control(read);
  if (is_dead_) return true;
  if (!pop(row.operands().size())) return false;
  for (const char letter : row.results()) push(slots_of(letter));
  const bool ends = read.op == Op::kUnreachable || read.op == Op::kThrowRef;
  return !ends || leave();
}

bool StackHeights::apply_control(const Operator& read) {
  switch (read.op) {
    case Op::kIf:
      if (!is_dead_ && !pop(1)) return false;
      return open(read.block);
    case Op::kBlock: case Op::kLoop: case Op::kTryTable: return open(read.block);
    case Op::kElse: return reopen();
    case Op::kEnd: return close();
    default: break;
  }
  if (is_dead_) return true;
  switch (read.op) {
    case Op::kBr: case Op::kReturn: return leave();
    case Op::kBrTable: return pop(1) && leave();
    case Op::kBrIf: case Op::kBrOnNonNull: return pop(1);
    case Op::kBrOnNull: case Op::kBrOnCast: case Op::kBrOnCastFail: return replace(1, 1);
    case Op::kCall: return call(module_.type_of_function(read.index), false);
    case Op::kReturnCall: return call(module_.type_of_function(read.index), true);
    case Op::kCallIndirect: case Op::kCallRef:
      return pop(1) && call(module_.function_type(read.index), false);
    case Op::kReturnCallIndirect: case Op::kReturnCallRef:
      return pop(1) && call(module_.function_type(read.index), true);
    case Op::kThrow:
      if (read.index >= module_.tags.size()) return false;
      return call(module_.function_type(module_.tags[read.index]), true);
    default: return apply_typed(read);
  }
}

bool StackHeights::apply_typed(const Operator& read) {
  switch (read.op) {
    case Op::kDrop: return pop(1);
    case Op::kSelect: case Op::kSelectTyped: return pop(2);  // of three, one stays
    case Op::kLocalGet: {
      const unsigned slots = local_slots(read.index);
      if (slots != 0) push(slots);
      return slots != 0;
    }
    case Op::kLocalSet: return pop(1);
    case Op::kLocalTee: return true;
    case Op::kGlobalGet:
      if (read.index >= module_.globals.size()) return false;
      push(module_.globals[read.index].type.slots());
      return true;
    case Op::kGlobalSet: return pop(1);
    default: return apply_aggregate(read);
  }
}

bool StackHeights::apply_aggregate(const Operator& read) {
  const Type* type = aggregate(read.index);
  if (type == nullptr) return false;
  const auto fields = module_.fields(*type);
  switch (read.op) {
    case Op::kStructNew: return replace(fields.size(), 1);
    case Op::kStructGet:
      return read.index2 < fields.size() && replace(1, fields[read.index2].type.slots());
    case Op::kStructSet: return pop(2);
    case Op::kArrayNew: return replace(2, 1);
    case Op::kArrayNewFixed: return replace(read.index2, 1);
    case Op::kArrayGet: return !fields.empty() && replace(2, fields[0].type.slots());
    case Op::kArraySet: return pop(3);
    case Op::kArrayFill: return pop(4);
    default: return false;
  }
}

bool StackHeights::open(const BlockType& type) {
  Frame frame{.type = type, .is_dead = is_dead_};
  if (!is_dead_) {
    if (!is_valid(type)) return false;
    const auto params = params_of(type);
    if (!pop(params.size())) return false;
    frame.operands = operands_;
    push(params);
  }
  frames_.push_back(frame);
  return true;
}

bool StackHeights::reopen() {
  const Frame& frame = frames_.back();
  if (frames_.size() == 1) return false;
  if (frame.is_dead) return true;
  drop_to(frame.operands);
  push(params_of(frame.type));
  is_dead_ = false;
  return true;
}

bool StackHeights::close() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  if (frames_.empty() || frame.is_dead) return true;
  drop_to(frame.operands);
  push_results_of(frame.type);
  is_dead_ = false;
  return true;
}

bool StackHeights::call(const Type* type, bool is_tail) {
  if (type == nullptr || !pop(type->params)) return false;
  if (is_tail) return leave();
  push(module_.results(*type));
  return true;
}

bool StackHeights::pop(std::size_t operands) {
  if (operands > operands_ - frames_.back().operands) return false;
  drop_to(operands_ - static_cast<std::uint32_t>(operands));
  return true;
}

void StackHeights::push(unsigned slots) {
  if (slots == 2) wide_.push_back(operands_);
  ++operands_;
  highest_ = std::max(highest_, this->slots());
}

void StackHeights::push(std::span<const ValueCode> types) {
  for (const ValueCode type : types) push(type.slots());
}

void StackHeights::drop_to(std::uint32_t operands) {
  operands_ = operands;
  while (!wide_.empty() && wide_.back() >= operands) wide_.pop_back();
}

bool StackHeights::leave() {
  drop_to(frames_.back().operands);
  is_dead_ = true;
  return true;
}

std::span<const ValueCode> StackHeights::params_of(const BlockType& type) const {
  if (type.kind != BlockType::Kind::kType) return {};
  return module_.params(module_.types[type.type]);
}

void StackHeights::push_results_of(const BlockType& type) {
  if (type.kind == BlockType::Kind::kValue) push(type.value.slots());
  if (type.kind == BlockType::Kind::kType) push(module_.results(module_.types[type.type]));
}

bool StackHeights::is_valid(const BlockType& type) const {
  return type.kind != BlockType::Kind::kType || module_.function_type(type.type) != nullptr;
}

unsigned StackHeights::local_slots(std::uint32_t local) const {
  const auto params = module_.params(*type_);
  if (local < params.size()) return params[local].slots();
  if (local_ends_.empty()) return 1;
  const auto end = std::ranges::upper_bound(local_ends_, local);
  if (end == local_ends_.end()) return 0;
  return locals_[static_cast<std::size_t>(end - local_ends_.begin())].type.slots();
}

const Type* StackHeights::aggregate(std::uint32_t type) const {
  if (type >= module_.types.size()) return nullptr;
  const Type& found = module_.types[type];
  return found.kind == Type::Kind::kFunction ? nullptr : &found;
}

}  // namespace synapsed::bytecode
