#include "webhook/alicloud/validator/secret.hpp"

#include <algorithm>

namespace alicloud {

namespace {

constexpr std::string_view kKeyId = "accessKeyID";
constexpr std::string_view kKeySecret = "accessKeySecret";

bool is_key_id_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '_' || c == '=';
}

bool is_line_break(char c) { return c == '\n' || c == '\r'; }

std::string reference(const Secret& secret) {
  std::string text("in secret ");
  return text.append(secret.metadata.namespace_name).append("/").append(secret.metadata.name);
}

std::string missing(std::string_view key, const Secret& secret) {
  return "missing \"" + std::string(key) + "\" field " + reference(secret);
}

std::string about(std::string_view key, const Secret& secret, std::string_view what) {
  return ("field \"" + std::string(key) + "\" " + reference(secret)).append(" ").append(what);
}

std::optional<std::string> complaint_about_key_id(const Secret& secret) {
  const auto entry = secret.data.find(kKeyId);
  if (entry == secret.data.end()) return missing(kKeyId, secret);
  const auto id = entry->second.reveal();
  if (id.size() < 16) return about(kKeyId, secret, "must have at least 16 characters");
  if (id.size() > 128) return about(kKeyId, secret, "cannot be longer than 128 characters");
  if (std::ranges::all_of(id, is_key_id_character)) return std::nullopt;
  return about(kKeyId, secret, "must only contain alphanumeric characters and [._=]");
}

std::optional<std::string> complaint_about_key_secret(const Secret& secret) {
  const auto entry = secret.data.find(kKeySecret);
  if (entry == secret.data.end()) return missing(kKeySecret, secret);
  const auto key = entry->second.reveal();
  if (key.size() < 30) return about(kKeySecret, secret, "must have at least 30 characters");
  if (!is_line_break(key.front()) && !is_line_break(key.back())) return std::nullopt;
  return about(kKeySecret, secret, "must not contain leading or trailing new lines");
}

bool same_data(const Secret& a, const Secret& b) {
  return std::ranges::equal(a.data, b.data, [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.reveal() == y.second.reveal();
  });
}

}  // namespace

std::optional<std::string> complaint_about_credentials(const Secret& secret) {
  if (auto complaint = complaint_about_key_id(secret)) return complaint;
  return complaint_about_key_secret(secret);
}

std::optional<std::string> validate(const Secret& secret, const std::optional<Secret>& old) {
  if (old && same_data(secret, *old)) return std::nullopt;
  return complaint_about_credentials(secret);
}

}  // namespace alicloud
