// State of the kinds that C++ programs have: a heap with containers, objects with virtual functions, a
// generator of random numbers. `step` does something else each time and says what came of it.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

class Shape {
 public:
  virtual ~Shape() = default;
  virtual std::int64_t area() const = 0;
  virtual void grow() = 0;
};

class Square final : public Shape {
 public:
  explicit Square(std::int64_t side) : side_(side) {}
  std::int64_t area() const override { return side_ * side_; }
  void grow() override { ++side_; }

 private:
  std::int64_t side_;
};

class Strip final : public Shape {
 public:
  Strip(std::int64_t length, std::int64_t width) : length_(length), width_(width) {}
  std::int64_t area() const override { return length_ * width_; }
  void grow() override { length_ += width_; }

 private:
  std::int64_t length_;
  std::int64_t width_;
};

struct State {
  std::uint64_t seed = 0x2545f4914f6cdd1d;
  std::map<std::string, std::uint64_t> counts;
  std::vector<std::unique_ptr<Shape>> shapes;
  std::vector<std::uint8_t> bulk;
};

State& state() {
  static State* const only = new State;
  return *only;
}

std::uint64_t random_number() {
  std::uint64_t& seed = state().seed;
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

}  // namespace

extern "C" __attribute__((export_name("step"))) std::int64_t step(std::int32_t number) {
  State& now = state();
  ++now.counts["step " + std::to_string(random_number() % 7)];
  if (random_number() % 2 == 0) {
    now.shapes.push_back(std::make_unique<Square>(number));
  } else {
    now.shapes.push_back(std::make_unique<Strip>(number, random_number() % 100));
  }
  if (now.shapes.size() > 5) now.shapes.erase(now.shapes.begin() + random_number() % 3);
  now.bulk.resize(now.bulk.size() + random_number() % 60'000, static_cast<std::uint8_t>(number));
  std::int64_t sum = static_cast<std::int64_t>(now.bulk.size());
  for (const auto& shape : now.shapes) {
    shape->grow();
    sum = sum * 31 + shape->area();
  }
  for (const auto& [name, count] : now.counts) {
    sum = sum * 31 + name.back() + static_cast<std::int64_t>(count);
  }
  for (std::size_t i = 0; i < now.bulk.size(); i += 997) sum = sum * 3 + now.bulk[i];
  return sum;
}
