#include "tests/support/postgres_server.hpp"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace synapsed::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kPause{10};

/// Where `initdb` and `postgres` are: of the newest version that Debian has installed, or by PATH.
std::optional<fs::path> find_programs() {
  std::vector<fs::path> candidates;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", error)) {
    candidates.push_back(entry.path() / "bin");
  }
  std::ranges::sort(candidates, std::greater());
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    candidates.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const fs::path& candidate : candidates) {
    if (fs::exists(candidate / "initdb") && fs::exists(candidate / "postgres")) return candidate;
  }
  return std::nullopt;
}

/// In memory, where the syncs of a server that recovers take no time; where TMPDIR says, if it does.
fs::path place_for_folder() {
  constexpr std::uintmax_t kRoomBytes = std::uintmax_t{1} << 30;
  std::error_code error;
  const fs::path memory = "/dev/shm";
  const bool has_room = fs::space(memory, error).available >= kRoomBytes && !error;
  const bool is_told = std::getenv("TMPDIR") != nullptr;
  return !is_told && has_room && ::access(memory.c_str(), W_OK) == 0 ? memory
                                                                     : fs::temp_directory_path();
}

/// PostgreSQL refuses to run as root: whom to be instead.
const passwd* other_user() {
  if (::geteuid() != 0) return nullptr;
  const passwd* user = ::getpwnam("postgres");
  return user != nullptr ? user : ::getpwnam("nobody");
}

pid_t start_shell(const std::string& command, const passwd* user, int input) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setsid();
  if (input >= 0) ::dup2(input, STDIN_FILENO);
  if (user != nullptr &&
      (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)) {
    ::_exit(126);
  }
  ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
  ::_exit(127);
}

int wait_for(pid_t process) {
  int status = 0;
  ::waitpid(process, &status, 0);
  return status;
}

using Handle = std::unique_ptr<PGconn, decltype(&PQfinish)>;

template <typename Done>
bool wait_until(Done done) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

}  // namespace

PostgresServer* PostgresServer::shared() {
  static const std::unique_ptr<PostgresServer> server = [] {
    const auto programs = find_programs();
    if (!programs) return std::unique_ptr<PostgresServer>();
    std::string folder = (place_for_folder() / "synapsed_postgresql_XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return std::unique_ptr<PostgresServer>();
    std::unique_ptr<PostgresServer> made(new PostgresServer(*programs, folder));
    if (!made->make()) {
      ADD_FAILURE() << "initdb failed, in " << folder;
      std::abort();
    }
    made->start();
    return made;
  }();
  return server.get();
}

std::string PostgresServer::why_missing() {
  return "PostgreSQL is not installed (tools/setup.sh names the packages)";
}

/// The janitor lives until this program closes the pipe, or dies.
PostgresServer::PostgresServer(fs::path programs, fs::path folder)
    : programs_(std::move(programs)), folder_(std::move(folder)) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) std::abort();
  janitor_pipe_ = pipe[1];
  const std::string postmaster = quoted("data/postmaster.pid");
  janitor_ = start_shell(
      fmt::format("trap '' INT TERM HUP; cat >/dev/null; pid=$(head -n 1 {0} 2>/dev/null); "
                  "if [ -n \"$pid\" ]; then kill -CONT $pid; kill -QUIT $pid; "
                  "for i in 1 2 3 4 5; do kill -0 $pid || break; sleep 0.2; done; fi 2>/dev/null; "
                  "rm -rf {1} || {{ sleep 0.5; rm -rf {1}; }}",
                  postmaster, quoted("")),
      nullptr, pipe[0]);
  ::close(pipe[0]);
}

PostgresServer::~PostgresServer() {
  if (server_ > 0) {
    resume();
    ::kill(server_, SIGQUIT);
    wait_for(server_);
  }
  ::close(janitor_pipe_);
  wait_for(janitor_);
}

std::string PostgresServer::quoted(const char* name) const {
  return fmt::format("'{}'", (*name == 0 ? folder_ : folder_ / name).string());
}

pid_t PostgresServer::run(const std::string& program, const std::string& arguments) {
  return start_shell(fmt::format("cd {} && exec '{}' {} >>{} 2>&1", quoted(""),
                                 (programs_ / program).string(), arguments, quoted("log")),
                     other_user(), -1);
}

bool PostgresServer::make() {
  if (const passwd* user = other_user(); user != nullptr) {
    if (::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) return false;
  }
  const pid_t initdb =
      run("initdb", fmt::format("-D {} -U synapsed -A trust -E UTF8 --locale=C --no-sync "
                                "--data-checksums",
                                quoted("data")));
  return wait_for(initdb) == 0;
}

/// Once killed, its processes may still be about for a moment: it is tried until it starts.
void PostgresServer::start() {
  const std::string arguments = fmt::format(
      "-D {} -k {} -c listen_addresses='' -c shared_buffers=16MB -c max_connections=100 "
      "-c fsync=on -c autovacuum_naptime=10s -c max_wal_size=256MB",
      quoted("data"), quoted(""));
  const bool is_up = wait_until([&] {
    if (server_ > 0 && ::waitpid(server_, nullptr, WNOHANG) != 0) server_ = -1;
    if (server_ < 0) server_ = run("postgres", arguments);
    return answers();
  });
  if (is_up) return;
  ADD_FAILURE() << "PostgreSQL does not start, in " << folder_;
  std::abort();
}

bool PostgresServer::answers() {
  const std::string url = fmt::format("host={} user=synapsed dbname=postgres", quoted(""));
  return PQping(url.c_str()) == PQPING_OK;
}

std::string PostgresServer::new_url() {
  const std::string base =
      fmt::format("postgresql:///postgres?user=synapsed&host={}", folder_.string());
  const std::string part = fmt::format("part{}", ++parts_);
  execute(base, "CREATE SCHEMA " + part);
  return fmt::format("{}&options=-csearch_path%3D{}", base, part);
}

std::string PostgresServer::execute(const std::string& url, const std::string& sql) {
  const Handle connection(PQconnectdb(url.c_str()), &PQfinish);
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                             &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    ADD_FAILURE() << sql << ": " << PQerrorMessage(connection.get());
    return {};
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

/// The processes that serve are children of the first, each in a session of its own.
void PostgresServer::signal_all(int signal) {
  std::vector<pid_t> processes{server_};
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(server_) + "/task")) {
    FILE* file = std::fopen((entry.path() / "children").c_str(), "r");
    if (file == nullptr) continue;
    for (int child = 0; std::fscanf(file, "%d", &child) == 1;) processes.push_back(child);
    std::fclose(file);
  }
  for (const pid_t process : processes) ::kill(process, signal);
}

void PostgresServer::kill_now() {
  signal_all(SIGKILL);
  wait_for(server_);
  server_ = -1;
}

void PostgresServer::start_again() { start(); }
void PostgresServer::pause() { signal_all(SIGSTOP); }
void PostgresServer::resume() { signal_all(SIGCONT); }

}  // namespace synapsed::test
