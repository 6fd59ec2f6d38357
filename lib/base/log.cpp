#include "base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <mutex>

#include "base/clock.hpp"
#include "base/utf8.hpp"

namespace base {
namespace {

class StringSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StringSink(std::string& out) : out_(out) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    out_.append(message.payload.data(), message.payload.size()).append("\n");
  }
  void flush_() override {}
  std::string& out_;
};

spdlog::level::level_enum to_spdlog(Log::Level level) {
  switch (level) {
    case Log::Level::debug:
      return spdlog::level::debug;
    case Log::Level::info:
      return spdlog::level::info;
    case Log::Level::warn:
      return spdlog::level::warn;
    case Log::Level::error:
      return spdlog::level::err;
  }
  std::unreachable();
}

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink, Log::Level level) {
  auto logger = std::make_shared<spdlog::logger>("", std::move(sink));
  logger->set_pattern("%v");  // the line is made here, whole
  logger->set_level(to_spdlog(level));
  return logger;
}

void append_member(std::string& line, std::string_view name, std::string_view value) {
  line += line.empty() ? '{' : ',';
  append_json_string(line, name);
  line += ':';
  append_json_string(line, value);
}

}  // namespace

std::string_view to_string(Log::Level level) {
  switch (level) {
    case Log::Level::debug:
      return "debug";
    case Log::Level::info:
      return "info";
    case Log::Level::warn:
      return "warn";
    case Log::Level::error:
      return "error";
  }
  std::unreachable();
}

std::optional<Log::Level> parse_log_level(std::string_view text) {
  using enum Log::Level;
  for (const auto level : {debug, info, warn, error}) {
    if (to_string(level) == text) return level;
  }
  return std::nullopt;
}

Log Log::to_stderr(std::string_view name, Level level) {
  return {make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), level), std::string(name)};
}

Log Log::silent() {
  auto logger = make_logger(std::make_shared<spdlog::sinks::null_sink_mt>(), Level::error);
  logger->set_level(spdlog::level::off);
  return {std::move(logger), ""};
}

Log Log::to_string(std::string& sink, Level level) {
  return {make_logger(std::make_shared<StringSink>(sink), level), ""};
}

Log::Log(std::shared_ptr<spdlog::logger> logger, std::string name)
    : logger_(std::move(logger)), name_(std::move(name)) {}

Log Log::named(std::string_view name) const {
  return {logger_, name_.empty() ? std::string(name) : name_ + "." + std::string(name)};
}

void Log::set_level(Level level) const { logger_->set_level(to_spdlog(level)); }

Log::Level Log::level() const {
  switch (logger_->level()) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return Level::debug;
    case spdlog::level::info:
      return Level::info;
    case spdlog::level::warn:
      return Level::warn;
    default:
      return Level::error;
  }
}

void Log::debug(std::string_view message, Fields fields) const {
  write(Level::debug, message, fields);
}
void Log::info(std::string_view message, Fields fields) const {
  write(Level::info, message, fields);
}
void Log::warn(std::string_view message, Fields fields) const {
  write(Level::warn, message, fields);
}
void Log::error(std::string_view message, Fields fields) const {
  write(Level::error, message, fields);
}

void Log::write(Level level, std::string_view message, Fields fields) const {
  if (!logger_->should_log(to_spdlog(level))) return;
  std::string line;
  append_member(line, "time", to_rfc3339_micro(SystemClock().now()));
  append_member(line, "level", base::to_string(level));
  append_member(line, "logger", name_);
  append_member(line, "msg", message);
  for (const auto& [name, value] : fields) append_member(line, name, value);
  line += '}';
  logger_->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace base
