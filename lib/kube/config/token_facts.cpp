#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/base64.hpp"
#include "json/parse.hpp"
#include "kube/config/kubeconfig.hpp"

namespace kube {
namespace {

constexpr std::size_t kMostTokenBytes = 64U << 10;

std::optional<std::array<std::string_view, 3>> split_token(std::string_view token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (token.size() > kMostTokenBytes || first == std::string_view::npos || first == last)
    return std::nullopt;
  const auto payload = token.substr(first + 1, last - first - 1);
  if (payload.contains('.')) return std::nullopt;
  return std::array{token.substr(0, first), payload, token.substr(last + 1)};
}

std::optional<json::Value> read_part(std::string_view part) {
  const auto text = base::base64url_decode(part);
  if (!text) return std::nullopt;
  auto value = json::parse(*text, json::Duplicates::last_wins,
                           {.bytes = kMostTokenBytes, .depth = 16, .values = 1'000});
  if (!value || value->as_object() == nullptr) return std::nullopt;
  return *std::move(value);
}

std::string text_of(const json::Value& value) { return std::string(value.string_or("")); }

/// `aud` is one string or a list of them.
std::vector<std::string> audiences_of(const json::Value& claim) {
  if (const auto* one = claim.as_string()) return {*one};
  std::vector<std::string> all;
  for (const auto& item : claim.items())
    if (const auto* text = item.as_string()) all.push_back(*text);
  return all;
}

/// NumericDate may have a fraction.
std::optional<std::int64_t> seconds_of(const json::Value& claim) {
  const auto* number = claim.as_number();
  if (number == nullptr) return std::nullopt;
  if (const auto whole = number->as_int64()) return whole;
  const auto real = number->as_double();
  constexpr double kMost = 1e15;
  if (!real || !std::isfinite(*real) || std::abs(*real) > kMost) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(*real));
}

/// A Pod's token names its Node too, so the order matters.
void read_binding(const json::Value& claim, TokenFacts& facts) {
  static constexpr std::array<std::pair<const char*, const char*>, 3> kBindings = {
      {{"pod", "Pod"}, {"secret", "Secret"}, {"node", "Node"}}};
  for (const auto& [member, kind] : kBindings) {
    if (claim.at(member).as_object() == nullptr) continue;
    facts.bound_kind = kind;
    facts.bound_name = text_of(claim.at(member).at("name"));
    facts.bound_uid = text_of(claim.at(member).at("uid"));
    return;
  }
}

}  // namespace

std::optional<TokenFacts> read_token_facts(std::string_view token) {
  const auto parts = split_token(token);
  if (!parts) return std::nullopt;
  const auto header = read_part((*parts)[0]);
  const auto payload = read_part((*parts)[1]);
  if (!header || !payload) return std::nullopt;
  TokenFacts facts;
  facts.issuer = text_of(payload->at("iss"));
  facts.subject = text_of(payload->at("sub"));
  facts.key_id = text_of(header->at("kid"));
  facts.audiences = audiences_of(payload->at("aud"));
  facts.issued_at = seconds_of(payload->at("iat"));
  facts.expires_at = seconds_of(payload->at("exp"));
  const auto& kubernetes = payload->at("kubernetes.io");
  read_binding(kubernetes, facts);
  facts.service_account_uid = text_of(kubernetes.at("serviceaccount").at("uid"));
  return facts;
}

}  // namespace kube
