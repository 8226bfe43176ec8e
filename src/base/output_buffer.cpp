#include <synapsed/wasi.hpp>

#include "base/bytes.hpp"
#include "base/sync.hpp"

namespace synapsed {

struct OutputBuffer::State {
  std::size_t bytes_max = 0;
  mutable Mutex mutex;
  std::string text;
};

OutputBuffer::OutputBuffer(std::size_t bytes_max)
    : state_(std::make_unique<State>()) {
  state_->bytes_max = bytes_max;
}
OutputBuffer::~OutputBuffer() = default;

bool OutputBuffer::append(std::span<const std::byte> bytes) {
  const Lock<Mutex> lock(state_->mutex);
  if (bytes.size() > state_->bytes_max - state_->text.size()) return false;
  state_->text += as_text(bytes);
  return true;
}

std::string OutputBuffer::text() const {
  const Lock<Mutex> lock(state_->mutex);
  return state_->text;
}

}  // namespace synapsed
