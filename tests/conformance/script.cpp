#include "tests/conformance/script.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/try.hpp"
#include "engine/text.hpp"
#include "engine/wasmtime/engine_impl.hpp"
#include "engine/wasmtime/module_impl.hpp"
#include "tests/conformance/constants.hpp"
#include "tests/conformance/trap_texts.hpp"
#include "tests/conformance/world.hpp"

namespace synapsed::tests {
namespace {

using nlohmann::json;

constexpr std::uint64_t kFileBytesMax = std::uint64_t{64} << 20;
/// The global a pass exports that counts call depth.
constexpr std::string_view kStackExport = "synapsed:stack";

/// The module that scripts import: what the reference interpreter's has, and a shared memory.
constexpr std::string_view kSpectest = R"((module
  (func (export "print"))
  (func (export "print_i32") (param i32))
  (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32))
  (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32))
  (func (export "print_f64_f64") (param f64 f64))
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (table (export "table64") i64 10 20 funcref)
  (memory (export "memory") 1 2)
  (memory (export "shared_memory") 1 2 shared)))";

/// What a command came to: nothing when it went as it should, or what went wrong.
using Wrong = std::optional<std::string>;

class Script {
 public:
  Script(wasm_engine_t* engine, std::filesystem::path folder, const Pass* pass)
      : engine_(engine), folder_(std::move(folder)), pass_(pass), world_(engine) {}

  Result<Report> run() {
    const Bytes text = TRY(read_file((folder_ / "script.json").string(), kFileBytesMax));
    TRY(define_spectest());
    const auto* begin = reinterpret_cast<const char*>(text.data());
    const json script = json::parse(begin, begin + text.size());
    for (const json& command : script.at("commands")) run(command);
    return std::move(report_);
  }

 private:
  using Handler = Wrong (Script::*)(const json&);
  struct Kind {
    std::string_view type;
    Handler handler;
    bool asserts;
  };
  /// Null for threads, which are not run.
  static const Kind* find_kind(std::string_view type);

  Result<void> define_spectest() {
    const Bytes wasm = TRY(engine::wat_to_wasm(kSpectest));
    modules_.push_back(TRY(compile(engine_, wasm)));
    const Ended made = world_.instantiate(modules_.back().get());
    if (made.instance) static_cast<void>(world_.register_as("spectest", *made.instance));
    return {};
  }

  void run(const json& command) {
    const Kind* kind = find_kind(command.at("type").get<std::string_view>());
    if (kind == nullptr) {
      ++report_.skipped;
    } else {
      note(command, *kind, (this->*kind->handler)(command));
    }
  }

  void note(const json& command, const Kind& kind, const Wrong& wrong) {
    if (wrong) {
      report_.failures.push_back({command.at("line"), fmt::format("{}: {}", kind.type, *wrong)});
    } else if (!kind.asserts) {
      ++report_.done;
    } else {
      ++report_.passed;
      if (is_text(command)) ++report_.text_passed;
    }
  }

  /// Whether the command's module exists as text alone.
  static bool is_text(const json& command) {
    return command.value("module_type", "") == "text" && !command.contains("binary_filename");
  }

  Result<Bytes> read_module(const json& command) const {
    const std::string name =
        command.value("binary_filename", command.at("filename").get<std::string>());
    Bytes bytes = TRY(read_file((folder_ / name).string(), kFileBytesMax));
    if (!is_text(command)) return bytes;
    return engine::wat_to_wasm({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  /// The command's module, passed and compiled. It lives as long as the script. A pass is given
  /// invalid modules too, which it must survive; what it makes of them counts for nothing, because
  /// it may add the very global whose absence makes a module invalid.
  Result<const wasmtime_module_t*> load(const json& command) {
    Bytes wasm = TRY(read_module(command));
    if (pass_ != nullptr) {
      Result<Bytes> passed = pass_->apply(wasm);
      TRY(engine::validate(engine_, wasm));
      wasm = TRY(std::move(passed));
    }
    modules_.push_back(TRY(compile(engine_, wasm)));
    return modules_.back().get();
  }

  Wrong define(const json& command) {
    const auto module = load(command);
    if (!module) return module.error().to_string();
    last_definition_ = *module;
    if (command.contains("name")) definitions_[command.at("name")] = *module;
    return std::nullopt;
  }

  Wrong instantiate(const json& command) {
    last_instance_.reset();
    const auto module = load(command);
    if (!module) return module.error().to_string();
    return keep_instance(*module, command.value("name", ""));
  }

  Wrong instantiate_defined(const json& command) {
    last_instance_.reset();
    const wasmtime_module_t* module = last_definition_;
    if (command.contains("module")) {
      const auto found = definitions_.find(command.at("module"));
      if (found == definitions_.end()) return "there is no such module";
      module = found->second;
    }
    if (module == nullptr) return "there is no module";
    return keep_instance(module, command.value("instance", ""));
  }

  Wrong keep_instance(const wasmtime_module_t* module, const std::string& name) {
    const Ended ended = world_.instantiate(module);
    if (!ended.instance) return unexpected(ended);
    last_instance_ = ended.instance;
    if (!name.empty()) instances_.insert_or_assign(name, *ended.instance);
    return std::nullopt;
  }

  Wrong register_instance(const json& command) {
    const auto instance = find_instance(command.value("name", ""));
    if (!instance) return "there is no such instance";
    const std::string wrong =
        world_.register_as(command.at("as").get<std::string_view>(), *instance);
    if (wrong.empty()) return std::nullopt;
    return wrong;
  }

  std::optional<wasmtime_instance_t> find_instance(const std::string& name) const {
    if (name.empty()) return last_instance_;
    const auto found = instances_.find(name);
    if (found == instances_.end()) return std::nullopt;
    return found->second;
  }

  static std::string unexpected(const Ended& ended) {
    return fmt::format("it {}: {}", to_string(ended.how), ended.message);
  }

  /// Does an action. What cannot even be tried is refused.
  Ended act(const json& action) {
    const auto refused = [](std::string why) {
      return Ended{.how = Ended::How::kRefused, .message = std::move(why)};
    };
    const auto instance = find_instance(action.value("module", ""));
    if (!instance) return refused("there is no such instance");
    const auto item = world_.find(*instance, action.at("field").get<std::string_view>());
    if (!item) return refused("there is no such export");
    if (action.at("type") == "get") return get(*item);
    if (item->kind != WASMTIME_EXTERN_FUNC) return refused("the export is no function");
    Values arguments;
    for (const json& constant : action.at("args")) {
      const auto value = value_of(constant, world_);
      if (!value) return refused(value.error().to_string());
      arguments.push_back(*value);
    }
    return world_.call(*instance, item->of.func, arguments);
  }

  Ended get(const wasmtime_extern_t& item) {
    Ended result;
    if (item.kind != WASMTIME_EXTERN_GLOBAL) {
      result.how = Ended::How::kRefused;
      result.message = "the export is no global";
      return result;
    }
    wasmtime_val_t value;
    wasmtime_global_get(world_.context(), &item.of.global, &value);
    result.results.push_back(value);
    return result;
  }

  Wrong only_act(const json& command) {
    const Ended ended = act(command.at("action"));
    if (ended.how == Ended::How::kReturned) return std::nullopt;
    return unexpected(ended);
  }

  Wrong assert_return(const json& command) {
    const Ended ended = act(command.at("action"));
    if (ended.how != Ended::How::kReturned) return unexpected(ended);
    const json& expected = command.at("expected");
    if (ended.results.size() != expected.size()) {
      return fmt::format("{} results instead of {}", ended.results.size(), expected.size());
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (matches(expected[i], ended.results[i], world_)) continue;
      return fmt::format("result {} is {} instead of {}", i, describe(ended.results[i]),
                         expected[i].dump());
    }
    return std::nullopt;
  }

  static Wrong expect_trap(const Ended& ended, std::string_view text) {
    if (ended.how != Ended::How::kTrapped) return unexpected(ended);
    if (ended.code && is_trap(text, *ended.code)) return std::nullopt;
    return fmt::format("it trapped with \"{}\" instead of \"{}\"", ended.message, text);
  }

  Wrong assert_trap(const json& command) {
    return expect_trap(act(command.at("action")), command.at("text").get<std::string_view>());
  }

  /// A pass that counts call depth ends the guest by `unreachable`.
  Wrong assert_exhaustion(const json& command) {
    const Ended ended = act(command.at("action"));
    const auto instance = find_instance(command.at("action").value("module", ""));
    const bool counted = pass_ != nullptr && instance && world_.find(*instance, kStackExport);
    if (counted && ended.code == WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED) return std::nullopt;
    return expect_trap(ended, command.at("text").get<std::string_view>());
  }

  Wrong assert_exception(const json& command) {
    const Ended ended = act(command.at("action"));
    if (ended.how == Ended::How::kThrew) return std::nullopt;
    return unexpected(ended);
  }

  Wrong assert_not_loaded(const json& command) {
    if (!load(command)) return std::nullopt;
    return fmt::format("the module was accepted; it should not be: {}",
                       command.at("text").get<std::string_view>());
  }

  Wrong assert_unlinkable(const json& command) {
    const auto module = load(command);
    if (!module) return module.error().to_string();
    const Ended ended = world_.instantiate(*module);
    if (ended.how == Ended::How::kRefused) return std::nullopt;
    return unexpected(ended);
  }

  Wrong assert_uninstantiable(const json& command) {
    const auto module = load(command);
    if (!module) return module.error().to_string();
    return expect_trap(world_.instantiate(*module), command.at("text").get<std::string_view>());
  }

  wasm_engine_t* engine_;
  std::filesystem::path folder_;
  const Pass* pass_;
  std::vector<engine::ModuleHandle> modules_;
  World world_;
  std::map<std::string, const wasmtime_module_t*> definitions_;
  const wasmtime_module_t* last_definition_ = nullptr;
  std::map<std::string, wasmtime_instance_t> instances_;
  std::optional<wasmtime_instance_t> last_instance_;
  Report report_;
};

const Script::Kind* Script::find_kind(std::string_view type) {
  static constexpr std::array kKinds{
      Kind{"module", &Script::instantiate, false},
      Kind{"module_definition", &Script::define, false},
      Kind{"module_instance", &Script::instantiate_defined, false},
      Kind{"register", &Script::register_instance, false},
      Kind{"action", &Script::only_act, false},
      Kind{"assert_return", &Script::assert_return, true},
      Kind{"assert_trap", &Script::assert_trap, true},
      Kind{"assert_exhaustion", &Script::assert_exhaustion, true},
      Kind{"assert_exception", &Script::assert_exception, true},
      Kind{"assert_invalid", &Script::assert_not_loaded, true},
      Kind{"assert_malformed", &Script::assert_not_loaded, true},
      Kind{"assert_unlinkable", &Script::assert_unlinkable, true},
      Kind{"assert_uninstantiable", &Script::assert_uninstantiable, true},
  };
  const auto* found = std::ranges::find(kKinds, type, &Kind::type);
  return found == kKinds.end() ? nullptr : found;
}

}  // namespace

Result<Report> run_script(const engine::Engine& engine, const std::filesystem::path& folder,
                          const Pass* pass) {
  return Script(engine.impl().engine.get(), folder, pass).run();
}

}  // namespace synapsed::tests
