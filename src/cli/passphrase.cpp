#include "cli/passphrase.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/native/descriptor.hpp"
#include "base/try.hpp"
#include "cli/exit_codes.hpp"
#include "crypto/secret_file.hpp"

namespace synapsed::cli {
namespace {

using crypto::SecretBytes;

constexpr std::size_t kLineBytesMax = 1024;
constexpr const char* kTerminal = "/dev/tty";

Error refused(std::string message) {
  return Error(ErrorCode::kCryptoMasterKey, std::move(message));
}

/// A terminal that shows nothing of what is typed, until this goes or the program is interrupted.
class SilentTerminal {
 public:
  SilentTerminal(int terminal, const termios& usual, Interrupts& interrupts)
      : terminal_(terminal), usual_(usual), scope_(interrupts, [this, &interrupts](int signal) {
          restore();
          interrupts.leave(exit_code_of_signal(signal));
        }) {
    termios silent = usual_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(terminal_, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() { restore(); }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  void restore() const { ::tcsetattr(terminal_, TCSAFLUSH, &usual_); }

  const int terminal_;
  const termios usual_;
  const InterruptScope scope_;
};

/// Up to the end of a line.
Result<SecretBytes> read_line(int terminal) {
  SecretBytes line(kLineBytesMax + 1);
  std::size_t filled = 0;
  while (filled < line.size()) {
    std::byte& next = line.bytes()[filled];
    const ssize_t count = ::read(terminal, &next, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || next == std::byte{'\n'}) {
      return SecretBytes::copy_of(line.view().first(filled));
    }
    ++filled;
  }
  return std::unexpected(refused("the passphrase is too long"));
}

}  // namespace

Result<SecretBytes> ask_passphrase(const std::string& question, Interrupts& interrupts) {
  const Descriptor terminal(::open(kTerminal, O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios usual{};
  if (terminal.get() < 0 || ::tcgetattr(terminal.get(), &usual) != 0) {
    return std::unexpected(
        refused("no master key is named, and there is no terminal to ask for a "
                "passphrase"));
  }
  const SilentTerminal silent(terminal.get(), usual, interrupts);
  TRY(write_descriptor(terminal.get(), kTerminal, as_bytes(question + ": ")));
  auto answer = read_line(terminal.get());
  TRY(write_descriptor(terminal.get(), kTerminal, as_bytes("\n")));
  return answer;
}

Result<SecretBytes> ask_new_passphrase(const std::string& question, Interrupts& interrupts) {
  SecretBytes first = TRY(ask_passphrase(question, interrupts));
  const SecretBytes second = TRY(ask_passphrase(question + ", once more", interrupts));
  if (first == second) return first;
  return std::unexpected(refused("the two passphrases are not alike"));
}

Result<SecretBytes> read_passphrase(const std::string& path) {
  const SecretBytes content = TRY(crypto::read_private_file(path, kLineBytesMax + 2));
  std::string_view line = as_text(content.view());
  line = line.substr(0, std::min(line.find('\n'), line.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return SecretBytes::copy_of(as_bytes(line));
}

}  // namespace synapsed::cli
