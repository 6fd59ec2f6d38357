#include "operator/plan/conditions.hpp"

#include <algorithm>

namespace plan {
namespace {

using json::Value;
constexpr std::size_t kLongestMessage = 1'024;

const Value* find_in(const json::Array& conditions, const std::string& type) {
  for (const auto& condition : conditions)
    if (condition.at("type").string_or("") == type) return &condition;
  return nullptr;
}

/// At most so many bytes, never within a character.
std::string cut(std::string text) {
  if (text.size() <= kLongestMessage) return text;
  auto end = kLongestMessage - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

Conditions::Conditions(const kube::Object& object, base::TimePoint now)
    : object_(object), now_(now) {}

const Value* Conditions::before(const std::string& type) const {
  return find_in(object_.at("status").at("conditions").items(), type);
}

const Value* Conditions::find(const std::string& type) const { return find_in(list_, type); }

void Conditions::put(const std::string& type, const std::string& status, const std::string& reason,
                     const std::string& message) {
  const auto* old = before(type);
  const bool same = old && old->at("status").string_or("") == status &&
                    // WebhooksReady's reasons are stations of the removal, and their times matter
                    (type != "WebhooksReady" || old->at("reason").string_or("") == reason);
  // A time to come is a clock that was set back: waits that count from it would not end.
  const auto then =
      same ? base::parse_rfc3339(old->at("lastTransitionTime").string_or("")) : std::nullopt;
  const auto since = base::to_rfc3339(then ? std::min(*then, now_) : now_);
  list_.push_back(Value::object({{"type", type},
                                 {"status", status},
                                 {"observedGeneration", object_.generation()},
                                 {"lastTransitionTime", since},
                                 {"reason", reason},
                                 {"message", cut(message)}}));
}

void Conditions::set(const std::string& type, bool value, const std::string& reason,
                     const std::string& message) {
  put(type, value ? "True" : "False", reason, message);
}

void Conditions::keep(const std::string& type, const std::string& reason,
                      const std::string& message) {
  if (const auto* old = before(type))
    put(type, std::string(old->at("status").string_or("Unknown")),
        std::string(old->at("reason").string_or(reason)),
        std::string(old->at("message").string_or(message)));
  else
    put(type, "Unknown", reason, message);
}

const Value* Conditions::first_false() const {
  for (const auto& condition : list_) {
    const auto type = condition.at("type").string_or("");
    if (type == "Stalled" || type == "Reconciling" || type == "FieldContested") continue;
    if (condition.at("status").string_or("") != "True") return &condition;
  }
  return nullptr;
}

void Conditions::not_ready(const Value& blocking, const std::optional<Wait>& wait,
                           const std::string& failure) {
  const std::string reason(wait ? wait->reason : blocking.at("reason").string_or("NotReady"));
  std::string message(wait ? wait->message : blocking.at("message").string_or(""));
  if (!failure.empty()) message += "; " + failure;
  not_ready_because(reason, message);
}

void Conditions::not_ready_because(const std::string& reason, const std::string& message) {
  if (const auto* stalled = find("Stalled")) {
    const auto why = *stalled;  // set() may move the list
    return set("Ready", false, std::string(why.at("reason").string_or(reason)),
               std::string(why.at("message").string_or(message)));
  }
  set("Reconciling", true, reason, message);
  set("Ready", false, reason, message);
}

}  // namespace plan
