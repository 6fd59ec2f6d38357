#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
}

namespace base {

/// JSON lines on stderr: {"time","level","logger","msg", fields...}, escaped; no Secret gets in.
/// Made in main, handed on by reference; `named` makes cheap children. Any thread may log.
class Log {
 public:
  enum class Level { debug, info, warn, error };
  using Field = std::pair<std::string_view, std::string>;
  using Fields = std::initializer_list<Field>;

  /// Writes to stderr. `level` is one of debug, info, warn, error (checked by the flags' parser).
  static Log to_stderr(std::string_view name, Level level);
  /// Keeps nothing: for tests that do not look at the log.
  static Log silent();
  /// Appends lines to `sink`, which must outlive the log: for tests that do.
  static Log to_string(std::string& sink, Level level = Level::debug);

  Log named(std::string_view name) const;
  void set_level(Level level) const;  ///< for this log and all its children
  Level level() const;

  void debug(std::string_view message, Fields fields = {}) const;
  void info(std::string_view message, Fields fields = {}) const;
  void warn(std::string_view message, Fields fields = {}) const;
  void error(std::string_view message, Fields fields = {}) const;

 private:
  Log(std::shared_ptr<spdlog::logger> logger, std::string name);
  void write(Level level, std::string_view message, Fields fields) const;
  std::shared_ptr<spdlog::logger> logger_;
  std::string name_;
};

std::string_view to_string(Log::Level level);  ///< "debug", "info", "warn", "error"
std::optional<Log::Level> parse_log_level(std::string_view text);

}  // namespace base
