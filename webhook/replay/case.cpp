#include "webhook/replay/case.hpp"

#include <algorithm>

#include "json/parse.hpp"
#include "webhook/alicloud/api/read.hpp"

namespace replay {

namespace {

using alicloud::ObjectQuestion;
using alicloud::Source;

// Recorded bodies may be larger and deeper than anything that is served: that is what some cases
// are about.
constexpr json::Limits kCaseLimits{.bytes = 64u << 20, .depth = 512, .values = 5'000'000};

bool is_missing_in_cache(const json::Value& document, const ObjectQuestion& question) {
  std::string key(to_string(question.kind));
  key.append("/").append(question.namespace_name).append("/").append(question.name);
  return std::ranges::any_of(document.at("cacheMissing").items(),
                             [&](const auto& item) { return item.string_or("") == key; });
}

bool is_asked_for(const json::Value& object, const ObjectQuestion& question) {
  const auto& metadata = object.at("metadata");
  return object.at("kind").string_or("") == to_string(question.kind) &&
         metadata.at("name").string_or("") == question.name &&
         metadata.at("namespace").string_or("") == question.namespace_name;
}

const json::Value* recorded_error(const json::Value& document, const ObjectQuestion& question) {
  const auto via = question.source == Source::cache ? "cache" : "live";
  const auto& errors = document.at("clusterErrors").items();
  const auto found = std::ranges::find_if(errors, [&](const auto& error) {
    return error.at("via").string_or("") == via &&
           error.at("kind").string_or("") == to_string(question.kind);
  });
  return found == errors.end() ? nullptr : &*found;
}

}  // namespace

std::string Case::method() const {
  return std::string(document.at("http").at("method").string_or("POST"));
}

std::string Case::path() const { return std::string(document.at("path").string_or("/")); }

std::string Case::content_type() const {
  return std::string(document.at("http").at("contentType").string_or("application/json"));
}

std::string Case::body() const {
  const auto& http = document.at("http");
  auto body =
      http.at("body").as_string() ? std::string(http.at("body").string_or("")) : review_text;
  const auto padded = static_cast<std::size_t>(http.at("padToBytes").int_or(0));
  if (body.size() < padded) body.append(padded - body.size(), ' ');
  return body;
}

base::Result<Case> parse_case(std::string_view text, std::string_view fallback_name) {
  Case one;
  TRY(one.document, json::parse(text, json::Duplicates::last_wins, kCaseLimits));
  if (one.document.at("path").as_string() == nullptr ||
      one.document.at("expect").as_object() == nullptr) {
    return base::fail(base::invalid("not a case: it needs `path` and `expect`"));
  }
  TRY(const auto dom, json::Dom::parse(std::string(text), kCaseLimits));
  one.review_text = alicloud::compact({.node = dom.root().at("review"), .source = text});
  one.review = one.document.at("review");
  if (const auto* body = one.document.at("http").at("body").as_string()) {
    one.review = json::parse(*body).value_or(json::Value());
  }
  one.name = one.document.at("name").string_or(fallback_name);
  return one;
}

void World::answer(alicloud::Facts& facts, const alicloud::Question& question) const {
  if (const auto* object = std::get_if<ObjectQuestion>(&question))
    return facts.tell(*object, find(*object));
  if (const auto* of_image = std::get_if<alicloud::ImageQuestion>(&question)) {
    return facts.tell(*of_image, image(*of_image));
  }
  const auto& of_vpc = std::get<alicloud::VSwitchQuestion>(question);
  facts.tell(of_vpc, vswitches(of_vpc));
}

base::Result<std::shared_ptr<const json::Dom>> World::find(const ObjectQuestion& question) const {
  if (question.name.empty() && question.source == Source::live) {
    return base::fail(base::invalid("resource name may not be empty"));
  }
  if (const auto* error = recorded_error(document_, question)) {
    auto failure = base::transient(std::string(error->at("message").string_or("")));
    failure.code = static_cast<int>(error->at("code").int_or(500));
    if (failure.code == 404) failure.kind = base::Error::Kind::not_found;
    return base::fail(std::move(failure));
  }
  const auto& objects = document_.at("clusterObjects").items();
  const auto found = std::ranges::find_if(
      objects, [&](const auto& object) { return is_asked_for(object, question); });
  const bool hidden = question.source == Source::cache && is_missing_in_cache(document_, question);
  if (found == objects.end() || hidden) return base::fail(not_found(question));
  TRY(auto dom, json::Dom::parse(json::to_string(*found), kCaseLimits));
  return std::make_shared<const json::Dom>(std::move(dom));
}

std::optional<base::Error> World::cloud_error(std::string_view call) const {
  const auto text = document_.at("cloudErrors").at(call).string_or("");
  if (text.empty()) return std::nullopt;
  return base::transient(std::string(text));
}

base::Result<bool> World::image(const alicloud::ImageQuestion& question) const {
  for (const auto* call : {"newECSClient", "describeImages"}) {
    if (auto error = cloud_error(call)) return base::fail(*std::move(error));
  }
  const auto& found = document_.at("cloudImages").at(question.image_id);
  if (found.is_null()) return true;
  if (auto error = cloud_error("describeImagesSecondCall")) return base::fail(*std::move(error));
  return found.at("owner").string_or("") != "system";
}

base::Result<std::vector<alicloud::VSwitch>> World::vswitches(
    const alicloud::VSwitchQuestion& question) const {
  if (auto error = cloud_error("newActor")) {
    return base::fail(base::explain("could not create Alicloud client", *std::move(error)));
  }
  if (auto error = cloud_error("describeVSwitches")) {
    return base::fail(
        base::explain("could not list vswitches in VPC " + question.vpc_id, *std::move(error)));
  }
  std::vector<alicloud::VSwitch> found;
  for (const auto& item : document_.at("cloudVSwitches").at(question.vpc_id).items()) {
    found.push_back({.id = std::string(item.at("id").string_or("")),
                     .cidr = std::string(item.at("cidr").string_or(""))});
  }
  return found;
}

}  // namespace replay
