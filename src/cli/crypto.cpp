// `synapsed crypto`: public-key encryption of files, in the built-in module kyber_encrypt.

#include <sys/wait.h>
#include <unistd.h>

#include <spawn.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <synapsed/crypto.hpp>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/try.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/input.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kModule = "kyber_encrypt";
constexpr std::size_t kKeyFileBytesMax = std::size_t{64} << 10;
constexpr std::size_t kInputBytesMax = std::size_t{256} << 20;

constexpr std::string_view kExamples = R"(Examples:
  synapsed crypto generate --public alice.pub.pem --secret alice.pem
  synapsed crypto encrypt --public alice.pub.pem letter.txt -o letter.env
  synapsed crypto decrypt --secret alice.pem letter.env -o letter.txt
  synapsed crypto demo

Keys are ML-KEM-768's, in PEM; envelopes are described in docs/formats/envelope.md. The work is done in
a sandbox, by the module kyber_encrypt.)";

struct Options {
  std::string file;
  std::string public_key;  ///< files
  std::string secret_key;
  std::optional<std::string> context;
  std::optional<std::string> out;
};

Result<crypto::CryptoModule> load() {
  RuntimeConfig config = RuntimeConfig::production();
  config.pooling.enable = false;  // a few calls gain nothing from slots reserved in advance
  config.limits.timeout = std::chrono::minutes{10};
  return crypto::load_crypto_module(kModule, {.config = config, .keys = nullptr, .tenant = {}});
}

std::string context_of(const Options& options) { return options.context.value_or(""); }

// --- Keys in PEM. ---

Error not_ours(const std::string& file) {
  return Error(ErrorCode::kCryptoInvalidKey, "it is no key of ML-KEM-768")
      .at(file)
      .help("synapsed crypto generate makes them");
}

Result<Bytes> read_public(const std::string& file, const Streams& streams) {
  const Bytes pem = TRY(read_input(file, kKeyFileBytesMax, streams));
  const auto key = crypto::PublicKey::from_pem(as_text(pem));
  if (!key || key->algorithm() != crypto::KeyAlgorithm::kMlKem768) {
    return std::unexpected(not_ours(file));
  }
  return key->to_raw();
}

Result<crypto::SecretBytes> read_secret(const std::string& file, const Streams& streams) {
  Bytes pem = TRY(read_input(file, kKeyFileBytesMax, streams));
  const auto key = crypto::SecretKey::from_pem(as_text(pem));
  crypto::wipe(pem);
  if (!key || key->algorithm() != crypto::KeyAlgorithm::kMlKem768) {
    return std::unexpected(not_ours(file));
  }
  return key->to_raw();
}

// --- The commands. ---

Result<void> generate(const Options& options, const Invocation&) {
  auto module = TRY(load());
  const crypto::ModuleKeyPair pair = TRY(module.generate_keypair());
  constexpr auto kAlgorithm = crypto::KeyAlgorithm::kMlKem768;
  const auto secret =
      TRY(crypto::SecretKey::from_raw(kAlgorithm, pair.secret_key.view()));
  const auto public_key = TRY(crypto::PublicKey::from_raw(kAlgorithm, pair.public_key));
  const crypto::SecretBytes secret_pem = TRY(secret.to_pem());
  const std::string public_pem = TRY(public_key.to_pem());
  TRY(write_output(options.secret_key, secret_pem.view(), FileAccess::kOwnerOnly));
  return write_output(options.public_key, as_bytes(public_pem));
}

Result<void> give(const Options& options, const Invocation& invocation, const Bytes& bytes) {
  if (options.out && *options.out != "-") return write_output(*options.out, bytes);
  if (invocation.streams().out_is_terminal) {
    return std::unexpected(Error(ErrorCode::kInvalidConfig, "bytes are not written to a terminal")
                               .help("name a file with -o, or redirect the output"));
  }
  invocation.streams().out << as_text(bytes);
  return {};
}

Result<void> encrypt(const Options& options, const Invocation& invocation) {
  const Bytes key = TRY(read_public(options.public_key, invocation.streams()));
  const Bytes plaintext = TRY(read_input(options.file, kInputBytesMax, invocation.streams()));
  auto module = TRY(load());
  const std::string context = context_of(options);
  return give(options, invocation, TRY(module.encrypt(plaintext, key, as_bytes(context))));
}

Result<void> decrypt(const Options& options, const Invocation& invocation) {
  const crypto::SecretBytes key = TRY(read_secret(options.secret_key, invocation.streams()));
  const Bytes envelope = TRY(read_input(options.file, kInputBytesMax, invocation.streams()));
  auto module = TRY(load());
  const std::string context = context_of(options);
  Bytes plaintext = TRY(module.decrypt(envelope, key.view(), as_bytes(context)));
  const auto given = give(options, invocation, plaintext);
  crypto::wipe(plaintext);
  return given;
}

// --- The demonstration: two processes that share nothing but files. ---

/// A directory that is gone at the end.
class Folder {
 public:
  static Result<Folder> make() {
    std::string path = (std::filesystem::temp_directory_path() / "synapsed.XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) {
      return std::unexpected(Error(ErrorCode::kIo, "cannot make a directory").at(path));
    }
    return Folder(path);
  }
  Folder(Folder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  Folder& operator=(Folder&&) = delete;
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }

 private:
  explicit Folder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Runs this program with other arguments.
Result<void> run_process(const Invocation& invocation, std::vector<std::string> arguments) {
  const std::string program = invocation.surroundings.program.string();
  invocation.streams().out << "$ synapsed";
  for (const std::string& argument : arguments) invocation.streams().out << ' ' << argument;
  invocation.streams().out << std::endl;
  arguments.insert(arguments.begin(), program);
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  const bool started =
      ::posix_spawn(&child, program.c_str(), nullptr, nullptr, words.data(), environ) == 0;
  if (!started || ::waitpid(child, &status, 0) != child || status != 0) {
    return std::unexpected(Error(ErrorCode::kIo, "the process did not succeed").at(program));
  }
  return {};
}

Result<void> demo(const Options&, const Invocation& invocation) {
  constexpr std::string_view kLetter = "Hello, quantum-safe world!";
  const Folder folder = TRY(Folder::make());
  const std::string letter = folder.file("letter.txt");
  const std::string envelope = folder.file("letter.env");
  const std::string opened = folder.file("opened.txt");
  const std::string public_key = folder.file("alice.pub.pem");
  const std::string secret_key = folder.file("alice.pem");
  TRY(write_output(letter, as_bytes(kLetter)));
  TRY(run_process(invocation, {"crypto", "generate", "--public", public_key, "--secret",
                               secret_key}));
  TRY(run_process(invocation, {"crypto", "encrypt", "--public", public_key, letter, "-o",
                               envelope}));
  TRY(run_process(invocation, {"crypto", "decrypt", "--secret", secret_key, envelope, "-o",
                               opened}));
  const Bytes text = TRY(read_input(opened, kInputBytesMax, invocation.streams()));
  if (as_text(text) != kLetter) {
    return std::unexpected(Error(ErrorCode::kEngineFault, "the letter came out changed"));
  }
  invocation.streams().out << fmt::format(
      "encrypted to {}, decrypted in another process: {}\n",
      format_bytes(std::filesystem::file_size(envelope)), as_text(text));
  return {};
}

// --- Declaring them. ---

using Act = Result<void> (*)(const Options&, const Invocation&);

class Declaring {
 public:
  Declaring(CLI::App& parent, SharedOptions& shared) : parent_(parent), shared_(shared) {}

  /// A subcommand; what follows declares its options.
  Declaring& add(const std::string& name, const std::string& description, Act act) {
    app_ = parent_.add_subcommand(name, description);
    add_shared_options(*app_, shared_);
    app_->footer(std::string(kExamples));
    options_ = std::make_shared<Options>();
    commands_.push_back({.app = app_, .act = [options = options_, act](const Invocation& invocation) {
                           const auto done = act(*options, invocation);
                           return done ? kSuccess : report(invocation, done.error());
                         }});
    return *this;
  }
  Declaring& public_key(const std::string& description) {
    app_->add_option("--public", options_->public_key, description)->type_name("FILE")->required();
    return *this;
  }
  Declaring& secret_key(const std::string& description) {
    app_->add_option("--secret", options_->secret_key, description)->type_name("FILE")->required();
    return *this;
  }
  Declaring& data() {
    add_file(*app_, options_->file);
    add_value(*app_, "--context", options_->context, "TEXT",
              "What the envelope is for; both sides must say the same");
    add_value(*app_, "-o,--output", options_->out, "FILE",
              "Where to write, all or nothing (default: standard output)");
    return *this;
  }
  [[nodiscard]] std::vector<Command> take() { return std::move(commands_); }

 private:
  CLI::App& parent_;
  SharedOptions& shared_;
  CLI::App* app_ = nullptr;
  std::shared_ptr<Options> options_;
  std::vector<Command> commands_;
};

}  // namespace

std::vector<Command> add_crypto(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app =
      *parent.add_subcommand("crypto", "Encrypt and decrypt files, safe from quantum computers");
  app.require_subcommand(1);
  app.footer(std::string(kExamples));
  Declaring commands(app, shared);
  commands.add("generate", "Make a key pair", generate)
      .public_key("Where the public key goes")
      .secret_key("Where the secret key goes, for its owner alone");
  commands.add("encrypt", "Encrypt a file to a public key", encrypt)
      .public_key("Whose it shall be")
      .data();
  commands.add("decrypt", "Decrypt an envelope", decrypt).secret_key("The secret key").data();
  commands.add("demo", "Generate, encrypt and decrypt, each in a process of its own", demo);
  return commands.take();
}

}  // namespace synapsed::cli
