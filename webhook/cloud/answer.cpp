#include "webhook/cloud/answer.hpp"

#include <algorithm>

#include "json/parse.hpp"

namespace cloud {

namespace {

constexpr std::size_t kLongestText = 512;

/// Where a text that is too long ends: between two characters.
std::size_t end_of(std::string_view text) {
  if (text.size() <= kLongestText) return text.size();
  auto end = kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return end;
}

/// Foreign text for people: short, one line.
std::string clean(std::string_view text) {
  std::string cleaned(text.substr(0, end_of(text)));
  std::ranges::replace_if(
      cleaned, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return cleaned;
}

bool is_about_signatures(std::string_view code) { return code.contains("Signature"); }

base::Error complaint(std::string_view action, int status, const json::Value& document) {
  const auto code = document.at("Code").string_or("");
  std::string text(action);
  text.append(": ").append(code.empty() ? "HTTP status " + std::to_string(status) : clean(code));
  const auto message = document.at("Message").string_or("");
  // A complaint about a signature repeats what was signed.
  if (!message.empty() && !is_about_signatures(code)) text.append(": ").append(clean(message));
  const auto id = document.at("RequestId").string_or("");
  if (!id.empty()) text.append(" (request ").append(clean(id)).append(")");
  const bool may_help = status == 429 || status >= 500 || code.starts_with("Throttling");
  auto error = may_help ? base::transient(std::move(text)) : base::invalid(std::move(text));
  error.code = status;
  error.reason = clean(code);
  return error;
}

}  // namespace

base::Result<json::Value> read_answer(std::string_view action, const net_io::HttpResponse& answer) {
  auto document = json::parse(answer.body);
  const bool is_fine = answer.status >= 200 && answer.status < 300;
  if (is_fine && document && document->as_object() != nullptr) return document;
  if (is_fine)
    return base::fail(base::transient(std::string(action) + ": the answer is no JSON object"));
  return base::fail(complaint(action, answer.status, document ? *document : json::Value()));
}

bool is_customised(const json::Value& images) {
  if (images.at("TotalCount").int_or(0) == 0) return true;
  const auto& items = images.at("Images").at("Image").items();
  return items.empty() || items.front().at("ImageOwnerAlias").string_or("") != "system";
}

VSwitchPage read_page(const json::Value& document) {
  VSwitchPage page;
  page.total = document.at("TotalCount").int_or(0);
  for (const auto& item : document.at("VSwitches").at("VSwitch").items()) {
    page.items.push_back({.id = std::string(item.at("VSwitchId").string_or("")),
                          .cidr = std::string(item.at("CidrBlock").string_or(""))});
  }
  return page;
}

}  // namespace cloud
