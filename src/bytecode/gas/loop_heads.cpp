#include "bytecode/gas/loop_heads.hpp"

#include <algorithm>
#include <utility>

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
    const auto head = std::ranges::lower_bound(heads, charge.back_to, {}, &HeadCharge::first);
    if (head != heads.end() && head->first == charge.back_to) charge.amount -= head->amount;
  }
  std::erase_if(charges, [](const Charge& charge) { return charge.amount == 0; });
  return heads;
}

}  // namespace synapsed::bytecode
