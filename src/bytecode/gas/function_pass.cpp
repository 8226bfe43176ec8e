#include "bytecode/gas/function_pass.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/gas/bulk_price.hpp"
#include "bytecode/gas/counted_loops.hpp"
#include "bytecode/gas/loop_heads.hpp"
#include "bytecode/gas/loop_rounds.hpp"
#include "bytecode/gas/unchecked_loops.hpp"
#include "bytecode/gas/unrolled_loops.hpp"

namespace synapsed::bytecode {
namespace {

/// The way of charging that executes less. Where no round of a loop pays, a local would only hold a
/// register that the loops need.
bool prefers_local(const FunctionShape& shape, std::span<const Charge> charges,
                   std::span<const CountedLoop> counted) {
  if (shape.loops.empty() || shape.catches) return false;
  std::uint64_t weight = 0;
  bool rounds_pay = false;
  std::vector<std::uint32_t> closing;  // the branches that are paid ahead
  for (const CountedLoop& loop : counted) {
    if (!loop.step.is_local) closing.push_back(loop.last - 1);
  }
  std::ranges::sort(closing);
  for (const Charge& charge : charges) {
    const bool is_ahead = charge.place.kind == ChargePlace::Kind::kTaken &&
                          std::ranges::binary_search(closing, charge.place.op);
    const std::uint32_t depth = charge.loop_depth - (is_ahead ? 1 : 0);
    weight += weight_at(depth);
    rounds_pay = rounds_pay || depth > 0;
  }
  return rounds_pay && weight > 2 + shape.calls;
}

/// What a function is charged with, and how.
struct FunctionCharges {
  std::vector<Charge> places;
  FunctionShape shape;
  std::vector<CountedLoop> counted;
  std::vector<UnrolledLoop> unrolled;
  std::vector<UncheckedLoop> unchecked;
  std::vector<HeadCharge> heads;
  bool in_local = false;  ///< what is left is kept in a local while the function runs

  /// Whether the loop is written as it is.
  [[nodiscard]] bool is_plain(std::uint32_t loop) const {
    return loop_at(counted, loop) == nullptr && loop_at(unrolled, loop) == nullptr &&
           loop_at(unchecked, loop) == nullptr;
  }
};

class FunctionPass {
 public:
  FunctionPass(const GasModule& shared, const Body& body, std::uint32_t function,
               const FunctionCharges& charges, Bytes& out, std::vector<Position>& positions)
      : shared_(shared),
        body_(body),
        type_(*shared.module.type_of_function(function)),
        hooks_(shared.module, shared.hooks, function),
        shape_(charges.shape),
        in_local_(charges.in_local),
        charges_(charges.places),
        counted_(charges.counted),
        unrolled_(charges.unrolled),
        unchecked_(charges.unchecked),
        heads_(charges.heads),
        out_(out),
        positions_(positions) {}

  Result<void> run() {
    write_locals();
    copied_to_ = static_cast<std::uint32_t>(out_.size());
    last_op_ = static_cast<std::uint32_t>(shared_.module.offset_of(body_.code()));
    TRY(hooks_.enter(out_, body_, hook_locals_));
    if (in_local_) reload();
    pay_at(ChargePlace{});
    OperatorReader in(body_.code(), shared_.module.offset_of(body_.code()));
    while (!in.at_end()) TRY(step(in));
    return {};
  }

 private:
  using Kind = ChargePlace::Kind;

  struct Label {
    BlockType block;
    bool is_loop = false;
    bool rejoins = false;  ///< inside, ways where gas does not suffice are calls that lead on
  };

  /// A loop that is being written inside of injected blocks.
  struct Copy {
    std::size_t outside = 0;      // blocks around the loop
    std::uint32_t injected = 0;
  };

  /// The next operator, with what it pays; or the whole of a loop that is written more than once.
  Result<void> step(OperatorReader& in) {
    copy(in.next_run());
    Operator op;
    TRY(in.next(op));
    if (const auto* loop = loop_at(counted_, number_); loop != nullptr) {
      if (TRY(write_counted(*loop, op, in))) return {};
    }
    if (const auto* loop = loop_at(unrolled_, number_); loop != nullptr && in_local_) {
      return write_unrolled(*loop, op, in);
    }
    if (const auto* loop = loop_at(unchecked_, number_); loop != nullptr) {
      return write_unchecked(*loop, op, in);
    }
    write(op);
    ++number_;
    return {};
  }

  void write(const Operator& op) {
    before(op);
    hooks_.before(op, op.op == Op::kEnd && blocks_.empty(), out_);
    if (replace(op)) {
      track(op);
    } else {
      const HeadCharge* head = op.op == Op::kLoop ? loop_at(heads_, number_) : nullptr;
      if (head != nullptr) change_gas(Op::kI64Add, static_cast<std::int64_t>(head->amount));
      copy(op);
      track(op);
      if (head != nullptr) pay(head->amount);
      hooks_.after(op, number_, out_);
      pay_at({.op = number_});
    }
  }

  /// The body's own locals, then those of the pass.
  void write_locals() {
    const auto groups = shared_.module.local_groups(body_);
    std::uint32_t locals = type_.params;
    for (const LocalGroup& group : groups) locals += group.count;
    gas_local_ = locals;
    count_32_ = gas_local_ + 1;
    count_64_ = count_32_ + (shape_.has_bulk_32 ? 1 : 0);
    loop_local_ = count_64_ + (shape_.has_bulk_64 ? 1 : 0);
    hook_locals_ = loop_local_ + (counted_.empty() ? 0 : 1);
    out_.u32(groups.size() + hooks_.locals() + 1 + (shape_.has_bulk_32 ? 1 : 0) +
             (shape_.has_bulk_64 ? 1 : 0) +
             (counted_.empty() ? 0 : 1));
    const ByteSpan declared = body_.bytes.first(body_.code_start);
    Cursor count(declared);
    count.u32();
    out_.raw(declared.subspan(count.position()));
    write_local(ValueCode::kI64);
    if (shape_.has_bulk_32) write_local(ValueCode::kI32);
    if (shape_.has_bulk_64) write_local(ValueCode::kI64);
    if (!counted_.empty()) write_local(ValueCode::kI64);
    for (std::uint32_t i = 0; i < hooks_.locals(); ++i) write_local(ValueCode::kI64);
  }
  void write_local(std::uint8_t type) {
    out_.byte(1);
    out_.byte(type);
  }

  /// Nothing is paid inside of a run, and no hook is.
  void copy(const OperatorRun& run) {
    if (run.count == 0) return;
    note(run.offset);
    out_.raw(run.bytes);
    stands_for(run.offset + run.bytes.size(), run.last);
    number_ += run.count;
  }
  void copy(const Operator& op) {
    note(op.offset);
    if ((op.op == Op::kBr || op.op == Op::kBrIf) && outer(op.index) != op.index) {
      out_.op(op.op, outer(op.index));
    } else {
      out_.raw(op.bytes);
    }
    stands_for(op.offset + op.bytes.size(), op.offset);
  }

  /// What is written next stands for the operator.
  void begin_replacement(const Operator& op) {
    note(op.offset);
    stands_for(op.offset + op.bytes.size(), op.offset);
  }

  /// What has been written stands for the original up to `end`; its last operator begins at `last`.
  void stands_for(std::uint64_t end, std::uint64_t last) {
    copied_to_ = static_cast<std::uint32_t>(out_.size());
    copied_from_ = static_cast<std::uint32_t>(end);
    last_op_ = static_cast<std::uint32_t>(last);
  }

  /// What is at `offset` comes next. What lies between it and the last one was injected.
  void note(std::uint64_t offset) {
    const auto written = static_cast<std::uint32_t>(out_.size());
    const auto original = static_cast<std::uint32_t>(offset);
    if (written == copied_to_ && original == copied_from_) return;
    if (written != copied_to_) {
      positions_.push_back({.written = copied_to_, .original = last_op_, .is_copied = false});
    }
    positions_.push_back({.written = written, .original = original});
  }

  // --- Where gas is while it is kept in the local. ---

  void write_back() {
    if (!in_local_ || !is_dirty_) return;
    out_.op(Op::kLocalGet, gas_local_);
    out_.op(Op::kGlobalSet, shared_.gas_global);
    is_dirty_ = false;
  }
  void reload() {
    out_.op(Op::kGlobalGet, shared_.gas_global);
    out_.op(Op::kLocalSet, gas_local_);
    is_stale_ = false;
    is_dirty_ = false;
  }
  void make_fresh() {
    if (in_local_ && is_stale_) reload();
  }

  /// What must hold before the operator: others find the gas in the global, and where ways meet the
  /// local holds it.
  void before(const Operator& op) {
    if (op.op == Op::kEnd) pay_at({.op = number_, .kind = Kind::kElse});
    if (!shared_.counts_gas) return;
    if (const auto bulk = bulk_price(shared_.module, shared_.prices.schedule, op)) pay_bulk(*bulk);
    switch (op.op) {
      case Op::kCall:
      case Op::kCallIndirect:
      case Op::kCallRef:
      case Op::kReturn:
      case Op::kReturnCall:
      case Op::kReturnCallIndirect:
      case Op::kReturnCallRef:
      case Op::kThrow:
      case Op::kThrowRef:
      case Op::kUnreachable: write_back(); break;
      case Op::kEnd:
        if (blocks_.empty()) {
          write_back();
        } else {
          make_fresh();
        }
        break;
      case Op::kBr:
      case Op::kBrIf:
      case Op::kBrOnNull:
      case Op::kBrOnNonNull:
      case Op::kBrOnCast:
      case Op::kBrOnCastFail:
        make_fresh();
        if (op.index == blocks_.size()) write_back();
        break;
      case Op::kBrTable: {
        make_fresh();
        bool leaves = false;
        for_each_label(op, [&](std::uint32_t label) { leaves = leaves || label == blocks_.size(); });
        if (leaves) write_back();
        break;
      }
      case Op::kLoop:
      case Op::kIf:
      case Op::kElse: make_fresh(); break;
      default: break;
    }
  }

  /// What holds after the operator.
  void track(const Operator& op) {
    switch (op.op) {
      case Op::kLoop:
        is_dirty_ = true;
        blocks_.push_back({op.block, true, prefers_rejoining(number_)});
        break;
      case Op::kBlock:
      case Op::kTryTable:
      case Op::kIf: blocks_.push_back({op.block, false, rejoins()}); break;
      case Op::kEnd:
        if (!blocks_.empty()) blocks_.pop_back();
        is_dirty_ = true;
        break;
      case Op::kElse: is_dirty_ = true; break;
      default:
        if (is_call(op.op)) is_stale_ = true;
    }
  }

  // --- Paying. ---

  std::optional<std::uint64_t> take(ChargePlace place) {
    if (next_ == charges_.size() || charges_[next_].place != place) return std::nullopt;
    return charges_[next_++].amount;
  }

  void pay_at(ChargePlace place) {
    const auto amount = take(place);
    if (!amount) return;
    if (place.kind == Kind::kElse) {
      make_fresh();
      out_.op(Op::kElse);
      is_dirty_ = true;
    }
    pay(*amount);
  }

  /// Compared first, so that nothing is live on the way where it does not suffice.
  void pay(std::uint64_t amount) {
    make_fresh();
    const auto price = static_cast<std::int64_t>(amount);
    if (is_checked_) {
      compare_gas([&] { out_.i64_const(price); });
      refill_if([&] { out_.i64_const(price); });
    }
    change_gas(Op::kI64Sub, price);
  }
  /// i32: not zero where the gas does not suffice for what `get_price` pushes.
  template <typename GetPrice>
  void compare_gas(const GetPrice& get_price) {
    get_gas();
    get_price();
    out_.op(Op::kI64LtU);
  }
  void change_gas(Op sum, std::int64_t amount) {
    get_gas();
    out_.i64_const(amount);
    out_.op(sum);
    set_gas();
  }
  /// Where the stack's top is not zero, the gas does not suffice for what `get_price` pushes.
  template <typename GetPrice>
  void refill_if(const GetPrice& get_price) {
    const bool may_go_on = shared_.refill_function != kNoIndex;
    if (!may_go_on && !rejoins()) return out_.exhaust_if(shared_.gas_global);
    const bool was_dirty = is_dirty_;
    out_.begin_if();
    if (may_go_on) {
      write_back();
      get_price();
      out_.op(Op::kCall, shared_.refill_function);
    } else {
      out_.i64_const(-1);  // so many elements that it stops, whatever is left
      out_.i64_const(1);
      out_.op(Op::kCall, shared_.bulk_function);
    }
    if (in_local_) reload();
    out_.op(Op::kEnd);
    is_dirty_ = was_dirty;
  }
  [[nodiscard]] bool rejoins() const { return !blocks_.empty() && blocks_.back().rejoins; }
  /// Whether the ways that stop the guest are calls, which the engine takes to return and allocates
  /// registers for in another way. Loops that have calls anyway and branch by several tables run
  /// faster so; with one table, or where nothing else calls, they run slower.
  [[nodiscard]] bool prefers_rejoining(std::uint32_t number) const {
    const auto* loop = in_local_ ? loop_at(shape_.loops, number) : nullptr;
    return loop != nullptr && loop->calls && loop->tables >= kRejoinedTablesMin;
  }
  static constexpr std::uint32_t kRejoinedTablesMin = 2;

  void get_gas() {
    out_.op(in_local_ ? Op::kLocalGet : Op::kGlobalGet,
            in_local_ ? gas_local_ : shared_.gas_global);
  }
  void set_gas() {
    out_.op(in_local_ ? Op::kLocalSet : Op::kGlobalSet,
            in_local_ ? gas_local_ : shared_.gas_global);
    is_dirty_ = true;
  }

  /// Charges for as many elements as the stack's top says, and leaves it there.
  void pay_bulk(const BulkPrice& price) {
    if (price.each == 0) return;
    write_back();
    const std::uint32_t count = price.is_64 ? count_64_ : count_32_;
    out_.op(Op::kLocalTee, count);
    out_.op(Op::kLocalGet, count);
    if (!price.is_64) out_.op(Op::kI64ExtendI32U);
    out_.i64_const(static_cast<std::int64_t>(price.each));
    out_.op(Op::kCall, shared_.bulk_function);
    is_stale_ = true;
  }

  // --- Loops that are written more than once, or paid ahead. ---

  /// What going round once costs; 0 when nothing, or more than any number of iterations may.
  [[nodiscard]] std::uint64_t price_of_round(const CountedLoop& loop) const {
    const ChargePlace branch{.op = loop.last - 1, .kind = Kind::kTaken};
    const auto rest = charges_.subspan(next_);
    const auto found = std::ranges::lower_bound(
        rest, branch.op, {}, [](const Charge& charge) { return charge.place.op; });
    const bool pays = found != rest.end() && found->place == branch && found->amount <= kRoundMax;
    return pays ? found->amount : 0;
  }
  /// Times 2^32 rounds, it fits 63 bits.
  static constexpr std::uint64_t kRoundMax = INT32_MAX;

  /// False when there is nothing to pay.
  Result<bool> write_counted(const CountedLoop& loop, const Operator& head, OperatorReader& in) {
    const std::uint64_t price = price_of_round(loop);
    if (price == 0) return false;
    make_fresh();
    if (loop.step.is_local) return write_bounded(loop, price, head, in);
    if (!loop.needs_guard()) {
      pay_rounds(loop, price);
      paid_branches_.push_back(loop.last - 1);
      write(head);
      ++number_;
      return true;
    }
    const std::size_t first_charge = next_;
    LoopRounds(out_, loop, loop_local_).write_guard();
    out_.begin_if();
    pay_rounds(loop, price);
    paid_branches_.push_back(loop.last - 1);
    TRY(write_loop(loop, head));
    out_.op(Op::kElse);
    next_ = first_charge;
    TRY(write_loop(loop, head));
    out_.op(Op::kEnd);
    TRY(skip(loop, in));
    pay_at({.op = loop.last});
    return true;
  }

  void pay_rounds(const CountedLoop& loop, std::uint64_t price) {
    LoopRounds rounds(out_, loop, loop_local_);
    rounds.write();
    out_.i64_const(static_cast<std::int64_t>(price));
    out_.op(Op::kI64Mul);
    out_.op(Op::kLocalSet, loop_local_);
    // No way leads on from a loop whose variable passes its bound by for ever.
    if (rounds.may_miss()) {
      rounds.write_misses();
      out_.exhaust_if(shared_.gas_global);
    }
    const auto get_price = [&] { out_.op(Op::kLocalGet, loop_local_); };
    compare_gas(get_price);
    refill_if(get_price);
    get_gas();
    get_price();
    out_.op(Op::kI64Sub);
    set_gas();
  }

  /// Several rounds of a small loop are written one after the other, and pay at once.
  static constexpr std::size_t kUnrolledBytesMax = 64;
  static constexpr std::uint32_t kUnrolledRounds = 4;

  /// Where the gas suffices for as many rounds as there may be, they need not compare. False when
  /// something else is charged in the loop, or others could see the gas while it is inexact.
  Result<bool> write_bounded(const CountedLoop& loop, std::uint64_t price, const Operator& head,
                             OperatorReader& in) {
    const bool is_small = price * kUnrolledRounds <= kRoundMax;
    if (!in_local_ || !is_small || charges_[next_].place.op != loop.last - 1) return false;
    if (TRY(has_unreachable(loop))) return false;
    LoopRounds rounds(out_, loop, loop_local_);
    rounds.write_guard();
    get_gas();
    rounds.write_at_most();
    out_.i64_const(static_cast<std::int64_t>(price));
    out_.op(Op::kI64Mul);
    out_.op(Op::kI64GeS);
    out_.op(Op::kI32And);
    out_.begin_if();
    const std::uint32_t bodies = loop.body.size() <= kUnrolledBytesMax ? kUnrolledRounds : 1;
    TRY(write_rounds(loop, {.price = static_cast<std::int64_t>(price), .bodies = bodies}, head));
    out_.op(Op::kElse);
    TRY(write_loop(loop, head));
    out_.op(Op::kEnd);
    TRY(skip(loop, in));
    pay_at({.op = loop.last});
    return true;
  }

  /// What shows the gas, and need not be charged where it costs nothing.
  static Result<bool> has_unreachable(const LoopRange& loop) {
    OperatorReader in(loop.body, loop.offset);
    Operator op;
    while (!in.at_end()) {
      TRY(in.next(op));
      if (op.op == Op::kUnreachable) return true;
    }
    return false;
  }

  /// Several rounds at once, as long as there is enough for all of them; else as it is.
  Result<void> write_unrolled(const UnrolledLoop& loop, const Operator& head, OperatorReader& in) {
    make_fresh();
    const auto price = static_cast<std::int64_t>(loop.price);
    out_.begin_block();
    out_.begin_block();
    TRY(write_rounds(loop, {.price = price, .bodies = kUnrolledRounds, .is_checked = true}, head));
    out_.op(Op::kBr, 1);
    out_.op(Op::kEnd);
    change_gas(Op::kI64Sub, price);
    TRY(write_loop(loop, head));
    out_.op(Op::kEnd);
    TRY(skip(loop, in));
    pay_at({.op = loop.last});
    return {};
  }

  /// Rounds that are written one after the other.
  struct Rounds {
    std::int64_t price = 0;  // of each
    std::uint32_t bodies = 1;
    /// Whether what is left is compared with what they cost. Where it does not suffice, they branch
    /// out of the block around them, with the price of one added.
    bool is_checked = false;
  };

  /// As many bodies as pay together; one that is the last branches to where the rest is paid back.
  /// What the last round pays, which is not a way back, has been added before: so the loop itself
  /// needs the gas in one place only.
  Result<void> write_rounds(const LoopRange& loop, const Rounds& rounds, const Operator& head) {
    const auto [price, bodies, is_checked] = rounds;
    change_gas(Op::kI64Add, price);
    for (std::uint32_t i = 0; i < bodies; ++i) out_.begin_block();
    copy(head);
    track(head);
    if (is_checked) {
      compare_gas([&] { out_.i64_const(price * (bodies + 1)); });
      out_.op(Op::kBrIf, bodies + 1);
    }
    change_gas(Op::kI64Sub, price * bodies);
    for (std::uint32_t i = 0; i < bodies; ++i) {
      const bool goes_back = i + 1 == bodies;
      TRY(write_body(loop, loop.last - 1));
      if (!goes_back) out_.op(Op::kI32Eqz);
      out_.op(Op::kBrIf, goes_back ? 0 : i + 1);
    }
    out_.op(Op::kEnd);
    blocks_.pop_back();
    if (bodies > 1) out_.op(Op::kBr, bodies - 1);
    for (std::uint32_t i = 1; i < bodies; ++i) {
      out_.op(Op::kEnd);
      change_gas(Op::kI64Add, price);
    }
    out_.op(Op::kEnd);
    return {};
  }

  /// Twice: as long as the dearest round can be paid, without comparing; else as it is.
  Result<void> write_unchecked(const UncheckedLoop& loop, const Operator& head,
                               OperatorReader& in) {
    make_fresh();
    const std::size_t first_charge = next_;
    out_.begin_block();
    out_.begin_block();
    copy_ = {.outside = blocks_.size(), .injected = 2};
    is_checked_ = false;
    TRY(write_loop(loop, head, loop.dearest));
    is_checked_ = true;
    out_.op(Op::kBr, 1);
    out_.op(Op::kEnd);
    copy_.injected = 1;
    next_ = first_charge;
    TRY(write_loop(loop, head));
    out_.op(Op::kEnd);
    copy_.injected = 0;
    TRY(skip(loop, in));
    pay_at({.op = loop.last});
    return {};
  }

  /// Where an operator of a loop that is a copy branches.
  [[nodiscard]] std::uint32_t outer(std::uint32_t label) const {
    const bool leaves = copy_.injected != 0 && label >= blocks_.size() - copy_.outside;
    return leaves ? label + copy_.injected : label;
  }

  /// The loop, but for what is paid behind it. A round for which there is less than `least` is left
  /// to what follows the block around the loop; 0: none is.
  template <typename Loop>
  Result<void> write_loop(const Loop& loop, const Operator& head, std::uint64_t least = 0) {
    number_ = loop.first;
    copy(head);
    track(head);
    if (least != 0) {
      compare_gas([&] { out_.i64_const(static_cast<std::int64_t>(least)); });
      out_.op(Op::kBrIf, 1);
    }
    pay_at({.op = loop.first});
    TRY(write_body(loop, loop.last));
    copy(end_of_loop(loop));
    track(end_of_loop(loop));
    return {};
  }
  /// The operators behind the loop's head, up to the `last`th of the function.
  template <typename Loop>
  Result<void> write_body(const Loop& loop, std::uint32_t last) {
    OperatorReader in(loop.body, loop.offset);
    Operator op;
    number_ = loop.first + 1;
    for (copy(in.next_run()); number_ != last; copy(in.next_run())) {
      TRY(in.next(op));
      write(op);
      ++number_;
    }
    return {};
  }
  template <typename Loop>
  static Operator end_of_loop(const Loop& loop) {
    return {.op = Op::kEnd,
            .offset = loop.offset + loop.body.size() - 1,
            .bytes = loop.body.last(1)};
  }

  /// Reads past a loop that has been written.
  template <typename Loop>
  Result<void> skip(const Loop& loop, OperatorReader& in) {
    Operator op;
    for (number_ = loop.first + 1; number_ <= loop.last; ++number_) {
      number_ += in.next_run().count;
      TRY(in.next(op));
    }
    return {};
  }

  /// A branch that pays on some of its ways, in its place what does. True when it is one.
  bool replace(const Operator& op) {
    if (op.op == Op::kBrTable) return replace_table(op);
    return op.op == Op::kBrIf && replace_branch(op);
  }

  /// `if`, pay, branch, `end`.
  bool replace_branch(const Operator& op) {
    const auto amount = take({.op = number_, .kind = Kind::kTaken});
    if (!amount) return false;
    if (!paid_branches_.empty() && paid_branches_.back() == number_) {
      paid_branches_.pop_back();
      copy(op);
      pay_at({.op = number_});
      return true;
    }
    begin_replacement(op);
    out_.op(Op::kIf);
    write_block_type(op);
    const bool was_dirty = is_dirty_;
    pay(*amount);
    out_.op(Op::kBr, outer(op.index) + 1);
    out_.op(Op::kEnd);
    is_dirty_ = was_dirty;
    pay_at({.op = number_});
    return true;
  }

  /// The ways that pay end blocks around the branch, pay behind their `end` and branch on.
  bool replace_table(const Operator& op) {
    std::vector<Charge> ways;
    while (next_ != charges_.size() && charges_[next_].place.op == number_ &&
           charges_[next_].place.kind == Kind::kTable) {
      ways.push_back(charges_[next_++]);
    }
    if (ways.empty() && copy_.injected == 0) return false;
    constexpr std::array kIndex{ValueCode(ValueCode::kI32)};
    const std::uint32_t type = shared_.consuming_type(kIndex);
    for (std::size_t i = 0; i < ways.size(); ++i) {
      out_.op(Op::kBlock);
      out_.s64(type);
    }
    begin_replacement(op);
    out_.op(Op::kBrTable);
    out_.u32(op.index);
    for_each_label(op, [&](std::uint32_t label) { out_.u32(label_outside(ways, label)); });
    for (std::size_t i = 0; i < ways.size(); ++i) {
      out_.op(Op::kEnd);
      pay(ways[i].amount);
      out_.op(Op::kBr,
              outer(ways[i].place.label) + static_cast<std::uint32_t>(ways.size() - 1 - i));
    }
    return true;
  }
  /// Where a label is inside the blocks of `ways`; they are sorted by their labels.
  [[nodiscard]] std::uint32_t label_outside(std::span<const Charge> ways,
                                            std::uint32_t label) const {
    const auto label_of = [](const Charge& way) { return way.place.label; };
    const auto found = std::ranges::lower_bound(ways, label, {}, label_of);
    if (found != ways.end() && label_of(*found) == label) {
      return static_cast<std::uint32_t>(found - ways.begin());
    }
    return outer(label) + static_cast<std::uint32_t>(ways.size());
  }

  /// What a label carries passes through the `if`.
  void write_block_type(const Operator& op) {
    const Label& label = blocks_[blocks_.size() - 1 - op.index];
    std::vector<ValueCode> values;
    if (label.block.kind == BlockType::Kind::kValue && !label.is_loop) {
      values.push_back(label.block.value);
    } else if (const Type* type = shared_.module.function_type(label.block.type);
               label.block.kind == BlockType::Kind::kType && type != nullptr) {
      const auto carried =
          label.is_loop ? shared_.module.params(*type) : shared_.module.results(*type);
      values.assign(carried.begin(), carried.end());
    }
    if (values.empty()) return out_.byte(0x40);
    out_.s64(shared_.pass_through_type(values));
  }

  const GasModule& shared_;
  const Body& body_;
  const Type& type_;
  FunctionHooks hooks_;
  const FunctionShape& shape_;
  const bool in_local_;
  std::span<const Charge> charges_;
  std::size_t next_ = 0;
  std::span<const CountedLoop> counted_;
  std::span<const UnrolledLoop> unrolled_;
  std::span<const UncheckedLoop> unchecked_;
  std::span<const HeadCharge> heads_;
  CodeWriter out_;
  std::vector<Position>& positions_;

  // Where the last operator that was copied ends, where it ended in the original, and began there;
  // before the first one, where it will.
  std::uint32_t copied_to_ = 0;
  std::uint32_t copied_from_ = 0;
  std::uint32_t last_op_ = 0;

  std::uint32_t number_ = 0;
  Copy copy_;
  bool is_checked_ = true;  ///< charges are compared with what is left
  std::vector<Label> blocks_;  // that are open, without the function
  std::vector<std::uint32_t> paid_branches_;  // the branches that close loops that have been paid
  std::uint32_t gas_local_ = 0;
  std::uint32_t count_32_ = 0;
  std::uint32_t count_64_ = 0;
  std::uint32_t loop_local_ = 0;
  std::uint32_t hook_locals_ = 0;
  bool is_stale_ = false;  // the local does not hold the gas, the global does
  bool is_dirty_ = false;  // the global does not hold the gas, the local does
};

}  // namespace

Result<void> write_metered(const GasModule& shared, const Body& body, std::uint32_t function,
                           Bytes& out, std::vector<Position>& positions) {
  FunctionCharges charges;
  if (shared.counts_gas) {
    const GasSchedule& schedule = shared.prices.schedule;
    charges.places = TRY(charges_of(shared.module, function, shared.prices, &charges.shape));
    const std::vector<LoopRange>& loops = charges.shape.loops;
    charges.counted = find_counted_loops(loops);
    charges.unrolled = find_unrolled_loops(shared.module, schedule, loops, charges.places);
    charges.unchecked = find_unchecked_loops(shared.module, schedule, loops, charges.places);
    charges.in_local = prefers_local(charges.shape, charges.places, charges.counted);
    if (charges.in_local) {
      charges.heads = move_to_heads(charges.places,
                                    [&](std::uint32_t loop) { return charges.is_plain(loop); });
    }
  }
  // Two for each charge, usually; doubling for a large function would need far more.
  const std::size_t expected = positions.size() + 2 * charges.places.size() + 64;
  if (expected > positions.capacity()) {
    positions.reserve(std::max(expected, positions.capacity() + positions.capacity() / 2));
  }
  // The size stands before the code and is known after it: room is left for its longest writing.
  constexpr std::size_t kSizeBytes = 5;
  CodeWriter writer(out);
  const std::size_t start = out.size() + kSizeBytes;
  out.resize(start);
  TRY(FunctionPass(shared, body, function, charges, out, positions).run());
  writer.patch_u32(start - kSizeBytes, out.size() - start);
  return {};
}

}  // namespace synapsed::bytecode
