#include "bytecode/gas/loop_heads.hpp"

#include <algorithm>
#include <utility>

#include "bytecode/gas/function_shape.hpp"

namespace synapsed::bytecode {

std::vector<HeadCharge> move_to_heads(std::vector<Charge>& charges,
                                      const std::function<bool(std::uint32_t first)>& is_chosen) {
  std::vector<HeadCharge> heads;
  for (const Charge& charge : charges) {
    if (charge.back_to != Charge::kNoLoop && is_chosen(charge.back_to)) {
      heads.push_back({.first = charge.back_to, .amount = charge.amount});
    }
  }
  std::ranges::sort(heads, {}, [](const HeadCharge& head) {
    return std::pair(head.first, head.amount);
  });
  const auto rest = std::ranges::unique(heads, {}, &HeadCharge::first);
  heads.erase(rest.begin(), rest.end());
  if (heads.empty()) return heads;
  for (Charge& charge : charges) {
    const HeadCharge* head = loop_at(heads, charge.back_to);
    if (head != nullptr) charge.amount -= head->amount;
  }
  std::erase_if(charges, [](const Charge& charge) { return charge.amount == 0; });
  return heads;
}

}  // namespace synapsed::bytecode
