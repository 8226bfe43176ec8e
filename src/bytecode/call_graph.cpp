#include "bytecode/call_graph.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed::bytecode {
namespace {

/// Types that are called alike have one number; what may match several stands for all.
class CalledTypes {
 public:
  explicit CalledTypes(const Module& module) : module_(module) {}

  /// A subtype, or a type named by another index, may answer for these.
  [[nodiscard]] bool is_any(const Type& type) const {
    return !type.is_final || std::ranges::any_of(module_.params(type), &ValueCode::is_concrete) ||
           std::ranges::any_of(module_.results(type), &ValueCode::is_concrete);
  }

  /// The number of a type; 0 for those that stand for any.
  std::uint32_t number_of(std::uint32_t index) {
    const Type* type = module_.function_type(index);
    if (type == nullptr || is_any(*type)) return 0;
    Key key(type->params, {});
    const auto add = [&key](ValueCode code) {
      key.second.push_back(static_cast<char>(code.code()));
      if (code.has_heap_type()) key.second.push_back(static_cast<char>(code.heap_code()));
    };
    std::ranges::for_each(module_.params(*type), add);
    std::ranges::for_each(module_.results(*type), add);
    const auto next = static_cast<std::uint32_t>(numbers_.size()) + 1;
    return numbers_.try_emplace(std::move(key), next).first->second;
  }
  [[nodiscard]] std::uint32_t count() const {
    return static_cast<std::uint32_t>(numbers_.size()) + 1;
  }

 private:
  using Key = std::pair<std::uint32_t, std::string>;
  const Module& module_;
  std::map<Key, std::uint32_t> numbers_;
};

}  // namespace

CallGraphBuilder::CallGraphBuilder(const Module& module) : module_(module) {
  CalledTypes types(module);
  number_of_type_.reserve(module.types.size());
  for (std::uint32_t i = 0; i < module.types.size(); ++i) {
    number_of_type_.push_back(types.number_of(i));
  }
  types_ = types.count();
  const std::size_t functions = module.functions.size();
  seen_.assign(functions + types_, kNoIndex);
  is_named_.assign(functions, false);
  graph_.functions = static_cast<std::uint32_t>(functions);
  graph_.first.reserve(seen_.size() + 1);
  for (const std::uint32_t function : module.element_functions) name(function);
}

void CallGraphBuilder::note(const Operator& read) {
  switch (read.op) {
    case Op::kCall: case Op::kReturnCall: add(read.index); return;
    case Op::kCallIndirect: case Op::kReturnCallIndirect:
    case Op::kCallRef: case Op::kReturnCallRef:
      if (read.index < number_of_type_.size()) {
        add(graph_.functions + number_of_type_[read.index]);
      }
      return;
    case Op::kRefFunc: name(read.index); return;
    default: return;
  }
}

CallGraph CallGraphBuilder::finish() {
  std::vector<std::vector<std::uint32_t>> by_type(types_);
  for (std::uint32_t i = 0; i < graph_.functions; ++i) {
    if (!is_named_[i]) continue;
    by_type[0].push_back(i);
    const std::uint32_t type = module_.functions[i];
    const std::uint32_t number = type < number_of_type_.size() ? number_of_type_[type] : 0;
    if (number != 0) by_type[number].push_back(i);
  }
  for (const auto& functions : by_type) {
    begin_node();
    graph_.targets.insert(graph_.targets.end(), functions.begin(), functions.end());
  }
  begin_node();
  return std::move(graph_);
}

void CallGraphBuilder::add(std::uint32_t node) {
  const auto source = static_cast<std::uint32_t>(graph_.first.size());
  if (node >= seen_.size() || seen_[node] == source) return;
  seen_[node] = source;
  graph_.targets.push_back(node);
}

void CallGraphBuilder::name(std::uint32_t function) {
  if (function < is_named_.size()) is_named_[function] = true;
}

Result<CallGraph> call_graph_of(const Module& module) {
  CallGraphBuilder builder(module);
  Operator read;
  const auto note_all = [&](OperatorReader in) -> Result<void> {
    while (!in.at_end()) {
      TRY(in.next(read));
      builder.note(read);
    }
    return {};
  };
  TRY(for_each_initialiser(module, [&](ByteSpan expression) {
    return note_all(OperatorReader(expression, module.offset_of(expression)));
  }));
  for (std::uint32_t function = 0; function < module.functions.size(); ++function) {
    builder.begin_function();
    const Body* body = module.body_of(function);
    if (body == nullptr) continue;
    auto noted = note_all(OperatorReader(body->code(), module.offset_of(body->code())));
    if (!noted) return module.refuse_in(function, std::move(noted).error());
  }
  return builder.finish();
}

}  // namespace synapsed::bytecode
