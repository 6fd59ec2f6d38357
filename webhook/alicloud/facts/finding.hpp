#pragma once

#include <optional>
#include <string>
#include <utility>

namespace alicloud {

/// What came of a rule that may have to ask first.
class Finding {
 public:
  static Finding fine() { return Finding(State::fine, {}); }
  static Finding complaint(std::string text) { return Finding(State::complaint, std::move(text)); }
  static Finding unknown() {
    return Finding(State::unknown, {});
  }  ///< facts are missing, and noted
  static Finding from(std::optional<std::string> complaint_text) {
    return complaint_text ? complaint(*std::move(complaint_text)) : fine();
  }

  bool is_fine() const { return state_ == State::fine; }
  bool is_unknown() const { return state_ == State::unknown; }
  const std::string& text() const { return text_; }

 private:
  enum class State { fine, complaint, unknown };
  Finding(State state, std::string text) : state_(state), text_(std::move(text)) {}
  State state_;
  std::string text_;
};

}  // namespace alicloud
