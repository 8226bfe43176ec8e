#pragma once

/// \file
/// A PostgreSQL server of a test program's own: of the installed programs, in a folder of its own,
/// reached by a socket there. It is stopped and the folder removed when the program ends, however.
///
/// Thread rule: one thread at a time; `execute` from any.

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

namespace synapsed::test {

class PostgresServer {
 public:
  /// Started when first asked for; null where PostgreSQL is not installed: `why_missing` says so.
  [[nodiscard]] static PostgresServer* shared();
  [[nodiscard]] static std::string why_missing();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// Of a new and empty part of the database.
  [[nodiscard]] std::string new_url();
  /// Runs SQL in the part that `url` names; the first value of the result, if there is one.
  std::string execute(const std::string& url, const std::string& sql);

  /// The server and its processes are gone, as they stood.
  void kill_now();
  void start_again();
  /// The processes stand still, and go on.
  void pause();
  void resume();

 private:
  PostgresServer(std::filesystem::path programs, std::filesystem::path folder);
  bool make();
  void start();
  bool answers();
  pid_t run(const std::string& program, const std::string& arguments);
  void signal_all(int signal);
  /// Of a file in the folder, or the folder itself, for a shell.
  [[nodiscard]] std::string quoted(const char* name) const;

  const std::filesystem::path programs_;
  const std::filesystem::path folder_;
  int janitor_pipe_ = -1;
  pid_t janitor_ = -1;
  pid_t server_ = -1;
  int parts_ = 0;
};

}  // namespace synapsed::test
